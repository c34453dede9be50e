"""The schema of a fault to arm, by the tables of faults and members; a fault that could never fire is refused.

A refusal names the member and the reason.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from beanpole.control.schemas import Instant, Number
from beanpole.model.environment.resources import WORDS as KINDS
from beanpole.model.faults.fault import ENVIRONMENT_MEMBERS, INSTANCES
from beanpole.model.faults.members import MEMBERS, Action, Member
from beanpole.model.faults.symptoms import SYMPTOMS
from beanpole.model.faults.table import FAULTS, FaultRow
from beanpole.model.names.naming import is_label
from beanpole.model.plan import recent
from beanpole.model.plan.fault_targets import ACTIONS, CALLS, LAUNCHING, STEPS_HIT, WORDS, action_of, word
from beanpole.tables import limits
from beanpole.wire import spec

_ENVIRONMENT = validate.Length(4, 40, error="Neither the name of an environment nor its id.")
_INSTANCE = re.compile(r"i-[0-9a-f]{17}")


class InstanceSelector(fields.Field[int | str]):
    """An index from 0, an id, or a word for an instance of a step."""

    default_error_messages = {  # noqa: RUF012 - marshmallow's
        "invalid": "Neither an index from 0, nor an id such as i-0123456789abcdef0, nor any, first-new or leader."
    }

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> int | str:
        is_index = isinstance(value, int) and not isinstance(value, bool) and value >= 0
        is_id = isinstance(value, str) and _INSTANCE.fullmatch(value) is not None
        if not (is_index or is_id or (isinstance(value, str) and value in INSTANCES)):
            raise self.make_error("invalid")
        selector: int | str = value
        return selector


def _is_name(value: str) -> None:
    _ENVIRONMENT(value)
    if not is_label(value):
        raise ValidationError(str(_ENVIRONMENT.error))


class WhereSchema(Schema):
    """The scope of a fault; an absent member fits everything."""

    environment = fields.String(validate=_is_name)
    version_label = fields.String(validate=validate.Length(1, 100))
    instance = InstanceSelector()
    operation = fields.String(validate=validate.OneOf(sorted(spec.load().operations)))
    step = fields.String(validate=validate.OneOf(WORDS, error="No plan has such a step; steps are {choices}."))
    resource = fields.String(validate=validate.OneOf(KINDS))
    command = fields.String(validate=validate.Length(1, limits.most("document_key")))


class FaultSchema(Schema):
    """A fault to arm: the members that all faults have, and the rules for those of its own."""

    what = fields.String(required=True, validate=validate.OneOf(FAULTS))
    where = fields.Nested(WhereSchema)
    times = fields.Integer(strict=True, validate=validate.Range(1, limits.most("fault_times")))
    probability = Number(validate=validate.Range(0, 1, min_inclusive=False))
    until = Instant()

    @validates_schema
    def check_members(self, data: dict[str, Any], **_: Any) -> None:
        """Refuse a fault without a member that it needs, or with a member of another fault."""
        what = data.get("what", "")
        own = FAULTS[what].members if what in FAULTS else {}
        missing = {
            name: ["Missing data for required field."] for name, needed in own.items() if needed and name not in data
        }
        foreign = {name: [f"Not of {data.get('what')}."] for name in MEMBERS if name in data and name not in own}
        wrong = missing | foreign | dict(_of_bounds(what, data))
        if wrong:
            raise ValidationError(wrong)

    @validates_schema
    def check_where(self, data: dict[str, Any], **_: Any) -> None:
        """Refuse a fault that could never fire where it is armed."""
        what, where = data.get("what", ""), data.get("where", {})
        row = FAULTS.get(what)
        if row is None:
            return
        ignored = {name: [f"{what} does not look at it."] for name in where if name not in row.looks_at}
        wrong = ignored or dict(_of_calls(what, where) if row.kind == "call" else _of_plans(what, row, where, data))
        if wrong:
            raise ValidationError({"where": wrong})


def _of_bounds(what: str, data: Mapping[str, Any]) -> Iterator[tuple[str, list[str]]]:
    """Refuse a member that is greater than the member that bounds it, given or by default."""
    defaults = SYMPTOMS[what].defaults if what in SYMPTOMS else {}
    for name, member in MEMBERS.items():
        bound = member.no_more_than
        if bound is not None and name in data and data[name] > data.get(bound, defaults.get(bound, data[name])):
            yield name, [f"More than {bound}."]


def _of_calls(what: str, where: Mapping[str, Any]) -> Iterator[tuple[str, list[str]]]:
    """A call can only be selected by what it may name; what it does not find may be anything that it looks up."""
    if what == recent.WHAT:
        if where.get("operation", "DescribeEnvironments") not in recent.LOOKUPS:
            yield "operation", [f"{what} hits no such call; it hits {', '.join(recent.LOOKUPS)}."]
        return
    operation = spec.load().operation(where.get("operation", ""))
    if operation is None:
        return
    members = {member.attribute for member in operation.input.members} if operation.input else set()
    if "environment" in where and not members & set(ENVIRONMENT_MEMBERS):
        yield "environment", [f"{operation.name} names no environment."]
    if "version_label" in where and "version_label" not in members:
        yield "version_label", [f"{operation.name} names no version."]


def _of_plans(
    what: str, row: FaultRow, where: Mapping[str, Any], data: Mapping[str, Any]
) -> Iterator[tuple[str, list[str]]]:
    """The fault must be able to hit the step, and the plans of the call must have such steps."""
    if row.kind != "plan":
        if where.get("instance") in INSTANCES:
            yield "instance", [f"{what} knows an instance by its index or its id alone."]
        return
    hit = {word(step) for name, steps in STEPS_HIT.items() if name == what for step in steps}
    step, operation = where.get("step"), where.get("operation")
    if step is not None and step not in hit:
        yield "step", [f"{what} hits no such step; it hits {', '.join(sorted(hit))}."]
        return
    if what == "resource-fails":
        action: Action = action_of(data.get("action"), step)
        hit = {word(ACTIONS[action])}
    if step is not None and step not in hit:
        yield "step", [f"{what} does not {action} anything there; that is {', '.join(sorted(hit))}."]
        return
    steps = hit if step is None else {step}
    calls = [name for name, own in CALLS.items() if steps & {word(step) for step in own}] if hit else LAUNCHING
    if operation is not None and operation not in calls:
        yield "operation", [f"{what} hits no plan of it; it hits the plans of {', '.join(calls)}."]


def most_of(member: Member) -> float | None:
    """The greatest number, or length of a text, that the member may have; None where nothing bounds it."""
    return member.most if member.limit is None else limits.most(member.limit)


def _field(member: Member) -> fields.Field[Any]:
    """The field of a member: its type and its bounds."""
    match member.holds:
        case "number":
            return Number(validate=_range(member))
        case "integer":
            return fields.Integer(strict=True, validate=_range(member))
        case "text":
            return fields.String(validate=_text(member))
        case "texts":
            least, most = member.items or (None, None)
            return fields.List(fields.String(validate=_text(member)), validate=validate.Length(least, most))


def _range(member: Member) -> validate.Range:
    least = member.least if member.above is None else member.above
    return validate.Range(least, most_of(member), min_inclusive=member.above is None)


def _text(member: Member) -> validate.Validator:
    if member.choices:
        return validate.OneOf(member.choices)
    if member.pattern is not None:
        return validate.Regexp(rf"{member.pattern}\Z")
    most = most_of(member)
    return validate.Length(None if member.least is None else int(member.least), None if most is None else int(most))


FAULT = FaultSchema.from_dict({name: _field(member) for name, member in MEMBERS.items()}, name="FaultToArm")()
