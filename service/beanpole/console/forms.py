"""The form of a fault, as rows for a page: made of the tables by which the route checks a fault."""

from collections.abc import Iterator

from msgspec import Struct

from beanpole.control.fault_schema import most_of
from beanpole.model.environment.resources import WORDS as KINDS
from beanpole.model.faults.fault import INSTANCES
from beanpole.model.faults.members import MEMBERS, Member
from beanpole.model.faults.table import FAULTS, Kind
from beanpole.model.plan.fault_targets import WORDS
from beanpole.wire import spec

GROUPS: dict[Kind, str] = {
    "call": "A call is hit",
    "plan": "The plan of a call is hit",
    "version": "The build of a version is hit",
    "symptom": "Health is hit: a symptom",
}
_WHERE = {
    "operation": "Operation",
    "environment": "Environment, by name or id",
    "version_label": "Version label",
    "step": "Step of the plan",
    "instance": "Instance: index, id, any, first-new or leader",
    "resource": "Kind of resource",
}


class Choice(Struct, frozen=True):
    """A fault to choose: its name and what it does."""

    what: str
    meaning: str


class Field(Struct, frozen=True):
    """A field of the form; `of` names the faults that have it, `needed_by` those that need it.

    `holds` says how its text becomes a value of JSON. `least` and `most` bound a number or the length of a text.
    """

    name: str
    label: str
    holds: str
    of: str
    needed_by: str = ""
    hint: str = ""
    least: float | None = None
    most: float | None = None
    pattern: str | None = None
    choices: tuple[str, ...] = ()
    suggestions: tuple[str, ...] = ()


def choices() -> dict[str, list[Choice]]:
    """The faults to choose from, by what they hit."""
    return {
        title: [Choice(what, row.meaning) for what, row in FAULTS.items() if row.kind == kind]
        for kind, title in GROUPS.items()
    }


def members() -> list[Field]:
    """The members that only some faults have."""
    return [_field(name, member) for name, member in MEMBERS.items()]


def where() -> list[Field]:
    """The members of `where`, each for the faults that look at it."""
    return list(_where())


def _where() -> Iterator[Field]:
    suggested = {
        "operation": tuple(sorted(spec.load().operations)),
        "step": tuple(WORDS),
        "instance": tuple(INSTANCES),
        "resource": tuple(sorted(KINDS)),
    }
    for name, label in _WHERE.items():
        of = " ".join(what for what, row in FAULTS.items() if name in row.looks_at)
        holds = "instance" if name == "instance" else "text"
        yield Field(name, label, holds, of, suggestions=suggested.get(name, ()))


def _field(name: str, member: Member) -> Field:
    having = {what: row.members[name] for what, row in FAULTS.items() if name in row.members}
    return Field(
        name,
        name.replace("_", " ").capitalize(),
        member.holds,
        " ".join(having),
        " ".join(what for what, needed in having.items() if needed),
        member.meaning,
        member.least if member.above is None else member.above,
        most_of(member),
        member.pattern,
        member.choices,
    )
