"""The page of reference: every option of every command, and every control route, from the command and from the spec."""

from collections.abc import Iterator
from typing import Any

import click
import yaml

from beanpole.command import settings
from beanpole.command.cli import main
from house.tree import ROOT

PAGE = ROOT / "docs" / "reference.md"
_VERBS = ("get", "put", "post", "delete")


def page() -> str:
    """The page."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield "# Reference"
    yield ""
    yield "Written from the commands and from `api-spec/control.yaml`:"
    yield "`pytest tests/house/test_pages.py --update-golden` rewrites it."
    yield ""
    yield "## Options"
    for name, command in sorted(main.commands.items()):
        yield ""
        yield f"### beanpole {name}"
        yield ""
        yield _cell(command.help or "")
        yield ""
        yield "| Option | Variable | Default | Says |"
        yield "|---|---|---|---|"
        for option in command.params:
            if isinstance(option, click.Option):
                variable = settings.VARIABLES.get(option.name or "")
                cells = f"`{option.opts[0]}`", f"`{variable}`" if variable else "", _default(option), option.help or ""
                yield f"| {' | '.join(map(_cell, cells))} |"
    yield ""
    yield "## Routes"
    yield ""
    yield "| Method | Path | Does |"
    yield "|---|---|---|"
    for path, item in _paths().items():
        for verb in _VERBS:
            if verb in item:
                yield f"| {verb.upper()} | `{path}` | {_cell(item[verb]['summary'])} |"
    for path, item in _paths().items():
        for verb in _VERBS:
            if verb in item and ("description" in item[verb] or _parameters(item, verb)):
                yield from _route(path, verb, item)


def _route(path: str, verb: str, item: dict[str, Any]) -> Iterator[str]:
    yield ""
    yield f"### {verb.upper()} {path}"
    yield ""
    yield item[verb]["summary"]
    if "description" in item[verb]:
        yield ""
        yield item[verb]["description"].strip()
    parameters = _parameters(item, verb)
    if parameters:
        yield ""
        yield "| Parameter | In | Says |"
        yield "|---|---|---|"
        for parameter in parameters:
            cells = f"`{parameter['name']}`", parameter["in"], parameter.get("description", "")
            yield f"| {' | '.join(map(_cell, cells))} |"


def _parameters(item: dict[str, Any], verb: str) -> list[dict[str, Any]]:
    """The parameters of one operation, but for those that all of them have."""
    return [
        parameter
        for parameter in (*item.get("parameters", ()), *item[verb].get("parameters", ()))
        if "$ref" not in parameter
    ]


def _paths() -> dict[str, dict[str, Any]]:
    document = yaml.safe_load((ROOT / "api-spec/control.yaml").read_bytes())
    return dict(document["paths"])


def _default(option: click.Option) -> str:
    if option.is_flag or option.required or option.multiple or not isinstance(option.default, str | int | float):
        return "required" if option.required else ""
    return f"`{option.default}`"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
