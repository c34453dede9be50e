"""The outputs of a stack that the configuration files of a version add to it, with their values."""

from typing import Any

from beanpole.model.bundles.template import Output
from beanpole.model.environment import template_functions
from beanpole.model.environment.environment import Environment
from beanpole.model.environment.template_functions import References, Unresolved
from beanpole.tables import limits

MOST_LETTERS = limits.most("document_value")


def outputs(environment: Environment, status: str) -> list[dict[str, Any]]:
    """The outputs of an environment's stack, which has them once it is complete; those without a value are left out."""
    custom = environment.custom
    if custom is None or not custom.template.outputs or status in ("CREATE_IN_PROGRESS", "CREATE_FAILED"):
        return []
    names = template_functions.references(environment, custom.resources, custom.template.parameters)
    rows = (_row(output, names) for output in sorted(custom.template.outputs, key=lambda output: output.key))
    return [row for row in rows if row is not None]


def _row(output: Output, names: References) -> dict[str, Any] | None:
    value = _text(output.value, names)
    if value is None:
        return None
    return {
        "output_key": output.key,
        "output_value": value,
        "description": output.description,
        "export_name": None if output.export is None else _text(output.export, names),
    }


def _text(document: str, names: References) -> str | None:
    """The text that a value stands for; None without one, and for a longer text than any value of a document."""
    try:
        text = template_functions.text(document, names)
    except Unresolved:
        return None
    return text if len(text) <= MOST_LETTERS else None
