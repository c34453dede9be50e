"""Whole lives of whatever acts, faults and aborts: the laws hold all the way, and the next update heals it all."""

import pytest
from hypothesis import event, given

from beanpole.model.faults.fault import Fault, Where
from beanpole.model.faults.symptoms import SYMPTOMS
from engine.lives import LIVES, Act, Life, WitnessedWorld, lived
from examples import examples
from options import COMMAND, DATABASE, ENVIRONMENT, GROUP, LAUNCH, PROPERTIES, ROLLING_UPDATE, option_settings


@examples(150)
@given(life=LIVES)
def test_the_laws_hold_whatever_is_asked_whatever_fails_and_whatever_is_aborted(life):
    for outcome in lived(life).came_to:
        event(outcome)


# What was found so, at its smallest.

ROLLING = option_settings(ROLLING_UPDATE, RollingUpdateEnabled="true")
IMMUTABLY = option_settings(ROLLING_UPDATE, RollingUpdateEnabled="true", RollingUpdateType="Immutable")
REPLACED = tuple(option_settings(LAUNCH, InstanceType="m5.large"))


def of(size, *settings):
    return (*option_settings(GROUP, MinSize=size, MaxSize=size + 1), *settings)


@pytest.mark.parametrize("abort_after", range(10))
def test_a_rolling_update_is_aborted_though_a_batch_has_gone_that_nothing_took_the_place_of_yet(abort_after):
    bare = option_settings(ROLLING_UPDATE, MinInstancesInService=0, MaxBatchSize=2)
    acts = (Act("update", changes=REPLACED, abort_after=abort_after),)
    lived(Life("worker", of(3, *ROLLING, *bare), (), acts))


def test_a_rolling_update_is_undone_though_half_the_fleet_has_died():
    deaths = Fault(1, "instance-dies", Where(step="deploy"), 2)
    acts = (Act("update", changes=REPLACED, faults=(deaths,)),)
    lived(Life("classic", of(3, *ROLLING, *option_settings(ROLLING_UPDATE, MinInstancesInService=0)), (), acts))


def test_of_a_new_instance_that_dies_before_anybody_was_told_of_it_nobody_is_told():
    witnessed = WitnessedWorld(
        Life("application", of(3, *option_settings(COMMAND, DeploymentPolicy="Immutable")), (), ())
    )
    witnessed.begin("launch")
    witnessed.settle()
    witnessed.do(Act("update", "v2", faults=(Fault(1, "instance-dies", Where(version_label="v2", step="deploy")),)))
    dead = [message for message in witnessed.world.messages() if message.endswith("due to a EC2 health check failure")]
    assert dead == []
    assert witnessed.world.environment.done.outcome != "done"


def test_a_new_side_is_dropped_beside_an_old_one_that_was_too_small_and_that_is_mended():
    refusal = Fault(1, "launch-refused")
    acts = (Act("update", changes=REPLACED, abort_after=10),)
    witnessed = WitnessedWorld(Life("application", of(3, *IMMUTABLY), (refusal,), acts))
    witnessed.begin("launch")
    witnessed.settle()
    assert witnessed.world.fleet == {}
    witnessed.do(acts[0])
    assert witnessed.world.environment.done.outcome != "done"
    assert len(witnessed.world.fleet) == 3


def test_a_restart_that_fails_tells_of_no_other_version():
    witnessed = WitnessedWorld(Life("application", of(3), (), ()))
    witnessed.begin("launch")
    witnessed.settle()
    witnessed.do(Act("restart", faults=(Fault(1, "command-fails", Where(instance=1)),)))
    messages = [event.message for event in witnessed.world.events if event.severity == "ERROR"]
    assert messages[-1] == "Failed to deploy application."
    assert not any(message.startswith("During an aborted deployment") for message in messages)


def test_a_failed_deployment_on_a_single_instance_warns_of_mixed_versions_too():
    witnessed = WitnessedWorld(Life("application", of(1), (), ()))
    witnessed.begin("launch")
    witnessed.settle()
    witnessed.do(Act("update", version="v2", faults=(Fault(1, "command-fails", Where(version_label="v2")),)))
    messages = [event.message for event in witnessed.world.events if event.severity == "ERROR"]
    assert messages[-2] == "Failed to deploy application."
    assert messages[-1].startswith("During an aborted deployment, some instances may have deployed the new")


def test_what_takes_the_place_of_an_instance_that_died_in_a_launch_runs_what_its_environment_says():
    witnessed = WitnessedWorld(Life("application", of(3), (Fault(1, "instance-dies", times=2),), ()))
    witnessed.begin("launch")
    witnessed.settle()
    runs = {(instance.version_label, instance.deployment_id) for instance in witnessed.world.fleet.values()}
    assert (
        runs == {(witnessed.world.environment.version_label, witnessed.world.environment.deployment_id)} == {("v1", 1)}
    )


