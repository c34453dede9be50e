"""`beanpole compare-policies`: the guide's table of deployment methods, measured in simulated deployments."""

from collections.abc import Sequence

from msgspec import Struct

from beanpole.catalog.catalog import Catalog
from beanpole.command.comparison import picture, table
from beanpole.command.comparison.row import Row, Sketch, row, sketch
from beanpole.command.comparison.trial import Setting
from beanpole.command.deployment_methods import Method


class Comparison(Struct, frozen=True):
    """The trials of a comparison, and the rows measured from them."""

    head: table.Head
    sketches: tuple[Sketch, ...]
    rows: tuple[Row, ...]


def compare(catalog: Catalog, methods: Sequence[Method], size: int, seed: int) -> Comparison:
    """Compare methods on environments of `size` instances; raises Refused or Stuck."""
    setting = Setting(catalog, size, seed)
    sketches = tuple(sketch(setting, method) for method in methods)
    return Comparison(table.Head(size, seed), sketches, tuple(map(row, sketches)))


def write(comparison: Comparison, form: str) -> str:
    """A comparison as `text`, `markdown`, `json` or `svg`; ValueError for another form."""
    match form:
        case "text":
            return table.text(comparison.head, comparison.rows)
        case "markdown":
            return table.markdown(comparison.head, comparison.rows)
        case "json":
            return table.as_json(comparison.head, comparison.rows)
        case "svg":
            return picture.svg(comparison.head, comparison.sketches, comparison.rows)
        case _:
            raise ValueError(f"a comparison has no form {form}")
