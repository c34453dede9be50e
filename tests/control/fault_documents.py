"""What the page of faults and `api-spec/control.yaml` say of faults, written from the tables of the model.

Each part stands between two marks in its file. `pytest tests/control/test_fault_table.py --update-golden` rewrites it.
"""

import json
import re
import textwrap
from collections.abc import Callable, Iterator, Mapping

from beanpole.control.fault_schema import most_of
from beanpole.model.faults.members import MEMBERS, Member, Value
from beanpole.model.faults.symptoms import SYMPTOMS
from beanpole.model.faults.table import FAULTS, of_kind
from beanpole.model.health.causes import CAUSES

HITS = {"call": "a call", "plan": "the plan of a call", "version": "the build of a version"}
HOLDERS = {
    "instance": "an instance",
    "environment": "an environment",
    "queue": "a worker",
    "balancer": "a load balancer",
}


def between(text: str, name: str) -> str:
    """The part of a text between the marks of that name."""
    match = _marked(name).search(text)
    assert match is not None, f"there are no marks of {name}"
    return match[2]


def replaced(text: str, name: str, part: str) -> str:
    """The text with another part between the marks."""
    return _marked(name).sub(lambda match: match[1] + part.rstrip("\n") + match[3], text)


def _marked(name: str) -> re.Pattern[str]:
    mark = rf"^ *(?:#|<!--) {re.escape(name)}: {{}}(?: -->)?\n"
    return re.compile(rf"({mark.format('begin')}\n?)(.*?)(\n\n?{mark.format('end')})", re.DOTALL | re.MULTILINE)


def enumeration() -> str:
    """Every fault, as the value of `enum`."""
    lines = textwrap.wrap(", ".join(FAULTS), 100, break_on_hyphens=False)
    return "          enum:\n            [" + "\n             ".join(lines) + "]\n"


def properties() -> str:
    """The members that faults have of their own, as properties of an object."""
    return "".join(f"        {name}: {_flow(_schema(name, member))}\n" for name, member in MEMBERS.items())


def table_of_faults() -> str:
    """The faults that are no symptoms, as a table."""
    rows = (
        (HITS[row.kind], f"`{name}`", row.meaning, _own(row.members), _names(row.looks_at))
        for name, row in FAULTS.items()
        if row.kind != "symptom"
    )
    return _table(("Hits", "`what`", "What happens", "Members of its own", "Looks at, in `where`"), rows)


def table_of_symptoms() -> str:
    """The symptoms, as a table."""
    rows = (
        (
            HOLDERS[row.holder],
            f"`{name}`",
            row.meaning,
            _defaults(row.defaults),
            _names(FAULTS[name].looks_at),
            f"`{CAUSES[name]}`",
        )
        for name, row in SYMPTOMS.items()
    )
    heads = ("Symptom of", "`what`", "What it means", "How bad, by default", "Looks at, in `where`", "Cause in health")
    return _table(heads, rows)


PARTS: Mapping[str, tuple[tuple[str, Callable[[], str]], ...]] = {
    "docs/faults.md": (("table of faults", table_of_faults), ("table of symptoms", table_of_symptoms)),
    "api-spec/control.yaml": (("names of faults", enumeration), ("members of faults", properties)),
}


def _table(heads: tuple[str, ...], rows: Iterator[tuple[str, ...]]) -> str:
    lines = [f"| {' | '.join(cells)} |\n" for cells in (heads, *rows)]
    return "".join((lines[0], f"|{'---|' * len(heads)}\n", *lines[1:]))


def _names(names: tuple[str, ...]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _own(members: Mapping[str, bool]) -> str:
    return ", ".join(f"`{name}`" + ("" if needed else " (optional)") for name, needed in members.items())


def _defaults(defaults: Mapping[str, Value]) -> str:
    return ", ".join(f"`{name}` {_text(value)}" for name, value in defaults.items())


def _text(value: Value) -> str:
    return ", ".join(value) if isinstance(value, tuple) else f"{value:g}"


def _schema(name: str, member: Member) -> dict[str, object]:
    """The JSON schema of a member."""
    schema: dict[str, object]
    match member.holds:
        case "number" | "integer":
            bounds = {"minimum": member.least, "exclusiveMinimum": member.above, "maximum": most_of(member)}
            schema = {"type": member.holds} | {word: bound for word, bound in bounds.items() if bound is not None}
        case "text":
            schema = _string(member)
        case "texts":
            least, most = member.items or (None, None)
            schema = {"type": "array", "minItems": least, "maxItems": most, "items": _string(member)}
    return schema | {"description": _description(name, member)}


def _string(member: Member) -> dict[str, object]:
    if member.choices:
        return {"type": "string", "enum": list(member.choices)}
    if member.pattern is not None:
        return {"type": "string", "pattern": f"^{member.pattern}$"}
    return {"type": "string", "minLength": member.least, "maxLength": most_of(member)}


def _description(name: str, member: Member) -> str:
    owners = tuple(what for what, row in FAULTS.items() if name in row.members)
    of = "every symptom" if owners == of_kind("symptom") else ", ".join(owners)
    rows = {what: SYMPTOMS[what].defaults for what in owners if what in SYMPTOMS}
    defaults = {what: _text(row[name]) for what, row in rows.items() if name in row}
    if len(set(defaults.values())) > 1:
        values = [f"{default} of {what}" for what, default in defaults.items()]
    else:
        values = list(defaults.values())[:1]
    sentences = (
        f"Of {of}.",
        member.meaning,
        "" if member.no_more_than is None else f"At most {member.no_more_than}.",
        f"{', '.join(values)} unless given." if values else "",
    )
    return " ".join(sentence for sentence in sentences if sentence)


def _flow(value: object) -> str:
    """A value in YAML's flow style."""
    match value:
        case dict():
            return "{" + ", ".join(f"{name}: {_flow(inner)}" for name, inner in value.items()) + "}"
        case list():
            return "[" + ", ".join(map(_flow, value)) + "]"
        case str() if re.fullmatch(r"[A-Za-z-]+", value):
            return value
        case _:
            return json.dumps(value)
