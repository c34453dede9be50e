"""Logs that were asked for, on the pure engine: whatever else happens, each request is answered once."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from engine.stories import SHAPES, World

END = ("Pulled logs for environment instances.", "Failed to pull logs for environment instances.")
KINDS = ("tail", "bundle", "analyze")

cuts = st.lists(st.integers(1, 60_000).map(lambda milliseconds: milliseconds / 1000), max_size=12)
kinds_of_requests = st.lists(st.sampled_from(KINDS), min_size=1, max_size=4)


def live(world, cuts, types, after):
    """A launch, some requests, and something else straight after them."""
    world.launched()
    for number, kind in enumerate(types):
        world.request("info", kind, request_id=f"info-{number}")
    if after == "update":
        world.request("update", request_id="update", version_label="v2", settings=None)
    if after == "termination":
        world.request("termination", "terminateEnvironment", request_id="terminate")
    start, length = world.now, 400.0
    for cut in cuts:
        if cut < length - (world.now - start) / 1000:
            world.advance(cut)
    return world.advance(length - (world.now - start) / 1000)


@given(
    shape=st.sampled_from(sorted(SHAPES)),
    seed=st.integers(0, 1000),
    cuts=cuts,
    types=kinds_of_requests,
    after=st.sampled_from(["update", "termination", None]),
)
def test_every_request_is_answered_once_however_time_is_cut(shape, seed, cuts, types, after):
    world = live(World(shape, seed=seed), cuts, types, after)
    assert world.state() == live(World(shape, seed=seed), [], types, after).state()
    assert world.environment.log_requests == ()
    for number in range(len(types)):
        messages = [event.message for event in world.events if event.request_id == f"info-{number}"]
        assert [message for message in messages if message in END] == messages[-1:]
    assert {entity.info_type for entity in world.beside.values()} <= set(types)


@pytest.mark.parametrize("mode", ["wall", "manual"])
def test_an_errand_that_outlives_its_environment_fails_with_it(mode):
    world = World(mode=mode)
    slow = replace(world.rules.timings.activities["logs"], lasts=dict.fromkeys(KINDS, 10_000.0))
    activities = world.rules.timings.activities | {"logs": slow}
    world.rules = replace(world.rules, timings=replace(world.rules.timings, activities=activities))
    world.launched()
    world.request("info", "tail", request_id="info")
    world.request("termination", "terminateEnvironment", request_id="terminate")
    world.settle()
    assert world.environment.status == "Terminated"
    assert [event.message for event in world.events if event.request_id == "info"] == [END[1]]
    assert world.beside == {}


@given(shape=st.sampled_from(sorted(SHAPES)), types=kinds_of_requests)
def test_at_instant_it_is_over_at_once(shape, types):
    world = World(shape, mode="wall", speed="instant")
    world.launched()
    for number, kind in enumerate(types):
        world.request("info", kind, request_id=f"info-{number}")
    world.advance(0)
    assert world.environment.log_requests == ()
    assert sum(event.message == END[0] for event in world.events) == len(types)
