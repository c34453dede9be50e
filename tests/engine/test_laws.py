"""The laws of the interpreter: time may be cut as one likes, and work done twice is done once."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beanpole.model.options.definitions import OptionSetting
from beanpole.model.plan.plan import decode
from beanpole.model.plan.rules import Durations
from beanpole.model.plan.steps import Finish, Release
from engine.stories import SHAPES, World

LONG = 500.0
COLOR = OptionSetting("aws:elasticbeanstalk:application:environment", "COLOR", "green")

shapes = st.sampled_from(sorted(SHAPES))
seeds = st.integers(0, 1000)
cuts = st.lists(st.integers(1, 200_000).map(lambda milliseconds: milliseconds / 1000), max_size=20)


def live(world, cuts):
    """A whole life in four acts of a fixed length, moved through in the given portions."""
    for act in (
        lambda: world.request("launch", request_id="1"),
        lambda: world.request("update", request_id="2", version_label="v2", settings=None),
        lambda: world.request(
            "update", request_id="3", version_label=None, settings=(*world.environment.settings, COLOR)
        ),
        lambda: world.request("termination", "terminateEnvironment", request_id="4"),
    ):
        act()
        left = LONG
        for cut in cuts:
            if cut < left:
                world.advance(cut)
                left -= cut
        world.advance(left)
    return world


@given(shape=shapes, seed=seeds, cuts=cuts)
def test_many_small_advances_are_one_great_one_byte_for_byte(shape, seed, cuts):
    assert live(World(shape, seed=seed), cuts).state() == live(World(shape, seed=seed), []).state()


@given(shape=shapes, seed=seeds, seconds=st.floats(0, LONG))
def test_a_step_that_is_played_again_comes_to_the_same_change(shape, seed, seconds):
    world = World(shape, seed=seed)
    world.request("launch", request_id="1")
    world.advance(seconds)
    horizon = world.now + 30_000
    assert world.look(horizon) == world.look(horizon)


@given(shape=shapes, seed=seeds)
def test_what_was_played_is_not_played_again(shape, seed):
    world = World(shape, seed=seed).launched()
    assert world.look(world.now + 10**9) is None


def _plans(world):
    """The plans that were made, in their order."""
    return [change.plan.steps for change in world.changes if change.plan is not None and change.plan.steps]


@given(shape=shapes, seed=seeds, other=seeds)
def test_the_same_seed_makes_the_same_plan(shape, seed, other):
    one, same, another = (World(shape, seed=number).launched() for number in (seed, seed, other))
    plans, again, different = (_plans(world)[0] for world in (one, same, another))
    assert plans == again
    assert (plans == different) == (seed == other)


@given(shape=shapes, seed=seeds)
def test_every_plan_ends_ready_or_terminated_and_time_never_goes_back(shape, seed):
    world = live(World(shape, seed=seed), [])
    instants = [event.at for event in world.events]
    assert instants == sorted(instants)
    assert {type(decode(plan[-1]).step) for plan in _plans(world)} <= {Finish, Release}  # at once, none is kept
    assert world.plan == ()  # what is over keeps no plan
    assert world.environment.status == "Terminated"
    assert world.environment.due is None


@given(shape=shapes, seed=seeds)
def test_durations_stay_within_their_jitter(shape, seed):
    world = World(shape, seed=seed)
    world.request("launch", request_id="1")
    world.advance(0)
    total = sum(decode(step).lasts for step in world.plan)
    usual = {"single": 146, "application": 250, "network": 250, "classic": 175}.get(shape, 166)
    spread = 80 if shape in ("application", "network") else 0.1 * usual  # of what was seen
    assert total == pytest.approx(usual, abs=spread)


@given(seed=st.integers())
def test_a_duration_is_spread_as_wide_as_was_seen_and_half_of_it_is_below_the_usual(seed):
    table = Durations(jitter=0.1, lasts={"wide": (62.0, 100.0, 300.0)})
    delays = [table.draw("wide", seed, place) for place in range(200)]
    assert all(62 <= delay <= 300 for delay in delays)
    assert 60 < sum(delay <= table.usual("wide") for delay in delays) < 140
