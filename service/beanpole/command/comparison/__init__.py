"""`beanpole compare-policies`: the guide's table of deployment methods, measured from what happened."""

from collections.abc import Sequence

from msgspec import Struct

from beanpole.catalog import Catalog
from beanpole.command.comparison import picture, table
from beanpole.command.comparison.row import Row, Sketch, row, sketch
from beanpole.command.comparison.trial import Setting
from beanpole.command.deployment_methods import Method


class Comparison(Struct, frozen=True):
    """What was tried out, and what it came to."""

    head: table.Head
    sketches: tuple[Sketch, ...]
    rows: tuple[Row, ...]


def compare(catalog: Catalog, methods: Sequence[Method], size: int, seed: int) -> Comparison:
    """Try each method out on environments of so many instances."""
    setting = Setting(catalog, size, seed)
    sketches = tuple(sketch(setting, it) for it in methods)
    return Comparison(table.Head(size, seed), sketches, tuple(map(row, sketches)))


def write(found: Comparison, form: str) -> str:
    """What was found, as `text`, `markdown`, `json` or `svg`; ValueError for another form."""
    match form:
        case "text":
            return table.text(found.head, found.rows)
        case "markdown":
            return table.markdown(found.head, found.rows)
        case "json":
            return table.as_json(found.head, found.rows)
        case "svg":
            return picture.svg(found.head, found.sketches, found.rows)
        case _:
            raise ValueError(f"a comparison has no form {form}")
