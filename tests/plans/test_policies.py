"""The laws of deployments and of updates of the configuration, whatever fails and whenever somebody aborts them."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec.structs import replace

from beanpole.model.events import failures
from beanpole.model.faults.fault import Fault, Where
from beanpole.model.options.configuration import merge
from engine.stories import World
from options import COMMAND, ENVIRONMENT, GROUP, HEALTH_REPORTING, ROLLING_UPDATE, option_settings
from plans.updates import CHANGES, POLICIES, WAYS, by_policy, is_whole

DAY = 86_400_000
WITH_BASIC_HEALTH = "64bit Windows Server Core 2022 v2.23.4 running IIS 10.0"
LEVELS = ("Ok", "Warning", "Degraded", "Severe")


sizes = st.integers(1, 12)


seeds = st.integers(0, 50)


batches = st.integers(1, 12).map(str)


WHERES = st.one_of(
    st.just(Where(version_label="v2")),
    st.integers(0, 6).map(lambda index: Where(instance=index, operation="UpdateEnvironment")),
    st.sampled_from(["deploy", "await-health", "launch-instances", "provision"]).map(
        lambda step: Where(step=step, operation="UpdateEnvironment")
    ),
    st.just(Where(operation="UpdateEnvironment")),
)


FAULTS = st.builds(
    Fault,
    number=st.just(1),
    what=st.sampled_from(
        [
            "command-fails",
            "command-times-out",
            "health-check-never-passes",
            "instance-dies",
            "launch-refused",
            "resource-fails",
        ]
    ),
    where=WHERES,
    times=st.sampled_from([None, 1, 2]),
    probability=st.sampled_from([None, None, 0.5]),
)


troubles = st.lists(FAULTS, max_size=2).map(
    lambda them: [
        Fault(number, fault.what, fault.where, fault.times, fault.probability) for number, fault in enumerate(them, 1)
    ]
)


moments = st.one_of(st.none(), st.integers(0, 1500))


def update(world, version="v2", changes=(), abort_at=None, watch=None):
    """An update to its end, aborted after some seconds if it can be then."""
    settings = merge(world.environment.settings, changes) if changes else None
    world.request("update", request_id="update", version_label=version, settings=settings)
    if abort_at is not None:
        end = world.now + abort_at * 1000
        while world.environment.due is not None and world.environment.due <= end:
            step(world, watch)
        world.now = max(world.now, end)
        if world.environment.abortable_operation_in_progress:
            world.request("abort")
    while world.environment.due is not None:
        step(world, watch)
    return world


def step(world, watch):
    world.now = max(world.now, world.environment.due)
    world.write(world.look(world.now))
    if watch is not None:
        watch(world)


def serving(world):
    return sum(instance.in_service for instance in world.fleet.values())


@given(size=sizes, batch=batches, seed=seeds, faults=troubles, abort_at=moments)
def test_rolling_never_takes_more_than_one_batch_out(size, batch, seed, faults, abort_at):
    world = World("application", by_policy("Rolling", size, batch), seed=seed).launched()
    world.arm(faults)
    lowest = min(int(batch), size)

    def watch(world):
        assert serving(world) >= size - lowest

    update(world, abort_at=abort_at, watch=watch)
    is_whole(world, size)


@given(size=sizes, batch=batches, seed=seeds, faults=troubles, abort_at=moments)
@example(size=3, batch="2", seed=0, faults=[Fault(1, "command-fails", Where(instance=1))], abort_at=None)
def test_with_an_additional_batch_never_fewer_serve_than_before(size, batch, seed, faults, abort_at):
    settings = by_policy("RollingWithAdditionalBatch", size, batch)
    world = World("application", settings, seed=seed).launched()
    world.arm(faults)

    def watch(world):
        assert serving(world) >= size

    update(world, abort_at=abort_at, watch=watch)
    is_whole(world, size)


@given(
    policy=st.sampled_from(["Rolling", "RollingWithAdditionalBatch"]),
    size=sizes,
    batch=batches,
    seed=seeds,
    faults=troubles,
    abort_at=moments,
)
@example(policy="RollingWithAdditionalBatch", size=1, batch="1", seed=0, faults=[], abort_at=265)
@example(
    policy="RollingWithAdditionalBatch",
    size=3,
    batch="2",
    seed=0,
    faults=[Fault(1, "instance-dies", Where(instance=0, operation="UpdateEnvironment"))],
    abort_at=None,
)
def test_settings_never_take_more_than_one_batch_out_either(policy, size, batch, seed, faults, abort_at):
    world = World("application", by_policy(policy, size, batch), seed=seed).launched()
    world.arm(faults)
    lowest = min(int(batch), size) if policy == "Rolling" else 0
    states, killed = {id_: instance.state for id_, instance in world.fleet.items()}, set()

    def watch(world):
        """Once all is over, an instance that a fault killed is none that the policy took out."""
        killed.update(id_ for id_, state in states.items() if id_ not in world.fleet and state != "terminating")
        states.clear()
        states.update((id_, instance.state) for id_, instance in world.fleet.items())
        activity = world.environment.activity
        if activity is None:
            assert serving(world) >= size - lowest - len(killed)
        else:
            assert serving(world) >= size - lowest or activity.undoing

    update(world, None, changes=CHANGES["in place"], abort_at=abort_at, watch=watch)
    is_whole(world, size)


@given(size=sizes, seed=seeds, faults=troubles, abort_at=moments)
def test_settings_touch_no_old_instance_where_the_policy_is_immutable(size, seed, faults, abort_at):
    world = World("application", by_policy("Immutable", size, "1"), seed=seed).launched()
    world.arm(faults)

    def watch(world):
        assert serving(world) >= size

    update(world, None, changes=CHANGES["in place"], abort_at=abort_at, watch=watch)
    is_whole(world, size)


@given(policy=st.sampled_from(["Immutable", "TrafficSplitting"]), size=sizes, seed=seeds, faults=troubles, at=moments)
def test_no_old_instance_is_touched_before_the_new_side_is_healthy(policy, size, seed, faults, at):
    world = World("application", by_policy(policy, size, "1"), seed=seed).launched()
    world.arm(faults)
    before = dict(world.fleet)
    closed = []

    def watch(world):
        activity = world.environment.activity
        touched = {id_: world.fleet.get(id_) for id_ in before} != before
        if activity is not None and activity.closed and not activity.undoing:
            fresh = [instance for instance in world.fleet.values() if instance.id not in before]
            assert closed or (
                len(fresh) == size and all(instance.in_service and instance.version_label == "v2" for instance in fresh)
            )
            closed.append(activity.step)
        assert closed or not touched

    update(world, abort_at=at, watch=watch)
    is_whole(world, size)


@given(
    shape=st.sampled_from(["single", "classic", "application", "network", "worker"]),
    policy=st.sampled_from(POLICIES),
    size=sizes,
    batch=batches,
    seed=seeds,
    faults=troubles,
    abort_at=moments,
)
def test_every_deployment_ends_whole_and_the_next_one_heals_what_it_left(
    shape, policy, size, batch, seed, faults, abort_at
):
    world = World(shape, by_policy(policy, size, batch), seed=seed).launched()
    world.arm(faults)
    start, count = world.now, 1 if shape == "single" else size
    update(world, abort_at=abort_at)
    assert world.now - start < DAY
    is_whole(world, count)
    world.arm([])
    update(world, version="v3")
    is_whole(world, count)
    assert (world.environment.version_label, world.environment.done.outcome) == ("v3", "done")
    ids = {instance.deployment_id for instance in world.fleet.values()}
    assert ids == {world.environment.deployment_id}


@given(
    policy=st.sampled_from(POLICIES),
    way=st.sampled_from(sorted(WAYS)),
    change=st.sampled_from(sorted(CHANGES)),
    version=st.sampled_from([None, "v2"]),
    size=sizes,
    seed=seeds,
    faults=troubles,
    abort_at=moments,
)
def test_every_update_of_the_configuration_ends_new_or_as_it_was(
    policy, way, change, version, size, seed, faults, abort_at
):
    world = World("application", [*by_policy(policy, size, "2"), *WAYS[way]], seed=seed).launched()
    world.arm(faults)
    before, start = world.environment, world.now
    update(world, version, CHANGES[change], abort_at)
    assert world.now - start < DAY
    after = world.environment
    if after.done.outcome != "done":
        names = ("settings", "template_name", "solution_stack_name")
        assert [getattr(after, name) for name in names] == [getattr(before, name) for name in names]
        assert [resource.kind for resource in after.resources] == [resource.kind for resource in before.resources]
        assert after.endpoint_url == before.endpoint_url
        is_whole(world, size)
    else:
        assert after.settings == merge(before.settings, CHANGES[change])
        is_whole(world, {"more": 6, "more, replaced": 6, "fewer": 1, "single": 1}.get(change, size))
        assert all(instance.in_service for instance in world.fleet.values()) or faults


@given(
    way=st.sampled_from(["by time", "by health"]),
    size=sizes,
    batch=st.integers(1, 6),
    least=st.integers(0, 12),
    spare=st.integers(0, 3),
    seed=seeds,
    abort_at=moments,
)
def test_a_rolling_update_keeps_as_many_in_service_as_it_is_to(way, size, batch, least, spare, seed, abort_at):
    own, most = option_settings(ROLLING_UPDATE, MaxBatchSize=batch, MinInstancesInService=least), size + spare
    world = World(
        "application", [*WAYS[way], *own, *option_settings(GROUP, MinSize=size, MaxSize=most)], seed=seed
    ).launched()

    def watch(world):
        assert serving(world) >= min(least, size, most - 1)
        assert len(world.fleet) <= most

    update(world, None, CHANGES["replaces"], abort_at, watch=watch)
    is_whole(world, size)
    assert {instance.instance_type for instance in world.fleet.values()} == {
        "t3.micro" if (world.environment.done.outcome != "done") else "m5.large"
    }


@given(
    shape=st.sampled_from(["single", "application"]),
    size=sizes,
    version=st.sampled_from([None, "v2"]),
    seed=seeds,
    faults=troubles,
    abort_at=moments,
)
def test_an_environment_that_changes_its_type_serves_all_the_time_unless_its_one_instance_takes_a_version(
    shape, size, version, seed, faults, abort_at
):
    world = World(shape, option_settings(GROUP, MinSize=size, MaxSize=13), seed=seed).launched()
    world.arm([fault for fault in faults if fault.what != "health-check-never-passes"])
    stays = (
        shape == "single" and version is not None
    )  # the one instance stays, and its new version is deployed in place
    least = 0 if stays else min(serving(world), 1)
    other = "LoadBalanced" if shape == "single" else "SingleInstance"

    def watch(world):
        assert serving(world) >= least
        assert world.environment.endpoint_url is not None

    update(world, version, option_settings(ENVIRONMENT, EnvironmentType=other), abort_at, watch)
    has_failed = world.environment.done.outcome != "done"
    is_whole(world, 1 if (shape == "single") == has_failed else size)


@given(
    policy=st.sampled_from(POLICIES),
    change=st.sampled_from([None, *sorted(CHANGES)]),
    seed=seeds,
    faults=troubles,
    abort_at=st.integers(1, 900),
    cuts=st.lists(st.integers(1, 200_000).map(lambda milliseconds: milliseconds / 1000), max_size=8),
)
def test_trouble_is_the_same_however_time_is_cut(policy, change, seed, faults, abort_at, cuts):
    def story(cuts):
        world = World("application", [*by_policy(policy, 3, "1"), *WAYS["by time"]], seed=seed).launched()
        world.arm(faults)
        settings = None if change is None else merge(world.environment.settings, CHANGES[change])
        world.request("update", request_id="update", version_label="v2", settings=settings)
        for act in (abort_at, DAY // 1000):
            left = act
            for cut in cuts:
                if cut < left:
                    world.advance(cut)
                    left -= cut
            world.advance(left)
            if world.environment.abortable_operation_in_progress:
                world.request("abort")
        return world.state(), [fault.fired for fault in world.rules.faults]

    assert story(cuts) == story([])


@pytest.mark.parametrize("policy", ["Rolling", "Immutable"])
@pytest.mark.parametrize("health", ["Warning", "Degraded", "Severe"])
@pytest.mark.parametrize("threshold", ["Ok", "Warning", "Degraded", "Severe"])
@pytest.mark.parametrize("namespace", [HEALTH_REPORTING, COMMAND])
def test_health_that_is_no_worse_than_the_threshold_passes(namespace, threshold, health, policy):
    settings = option_settings(namespace, HealthCheckSuccessThreshold=threshold)
    world = World("application", [*by_policy(policy, 2, "1"), *settings]).launched()
    world.arm([Fault(1, "health-check-never-passes", Where(version_label="v2"), health=health)])
    passes = LEVELS.index(health) <= LEVELS.index(threshold)
    assert update(world).environment.done.outcome == ("done" if passes else "failed")


@pytest.mark.parametrize(("system", "outcome"), [("basic", "failed"), ("enhanced", "done")])
def test_basic_health_knows_no_threshold(system, outcome):
    settings = option_settings(HEALTH_REPORTING, SystemType=system, HealthCheckSuccessThreshold="Severe")
    world = World("application", [*by_policy("Rolling", 2, "1"), *settings])
    world.environment = replace(world.environment, solution_stack_name=WITH_BASIC_HEALTH)
    world.launched().arm([Fault(1, "health-check-never-passes", Where(version_label="v2"), health="Severe")])
    assert update(world).environment.done.outcome == outcome


def test_a_temporary_group_that_has_done_its_work_always_goes():
    world = World("application", by_policy("Immutable", 2, "1")).launched()
    world.arm([Fault(1, "resource-fails", Where(step="deprovision"))])
    is_whole(update(world), 2)
    assert world.environment.done.outcome == "done"


@pytest.mark.parametrize(
    ("low", "most", "batch", "least"), [(1, 4, 1, 1), (3, 4, 1, 3), (4, 8, 2, 4), (4, 4, 2, 3), (7, 7, 3, 6)]
)
def test_a_rolling_update_takes_a_third_at_a_time_and_keeps_what_the_group_can_spare(low, most, batch, least):
    world = World("application", [*WAYS["by time"], *option_settings(GROUP, MinSize=low, MaxSize=most)]).launched()
    (message,) = (
        event.message for event in update(world, None, CHANGES["replaces"]).events if "initiated" in event.message
    )
    assert f"in batches of {batch}, while keeping at least {least} instance(s)" in message


@pytest.mark.parametrize(("abort_at", "mixed"), [(0, False), (100, True)])
def test_versions_are_only_mixed_once_an_aborted_deployment_has_changed_something(abort_at, mixed):
    world = World("application", by_policy("Rolling", 3, "1")).launched()
    world = update(world, abort_at=abort_at)
    assert world.environment.done.outcome == "aborted"
    assert len({instance.deployment_id for instance in world.fleet.values()}) == 1 + mixed
    assert any(event.message == failures.VERSIONS_MIXED().text for event in world.events) == mixed


@pytest.mark.parametrize(("step", "fails"), [(None, False), ("deprovision", True)])
def test_dropping_a_new_side_fails_only_where_that_very_step_is_to(step, fails):
    world = World("application", by_policy("Immutable", 2, "1")).launched()
    ill = Fault(1, "health-check-never-passes", Where(version_label="v2"))
    world.arm([ill, Fault(2, "resource-fails", Where(version_label="v1", step=step))])
    update(world)
    assert world.environment.done.outcome == "failed"
    assert any("DELETE_FAILED" in event.message for event in world.events) == fails
    is_whole(world, 2)
