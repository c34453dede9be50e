"""Laws of whole worlds: time may be cut as one likes, work may be done twice, and unique names stay unique."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from environments import STACK
from examples import examples
from options import SINGLE


def create(client, name, **more):
    return client.create_environment(ApplicationName="shop", EnvironmentName=name, SolutionStackName=STACK, **more)


def event_rows(world):
    return [
        (event.at, event.severity, event.environment_name, event.request_id, event.message) for event in world.events()
    ]


def story(world, cuts):
    """One fixed story of 900 seconds whose time is moved in the given steps between its calls."""
    client = world.client
    client.create_application(ApplicationName="shop")
    client.create_application_version(ApplicationName="shop", VersionLabel="v2")
    create(client, "web-1", CNAMEPrefix="front")
    create(client, "web-2", OptionSettings=[SINGLE])
    for call in (
        lambda: client.update_environment(EnvironmentName="web-1", VersionLabel="v2"),
        lambda: client.swap_environment_cnames(SourceEnvironmentName="web-1", DestinationEnvironmentName="web-2"),
        lambda: client.terminate_environment(EnvironmentName="web-2"),
        lambda: None,
    ):
        left = 400.0
        for cut in cuts:
            if cut < left:
                world.advance(cut)
                left -= cut
        world.advance(left)
        call()
    return event_rows(world), client.describe_environments()["Environments"]


@pytest.fixture(scope="module")
def in_one_go(worlds):
    """What the story tells, and leaves, if each of its waits is one advance."""
    return story(worlds.take(), [])


@examples(15)
@given(
    cuts=st.lists(
        st.integers(min_value=1, max_value=200_000).map(lambda milliseconds: milliseconds / 1000), max_size=12
    )
)
def test_many_small_advances_tell_the_story_of_one_great_one(fresh_world, in_one_go, cuts):
    assert story(fresh_world(), cuts) == in_one_go


def test_the_same_seed_gives_the_same_world(fresh_world):
    assert story(fresh_world(), [7.5]) == story(fresh_world(), [123.0])


def test_names_stay_unique_under_sixteen_creators(fresh_world):
    world = fresh_world()
    world.client.create_application(ApplicationName="shop")

    def attempt(number):
        try:
            create(world.client, f"web-{number % 4}", CNAMEPrefix=f"front-{number % 3}")
        except world.client.exceptions.ClientError as refusal:
            return refusal.response["Error"]["Code"]
        return "created"

    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(attempt, range(16)))
    assert set(answers) <= {"created", "InvalidParameterValue"}
    environments = world.client.describe_environments()["Environments"]
    assert len(environments) == answers.count("created") > 0
    for member in ("EnvironmentName", "CNAME"):
        assert len({environment[member] for environment in environments}) == len(environments)


@pytest.mark.parametrize("pairs", [[("a", "b")] * 8, [("a", "b"), ("b", "c"), ("c", "d"), ("d", "a")] * 3])
def test_concurrent_swaps_lose_no_cname_and_double_none(fresh_world, pairs):
    world = fresh_world()
    world.client.create_application(ApplicationName="shop")
    for letter in "abcd":
        create(world.client, f"web-{letter}", CNAMEPrefix=f"front-{letter}", OptionSettings=[SINGLE])
    world.advance(600)

    def swap(pair):
        source, destination = pair
        try:
            world.client.swap_environment_cnames(
                SourceEnvironmentName=f"web-{source}", DestinationEnvironmentName=f"web-{destination}"
            )
        except world.client.exceptions.ClientError as refusal:
            return refusal.response["Error"]["Message"]
        return "swapped"

    with ThreadPoolExecutor(len(pairs)) as pool:
        answers = list(pool.map(swap, pairs))
    world.advance(60)
    cnames = sorted(environment["CNAME"] for environment in world.client.describe_environments()["Environments"])
    assert cnames == [f"front-{letter}.us-east-1.elasticbeanstalk.com" for letter in "abcd"]
    assert "swapped" in answers
    assert all(answer == "swapped" or answer.endswith("Must be Ready.") for answer in answers)
    for letter in "abcd":
        availability = world.client.check_dns_availability(CNAMEPrefix=f"front-{letter}")
        assert availability["Available"] is False
