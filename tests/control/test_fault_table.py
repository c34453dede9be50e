"""The documents say what the tables of faults say, and the route accepts what they say."""

from typing import Any, get_args

import pytest

from beanpole.control.fault_schema import most_of
from beanpole.model.faults.members import MEMBERS, Member
from beanpole.model.faults.symptoms import SYMPTOMS
from beanpole.model.faults.table import FAULTS, PlanFault, of_kind
from beanpole.model.health import causes
from beanpole.model.plan.fault_targets import LACKS, STEPS_HIT
from control.arming import arm, armed_faults, post
from control.calling import document, must_fit
from control.fault_documents import PARTS, between, replaced
from house.tree import ROOT


@pytest.mark.parametrize(("file", "name"), [(file, name) for file, parts in PARTS.items() for name, _ in parts])
def test_a_document_says_what_the_tables_say(pytestconfig: pytest.Config, file: str, name: str) -> None:
    write, path = dict(PARTS[file])[name], ROOT / file
    text = path.read_text(encoding="utf-8")
    if pytestconfig.getoption("--update-golden"):
        path.write_text(replaced(text, name, write()), encoding="utf-8")
    else:
        assert between(text, name) == write().rstrip("\n"), (
            "run pytest tests/control/test_fault_table.py --update-golden"
        )


def test_every_fault_of_the_document_can_be_armed(fresh_world: Any) -> None:
    world, schema = fresh_world(), document()["components"]["schemas"]["FaultToArm"]
    assert schema["properties"]["what"]["enum"] == list(FAULTS)
    needed = {"code": "X", "rate": 1, "burst": 1, "seconds": 0, "within": 1}
    for what, row in FAULTS.items():
        arm(world, what=what, **{name: needed[name] for name, needs in row.members.items() if needs})
    assert [fault["what"] for fault in armed_faults(world)] == list(FAULTS)


def test_every_symptom_can_last(fresh_world: Any) -> None:
    world = fresh_world()
    names = of_kind("symptom")
    armed = [arm(world, what=what, lasts=60, times=1, probability=0.5) for what in names]
    assert [fault["what"] for fault in armed] == [fault["what"] for fault in armed_faults(world)] == list(names)
    for fault in armed:
        must_fit({"$ref": "#/components/schemas/Fault"}, fault)


def test_every_member_is_of_some_fault_and_every_fault_has_members_of_the_table() -> None:
    assert {name for row in FAULTS.values() for name in row.members} == set(MEMBERS)


def test_the_faults_of_plans_are_those_that_the_engine_knows() -> None:
    assert of_kind("plan") == get_args(PlanFault)
    assert {*STEPS_HIT, *LACKS} == set(of_kind("plan"))
    assert {what for what in of_kind("plan") if "step" in FAULTS[what].looks_at} == set(STEPS_HIT)


def test_every_symptom_has_a_sentence_for_its_cause() -> None:
    assert list(causes.CAUSES) == list(SYMPTOMS)
    judged = {what for what, row in SYMPTOMS.items() if row.holder == "instance" and row.status is not None}
    assert set(causes.FLEET_CAUSES) <= judged


def _beyond(member: Member) -> list[object]:
    """Values just outside the bounds of a member, and one of another type."""
    if member.holds == "texts":
        return [[], ["x"] * 5, [""], ["x" * 51], "x", None]
    if member.holds == "text":
        return ["", "x" * 1001, "1", 5, None] if member.pattern or member.choices else ["", "x" * 1001, 5, None]
    low = member.above if member.least is None else member.least - 0.5
    return [low, *([] if most_of(member) is None else [most_of(member) + 0.5]), "1", True, None]


@pytest.mark.parametrize("name", MEMBERS)
def test_the_route_and_the_document_refuse_what_is_out_of_bounds(fresh_world: Any, name: str) -> None:
    world = fresh_world()
    what, row = next((what, row) for what, row in FAULTS.items() if name in row.members)
    whole = {"code": "X", "rate": 1, "burst": 1, "seconds": 0, "within": 1}
    needed = {member: whole[member] for member, needs in row.members.items() if needs}
    for value in _beyond(MEMBERS[name]):
        fault = {"what": what, **needed, name: value}
        answer = post(world, fault)
        assert (answer.status_code, list(answer.get_json()["errors"])) == (400, [name])
        with pytest.raises(Exception, match=r"."):
            must_fit({"$ref": "#/components/schemas/FaultToArm"}, fault)
    assert armed_faults(world) == []
