"""`beanpole compare-policies`: the guide's table of deployment methods, measured from what happened."""

from collections.abc import Sequence

from beanpole.catalog import Catalog
from beanpole.comparison import picture, table
from beanpole.comparison.row import row, sketch
from beanpole.comparison.sandbox import Stuck as Stuck
from beanpole.comparison.trial import Setting
from beanpole.methods import Method


def compare(catalog: Catalog, methods: Sequence[Method], size: int, seed: int, form: str) -> str:
    """Try each method out on environments of so many instances, and write down what was seen.

    `form` is `text`, `markdown`, `json` or `svg`; ValueError for another.
    """
    setting = Setting(catalog, size, seed, round(catalog.timings["dns"]["ttl"] * 1000))
    head, sketches = table.Head(size, seed), [sketch(setting, it) for it in methods]
    rows = [row(it) for it in sketches]
    match form:
        case "text":
            return table.text(head, rows)
        case "markdown":
            return table.markdown(head, rows)
        case "json":
            return table.as_json(head, rows)
        case "svg":
            return picture.svg(head, sketches, rows)
        case _:
            raise ValueError(f"a comparison has no form {form}")