def test_what_takes_the_place_of_an_instance_that_died_in_a_change_of_settings_runs_what_was_restored():
    faults = (Fault(1, "command-fails", times=1), Fault(2, "instance-dies", times=1))
    change = tuple(option_settings(PROPERTIES, COLOUR="green"))
    witnessed = WitnessedWorld(Life("application", of(2), (), ()))
    witnessed.begin("launch")
    witnessed.settle()
    witnessed.do(Act("update", changes=change, faults=faults))
    runs = {(instance.version_label, instance.deployment_id) for instance in witnessed.world.fleet.values()}
    assert (
        runs == {(witnessed.world.environment.version_label, witnessed.world.environment.deployment_id)} == {("v1", 3)}
    )


def test_an_instance_that_said_nothing_while_an_update_was_undone_is_replaced():
    by_health = option_settings(ROLLING_UPDATE, RollingUpdateEnabled="true", RollingUpdateType="Health")
    witnessed = WitnessedWorld(Life("application", of(1, *by_health), (), ()))
    witnessed.begin("launch")
    witnessed.settle()
    witnessed.do(Act("update", changes=REPLACED, faults=(Fault(1, "no-signal"),)))
    (left,) = witnessed.world.fleet.values()
    assert (left.silent, left.version_label, left.in_service) == (False, "v1", True)


def test_a_group_that_was_never_made_gets_no_policies_with_the_load_balancer():
    witnessed = WitnessedWorld(Life("single", of(1), (), ()))
    witnessed.begin("launch")
    witnessed.settle()
    witnessed.do(Act("rebuild", faults=(Fault(1, "resource-fails"),)))
    assert witnessed.world.environment.resource("auto-scaling-group") is None
    balanced = tuple(option_settings(ENVIRONMENT, EnvironmentType="LoadBalanced", LoadBalancerType="application"))
    witnessed.do(Act("update", changes=balanced))
    kinds = {resource.kind for resource in witnessed.world.environment.resources}
    assert "load-balancer" in kinds
    assert not {kind for kind in kinds if kind.endswith("-policy")}


def test_a_database_that_a_launch_did_not_come_to_has_one_security_group_after_an_update():
    coupled = option_settings(DATABASE, HasCoupledDatabase="true")
    witnessed = WitnessedWorld(Life("classic", of(1, *coupled), (), ()))
    witnessed.begin("launch")
    witnessed.settle()
    witnessed.do(Act("rebuild", faults=(Fault(1, "resource-fails", Where(resource="database"), action="create"),)))
    assert witnessed.world.environment.resource("database") is None
    witnessed.do(Act("update", changes=tuple(option_settings(PROPERTIES, COLOUR="green"))))
    kinds = [resource.kind for resource in witnessed.world.environment.resources]
    assert (kinds.count("database"), kinds.count("database-security-group")) == (1, 1)
    witnessed.do(Act("rebuild"))
    witnessed.is_well()


REPLACING = option_settings(COMMAND, DeploymentPolicy="RollingWithAdditionalBatch", BatchSize=1, BatchSizeType="Fixed")
AMONG = {"nothing runs": option_settings(COMMAND, Timeout="900"), "runs": option_settings(PROPERTIES, COLOUR="green")}


@pytest.mark.parametrize("change", AMONG)
def test_the_old_instances_that_an_additional_batch_left_go_though_another_update_comes_first(change):
    witnessed = WitnessedWorld(Life("application", of(1, *REPLACING), (), ()))
    witnessed.begin("launch")
    witnessed.settle()
    (old,) = witnessed.world.fleet
    witnessed.begin("update", version_label="v2")
    while witnessed.world.environment.status != "Ready":
        witnessed.step()
    assert [instance.version_label for instance in witnessed.world.fleet.values()] == ["v1", "v2"]
    witnessed.do(Act("update", changes=tuple(AMONG[change])))
    (left,) = witnessed.world.fleet.values()
    assert (left.id != old, left.version_label) == (True, "v2")


@pytest.mark.parametrize("what", sorted(SYMPTOMS))
def test_health_gets_well_when_its_cause_is_gone(what):
    witnessed = WitnessedWorld(
        Life("worker" if what in ("messages-waiting", "dead-letters") else "application", of(2), (), ())
    )
    witnessed.begin("launch")
    witnessed.settle()
    witnessed.world.arm((Fault(1, what),))
    for _ in range(2):
        witnessed.world.advance(60)
    assert witnessed.world.environment.symptoms or any(instance.symptoms for instance in witnessed.world.fleet.values())
    witnessed.world.arm(())
    for _ in range(2):
        witnessed.world.advance(60)
    witnessed.is_well()
