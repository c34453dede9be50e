"""The table of faults: the kind of each, its members, and the members of `where` that it looks at."""

from collections.abc import Mapping
from typing import Literal

from msgspec import Struct

from beanpole.model.faults.symptoms import SYMPTOMS, Holder, SymptomRow

Kind = Literal["call", "plan", "version", "symptom"]
PlanFault = Literal[
    "command-fails",
    "command-times-out",
    "health-check-never-passes",
    "instance-dies",
    "launch-refused",
    "no-instance-profile",
    "no-signal",
    "resource-fails",
    "service-role-required",
]

_CALLS = ("operation", "environment", "version_label")
_STEPS = (*_CALLS, "step")
_INSTANCES = (*_STEPS, "instance")
_HOLDERS: Mapping[Holder, tuple[str, ...]] = {
    "instance": ("environment", "version_label", "instance"),
    "environment": ("environment",),
    "queue": ("environment",),
    "balancer": ("environment",),
}


class FaultRow(Struct, frozen=True):
    """`members` says which members it has of its own, and whether it needs each.

    `looks_at` are the members of `where` that it compares. Any other is refused: it could not keep the fault from
    firing, or would keep it from ever firing.
    """

    kind: Kind
    meaning: str
    looks_at: tuple[str, ...]
    members: Mapping[str, bool] = {}


def of_symptom(row: SymptomRow) -> FaultRow:
    """The fault that causes a symptom."""
    return FaultRow("symptom", row.meaning, _HOLDERS[row.holder], dict.fromkeys((*row.defaults, "lasts"), False))


_CALL_FAULTS: Mapping[str, FaultRow] = {
    "refuse": FaultRow(
        "call", "Answer the call with an error.", _CALLS, {"code": True, "message": False, "status": False}
    ),
    "throttle": FaultRow("call", "Allow so many calls a second.", _CALLS, {"rate": True, "burst": True}),
    "not-found-yet": FaultRow(
        "call", "A version or an environment that was just created is not found.", _CALLS, {"within": True}
    ),
    "delay": FaultRow("call", "Answer the call later.", _CALLS, {"seconds": True}),
}
_PLAN_FAULTS: Mapping[PlanFault, FaultRow] = {
    "command-fails": FaultRow(
        "plan",
        "The command on an instance fails; with a `command`, that one of the source bundle.",
        (*_INSTANCES, "command"),
        dict.fromkeys(("exit_status", "output", "message"), False),
    ),
    "command-times-out": FaultRow("plan", "The command on an instance does not end in time.", _INSTANCES),
    "health-check-never-passes": FaultRow(
        "plan", "An instance is unhealthy after its command.", _INSTANCES, {"health": False}
    ),
    "instance-dies": FaultRow("plan", "An instance is terminated.", _INSTANCES),
    "launch-refused": FaultRow("plan", "EC2 launches no instances.", _STEPS),
    "no-instance-profile": FaultRow("plan", "The environment lacks an instance profile.", _CALLS),
    "no-signal": FaultRow("plan", "An instance is launched and says nothing.", _INSTANCES),
    "resource-fails": FaultRow(
        "plan",
        "A resource cannot be created, updated or deleted.",
        (*_STEPS, "resource"),
        dict.fromkeys(("action", "message"), False),
    ),
    "service-role-required": FaultRow("plan", "The environment lacks a service role.", _CALLS),
}
FAULTS: Mapping[str, FaultRow] = {
    **_CALL_FAULTS,
    **dict(_PLAN_FAULTS.items()),
    "build-fails": FaultRow("version", "The build of the version fails, or its processing.", ("version_label",)),
    **{name: of_symptom(row) for name, row in SYMPTOMS.items()},
}


def of_kind(kind: Kind) -> tuple[str, ...]:
    """The names of the faults of a kind, in the order of the table."""
    return tuple(name for name, row in FAULTS.items() if row.kind == kind)
