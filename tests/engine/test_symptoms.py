"""The laws of symptoms: time may be cut anywhere, no target is hit twice, and what is over leaves no trace."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beanpole.model.environment.instance import CLIENT_ERRORS, Instance
from beanpole.model.faults.fault import Fault, Where
from beanpole.model.faults.symptoms import SYMPTOMS, Symptom, SymptomRow
from beanpole.model.faults.table import FAULTS, of_symptom
from beanpole.model.health import causes, instance_health
from beanpole.model.health.observation import observe
from engine.stories import World

shapes = st.sampled_from(["single", "application", "classic", "worker"])
cuts = st.lists(st.integers(1, 200_000).map(lambda milliseconds: milliseconds / 1000), max_size=12)
faults = st.lists(
    st.builds(
        Fault,
        number=st.just(1),
        what=st.sampled_from(tuple(SYMPTOMS)),
        where=st.sampled_from([Where(), Where(), Where(instance=0), Where(environment="web"), Where(environment="x")]),
        times=st.sampled_from([None, None, 1, 2]),
        probability=st.sampled_from([None, None, 0.5]),
        lasts=st.sampled_from([None, 0.0, 30.0, 90.0]),
    ),
    max_size=3,
).map(lambda them: [_numbered(fault, number) for number, fault in enumerate(them, 1)])


def _numbered(fault, number):
    return Fault(number, fault.what, fault.where, fault.times, fault.probability, lasts=fault.lasts)


def wake(world, faults):
    """Arm the faults and wake the environment, as the route does."""
    world.arm(faults)
    return world.advance(0)


@given(shape=shapes, faults=faults, seed=st.integers(0, 20), cuts=cuts)
def test_the_story_is_the_same_however_time_is_cut(shape, faults, seed, cuts):
    def live(cuts):
        world = wake(World(shape, seed=seed).launched(), faults)
        left = 400.0
        for cut in cuts:
            if cut < left:
                world.advance(cut)
                left -= cut
        wake(world.advance(left), [])
        return world.settle()

    assert live(cuts).state() == live([]).state()


@given(shape=shapes, faults=faults, seed=st.integers(0, 20))
def test_no_target_is_hit_twice_and_all_are_healthy_when_the_symptoms_are_over(shape, faults, seed):
    before = World(shape, seed=seed).launched().settle()
    world = wake(before.copy(), faults).settle()
    assert world.environment.due is None
    fleet = list(world.fleet.values())
    for target in (world.environment, *fleet):
        ids = [symptom.fault for symptom in target.symptoms]
        assert len(ids) == len(set(ids))
    for fault in world.rules.faults:
        own = [
            target.id
            for target in (world.environment, *fleet)
            if any(symptom.fault == fault.id for symptom in target.symptoms)
        ]
        assert fault.times is None or fault.fired <= fault.times
        assert fault.where.environment != "x" or not own
        assert SYMPTOMS[fault.what].holder != "queue" or shape == "worker" or not own
        counted = [hit for change in world.changes for hit in change.hits if hit == fault.id]
        hits = 1 if fault.what == "no-service-role" and own else len(own)
        assert (fault.fired if fault.times else len(counted)) == hits
    commits = len(world.changes)
    assert len(world.advance(180 * 86_400).changes) == commits  # an idle world costs nothing
    wake(world, []).settle()
    assert [instance for instance in world.fleet.values() if instance.symptoms] == []
    assert (world.environment.symptoms, world.environment.has_symptoms) == ((), False)
    assert {id_: instance.in_service for id_, instance in world.fleet.items()} == {
        id_: instance.in_service for id_, instance in before.fleet.items()
    }
    assert observe(world.rules.health_context(world.environment, world.now), world.fleet).status == "Ok"


@pytest.mark.parametrize("ill", ["Warning", "Degraded", "Severe"])
@pytest.mark.parametrize("what", ["fails-health-checks", "client-errors", "no-data"])
def test_the_end_of_a_symptom_leaves_the_health_that_a_plan_led_to(ill, what):
    well = Instance("i-1", 0, "group", state="running", in_service=True, registered=True)
    unwell = well.with_symptoms((Symptom("fault-1", what, 100, severity={"share": 0.1}),))
    both, plan_first = unwell.fail_checks(ill, 200), well.fail_checks(ill, 200).with_symptoms(unwell.symptoms)
    for world in (both, plan_first):
        left = world.with_symptoms(())
        passes = ill in CLIENT_ERRORS
        assert (left.passes_health_checks, left.in_service) == (passes, passes)
        assert left.client_errors == CLIENT_ERRORS.get(ill, 0.0)
        assert (left.unhealthy_since is None) == passes
    assert unwell.with_symptoms(()) == well


def test_a_new_symptom_is_a_row_and_the_sentence_of_its_cause(monkeypatch):
    row = SymptomRow("Its memory is low.", defaults={"percent": 97.0}, status="Warning")
    monkeypatch.setitem(SYMPTOMS, "low-memory", row)
    monkeypatch.setitem(FAULTS, "low-memory", of_symptom(row))
    monkeypatch.setitem(causes.CAUSES, "low-memory", "{percent:.0f} % of memory is in use.")
    world = World("application").launched().settle()
    wake(world, [Fault(1, "low-memory", Where(instance=1))]).settle()
    context = world.rules.health_context(world.environment, world.now)
    well, bad, *others = world.fleet.values()
    assert (instance_health.status(well, context), instance_health.status(bad, context)) == ("Ok", "Warning")
    assert instance_health.unexcused(bad, watches_4xx=True) == "Warning"
    assert "97 % of memory is in use." in instance_health.explain(bad, context)
    observation = observe(context, world.fleet)
    assert observation.status == "Warning"
    assert f"1 out of {2 + len(others)} instances are impacted. See instance health for details." in observation.causes
    wake(world, []).settle()
    assert observe(world.rules.health_context(world.environment, world.now), world.fleet).status == "Ok"
