"""The laws of building platforms and of tagging: time may be cut as one likes, and every way ends."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from beanpole.model.custom_platforms.custom_platform import CustomPlatform, Definition
from beanpole_workers.engine import platform_builds
from engine.stories import START, World, rules

ARN = "arn:aws:elasticbeanstalk:us-east-1:000000000000:platform/NodeJS/1.0.0"
LONG = 1500.0

seeds = st.integers(0, 1000)
cuts = st.lists(st.integers(1, 400_000).map(lambda milliseconds: milliseconds / 1000), max_size=15)
problems = st.sampled_from([None, "Cannot find it."])


def begun(new_builder=True, problem=None):
    return CustomPlatform(
        ARN,
        "NodeJS",
        "1.0.0",
        START,
        START,
        defined=Definition(problem=problem),
        new_builder=new_builder,
        request_id="one",
        due=START,
    )


def users(in_use):
    """The environments of a world in which the platform is in use, or of one in which it is not."""
    environment = World().launched().environment
    return [environment, replace(environment, platform_arn=ARN)] if in_use else [environment]


def play(platform, seed, cuts, in_use=False):
    """What becomes of it, and all that is told, by portions of time; None for what is gone."""
    events, now, left, environments = [], platform.due, LONG, users(in_use)
    for cut in [*cuts, LONG]:
        now += round(min(cut, left) * 1000)
        left -= min(cut, left)
        change = platform_builds.advance(platform, rules(seed=seed), environments, now)
        if change is not None:
            events += change.events
            if change.deletes:
                return None, events
            (platform,) = change.puts
    return platform, events


@given(seed=seeds, cuts=cuts, new_builder=st.booleans(), problem=problems)
def test_many_small_advances_are_one_great_one(seed, cuts, new_builder, problem):
    platform = begun(new_builder, problem)
    assert play(platform, seed, cuts) == play(platform, seed, [])


@given(seed=seeds, cuts=cuts, in_use=st.booleans(), problem=problems)
def test_every_way_ends_and_nothing_is_due_after_it(seed, cuts, in_use, problem):
    built, events = play(begun(problem=problem), seed, cuts)
    assert (built.status, built.due) == ("Failed" if problem else "Ready", None)
    assert (built.image_id is None) is (problem is not None)
    going = built.request_deletion("two", built.date_updated + 1000)
    left, more = play(going, seed, cuts, in_use)
    assert left == (replace(built, request_id="two", date_updated=left.date_updated, stage=1) if in_use else None)
    instants = [event.at for event in (*events, *more)]
    assert instants == sorted(instants)
    assert {event.request_id for event in events} == {"one"}
    assert {event.request_id for event in more} == {"two"}


@given(seed=seeds, seconds=st.floats(0, LONG))
def test_a_stage_that_is_played_again_comes_to_the_same_change(seed, seconds):
    platform, horizon = begun(), START + round(seconds * 1000)
    first, second = (platform_builds.advance(platform, rules(seed=seed), (), horizon) for _ in range(2))
    assert first == second


@pytest.mark.parametrize("speed", ["instant"])
def test_at_instant_everything_follows_at_once(speed):
    change = platform_builds.advance(begun(), rules(mode="wall", speed=speed), (), START)
    assert change.puts[0].status == "Ready"
    assert len(change.events) == 6


@given(seed=seeds, cuts=cuts)
def test_the_tags_of_an_environment_in_portions(seed, cuts):
    def tagged(cuts):
        world = World(seed=seed).launched()
        world.request("tags", {"team": "blue"}, request_id="2")
        left = 400.0
        for cut in cuts:
            if cut < left:
                world.advance(cut)
                left -= cut
        return world.advance(left)

    assert tagged(cuts).state() == tagged([]).state()
    assert (tagged(cuts).environment.tags, tagged(cuts).environment.status) == ({"team": "blue"}, "Ready")
