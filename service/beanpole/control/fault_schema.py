"""What arms a fault: its members, and where it can strike; one that never could is refused with the reason."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, get_args

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from beanpole.control.schemas import SPANS, Instant, Number
from beanpole.model.environment.resources import WORDS as KINDS
from beanpole.model.faults.fault import CALL_FAULTS, NAMES, CallFault, FailedHealth, PlanFault, VersionFault
from beanpole.model.faults.symptoms import ENVIRONMENT_SYMPTOMS, SYMPTOMS
from beanpole.model.names.naming import is_label
from beanpole.model.plan.fault_targets import CALLS, LACKS, LAUNCHING, STEPS_HIT, WORDS, word
from beanpole.wire import spec

LONGEST_DELAY = 60  # seconds of real time
SORTS = (*get_args(CallFault), *get_args(PlanFault), *get_args(VersionFault), *SYMPTOMS)

# What each sort of fault has of its own, and whether it needs it.
OWN: Mapping[str, Mapping[str, bool]] = {
    "refuse": {"code": True, "message": False, "status": False},
    "throttle": {"rate": True, "burst": True},
    "delay": {"seconds": True},
    "health-check-never-passes": {"health": False},
    **{it: {"lasts": False} for it in SYMPTOMS},
    "client-errors": {"share": False, "lasts": False},
    "server-errors": {"share": False, "lasts": False},
    "high-cpu": {"percent": False, "io_wait": False, "lasts": False},
    "stopped-services": {"services": False, "lasts": False},
    "messages-waiting": {"messages": False, "lasts": False},
    "dead-letters": {"messages": False, "lasts": False},
}

# Where each sort looks; what it does not look at could not keep it from striking, or would keep it from ever striking.
_INSTANCES = frozenset({"environment", "version_label", "operation", "step", "instance"})
LOOKS_AT: Mapping[str, frozenset[str]] = {
    **dict.fromkeys(CALL_FAULTS, frozenset({"environment", "version_label", "operation"})),
    **dict.fromkeys(STEPS_HIT, _INSTANCES),
    "launch-refused": _INSTANCES - {"instance"},
    "resource-fails": _INSTANCES - {"instance"} | {"resource"},
    **dict.fromkeys(LACKS, frozenset({"environment", "version_label", "operation"})),
    "build-fails": frozenset({"version_label"}),
    **dict.fromkeys(SYMPTOMS, frozenset({"environment", "version_label", "instance"})),
    **dict.fromkeys(ENVIRONMENT_SYMPTOMS, frozenset({"environment"})),
}

_ENVIRONMENT = validate.Length(4, 40, error="Neither the name of an environment nor its id.")
_INSTANCE = re.compile(r"i-[0-9a-f]{17}")


class Place(fields.Field[int | str]):
    """An index from 0, or an id."""

    default_error_messages = {  # noqa: RUF012 - marshmallow's
        "invalid": "Neither an index from 0 nor an id such as i-0123456789abcdef0."
    }

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> int | str:
        is_index = isinstance(value, int) and not isinstance(value, bool) and value >= 0
        is_id = isinstance(value, str) and _INSTANCE.fullmatch(value) is not None
        if not (is_index or is_id):
            raise self.make_error("invalid")
        found: int | str = value
        return found


def _is_name(value: str) -> None:
    _ENVIRONMENT(value)
    if not is_label(value):
        raise ValidationError(str(_ENVIRONMENT.error))


class Where(Schema):
    """What a fault fits; what is absent fits everything."""

    environment = fields.String(validate=_is_name)
    version_label = fields.String(validate=validate.Length(1, 100))
    instance = Place()
    operation = fields.String(validate=validate.OneOf(sorted(spec.load().operations)))
    step = fields.String(validate=validate.OneOf(WORDS, error="No plan has such a step; steps are {choices}."))
    resource = fields.String(validate=validate.OneOf(KINDS))


class Fault(Schema):
    """A fault to arm."""

    what = fields.String(required=True, validate=validate.OneOf(SORTS))
    where = fields.Nested(Where)
    times = fields.Integer(strict=True, validate=validate.Range(1))
    probability = Number(validate=validate.Range(0, 1, min_inclusive=False))
    until = Instant()
    code = fields.String(validate=validate.Regexp(r"[A-Za-z.]{1,100}\Z"))
    message = fields.String(validate=validate.Length(1, 1000))
    status = fields.Integer(strict=True, validate=validate.Range(400, 599))
    rate = Number(validate=validate.Range(0))
    burst = fields.Integer(strict=True, validate=validate.Range(1))
    seconds = Number(validate=validate.Range(0, LONGEST_DELAY))
    health = fields.String(validate=validate.OneOf(get_args(FailedHealth)))
    lasts = Number(validate=SPANS)
    share = Number(validate=validate.Range(0, 1, min_inclusive=False))
    percent = Number(validate=validate.Range(0, 100, min_inclusive=False))
    io_wait = Number(validate=validate.Range(0, 80))
    services = fields.List(fields.String(validate=validate.Length(1, 50)), validate=validate.Length(1, 4))
    messages = fields.Integer(strict=True, validate=validate.Range(1, 1_000_000))

    @validates_schema
    def its_own_members(self, data: dict[str, Any], **_: Any) -> None:
        """Each sort of fault has what it needs, and nothing of another's."""
        own = OWN.get(data.get("what", ""), {})
        missing = {
            name: ["Missing data for required field."] for name, needed in own.items() if needed and name not in data
        }
        foreign = {
            name: [f"Not of {data.get('what')}."]
            for names in OWN.values()
            for name in names
            if name in data and name not in own
        }
        if data.get("io_wait", 0) > data.get("percent", 80):
            foreign["io_wait"] = ["More than is in use."]
        if missing or foreign:
            raise ValidationError({**missing, **foreign})

    @validates_schema
    def a_place_where_it_can_strike(self, data: dict[str, Any], **_: Any) -> None:
        """What is not there yet may come; what a sort never looks at will not."""
        what, where = data.get("what", ""), data.get("where", {})
        foreign = {name: [f"{what} does not look at it."] for name in where if name not in LOOKS_AT.get(what, where)}
        wrong = foreign or dict(_of_calls(where) if what in CALL_FAULTS else _of_plans(what, where))
        if wrong:
            raise ValidationError({"where": wrong})


def _of_calls(where: Mapping[str, Any]) -> Iterator[tuple[str, list[str]]]:
    """A call can only be told by what it may name."""
    operation = spec.load().operation(where.get("operation", ""))
    if operation is None:
        return
    members = {it.attribute for it in operation.input.members} if operation.input else set()
    if "environment" in where and not members & set(NAMES):
        yield "environment", [f"{operation.name} names no environment."]
    if "version_label" in where and "version_label" not in members:
        yield "version_label", [f"{operation.name} names no version."]


def _of_plans(what: str, where: Mapping[str, Any]) -> Iterator[tuple[str, list[str]]]:
    """A step must be one that the fault strikes, and the call one whose plan has such steps."""
    struck = {word(it) for it in STEPS_HIT.get(what, ())}  # type: ignore[call-overload]  # what strikes no step has none
    step, operation = where.get("step"), where.get("operation")
    if step is not None and step not in struck:
        yield "step", [f"{what} strikes no such step; it strikes {', '.join(sorted(struck))}."]
        return
    meant = struck if step is None else {step}
    calls = [name for name, steps in CALLS.items() if meant & {word(it) for it in steps}] if struck else LAUNCHING
    if operation is not None and operation not in calls:
        yield "operation", [f"{what} strikes nothing that it begins; it strikes what begins with {', '.join(calls)}."]


FAULT = Fault()
