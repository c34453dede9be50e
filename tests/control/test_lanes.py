"""The lanes of an environment tell of its deployments what the fleet was at each instant."""

from typing import Any

import pytest

from beanpole.testing import ACCOUNT, Beanstalk
from environments import STACK

LOADED = [
    {"Namespace": "aws:autoscaling:asg", "OptionName": "MinSize", "Value": "4"},
    {"Namespace": "aws:elasticbeanstalk:command", "OptionName": "DeploymentPolicy", "Value": "Rolling"},
    {"Namespace": "aws:elasticbeanstalk:command", "OptionName": "BatchSizeType", "Value": "Fixed"},
    {"Namespace": "aws:elasticbeanstalk:command", "OptionName": "BatchSize", "Value": "1"},
]


@pytest.fixture
def shop(beanstalk: Beanstalk) -> Beanstalk:
    """Four instances that run v1."""
    client = beanstalk.client
    client.create_application(ApplicationName="shop")
    for label in ("v1", "v2"):
        client.create_application_version(ApplicationName="shop", VersionLabel=label)
    client.create_environment(
        ApplicationName="shop",
        EnvironmentName="shop-web",
        SolutionStackName=STACK,
        VersionLabel="v1",
        OptionSettings=LOADED,
    )
    beanstalk.until_ready("shop-web")
    return beanstalk


def lanes(world: Beanstalk, **query: str) -> list[dict[str, Any]]:
    answer = world.app.test_client().get(
        "/_beanpole/environments/shop-web/lanes", query_string={"account": ACCOUNT, **query}
    )
    assert answer.status_code == 200, answer.text
    return list(answer.get_json()["lanes"])


def now(world: Beanstalk) -> str:
    return str(world.app.test_client().get(f"/_beanpole/clock?account={ACCOUNT}").get_json()["now"])


def test_a_rolling_deployment_takes_one_instance_out_at_a_time(shop: Beanstalk) -> None:
    begun = now(shop)
    shop.client.update_environment(EnvironmentName="shop-web", VersionLabel="v2")
    shop.until_ready("shop-web")
    later_lanes = lanes(shop, since=begun)
    assert len(later_lanes) == 4
    out = sorted(
        (span["began"], span["ended"])
        for lane in later_lanes
        for span in lane["spans"]
        if not span["in_service"] and span["began"] > begun
    )
    edges = [edge for began, ended in out for edge in (began, ended)]
    assert edges == sorted(edges)
    assert {lane["spans"][-1]["version"] for lane in later_lanes} == {"v2"}
    assert all(lane["spans"][-1]["in_service"] and lane["spans"][-1]["ended"] is None for lane in later_lanes)


def test_the_lanes_are_the_same_however_the_clock_is_moved(shop: Beanstalk) -> None:
    saved, story = shop.snapshot(), []
    for steps in (1, 60):
        shop.restore(saved)
        shop.client.update_environment(EnvironmentName="shop-web", VersionLabel="v2")
        for _ in range(steps):
            shop.advance(3600 / steps)
        story.append(lanes(shop, since="2026-01-01T00:30:00Z"))
    assert story[0] == story[1]


def test_an_instance_that_is_gone_keeps_its_lane(shop: Beanstalk) -> None:
    before = {lane["id"] for lane in lanes(shop)}
    shop.client.rebuild_environment(EnvironmentName="shop-web")
    shop.until_ready("shop-web")
    all_lanes = lanes(shop)
    ended_lanes = [lane for lane in all_lanes if lane["id"] in before]
    assert (len(ended_lanes), len(all_lanes)) == (4, 8)
    assert all(lane["spans"][-1]["ended"] is not None for lane in ended_lanes)


def test_the_first_span_begins_with_the_launch(shop: Beanstalk) -> None:
    first = lanes(shop)[0]["spans"][0]
    assert (first["state"], first["version"], first["in_service"]) == ("pending", None, False)


def test_lanes_are_part_of_the_state_and_come_back_with_it(shop: Beanstalk) -> None:
    """An account that is restored, or put elsewhere, shows what its instances were like before."""
    shop.client.update_environment(EnvironmentName="shop-web", VersionLabel="v2")
    shop.advance(120)
    before, saved = lanes(shop), state(shop)
    shop.until_ready("shop-web")
    assert lanes(shop) != before
    put(shop, saved)
    assert lanes(shop) == before
    shop.until_ready("shop-web")
    assert {lane["spans"][-1]["version"] for lane in lanes(shop)} == {"v2"}


def test_a_state_without_sightings_is_one_of_an_earlier_version(shop: Beanstalk) -> None:
    saved = state(shop)
    del saved["regions"]["us-east-1"]["sightings"]
    put(shop, saved)
    assert [len(lane["spans"]) for lane in lanes(shop)] == [1] * 4


def state(world: Beanstalk) -> dict[str, Any]:
    document: dict[str, Any] = world.app.test_client().get(f"/_beanpole/state?account={ACCOUNT}").get_json()
    return document


def put(world: Beanstalk, document: dict[str, Any]) -> None:
    answer = world.app.test_client().put(f"/_beanpole/state?account={ACCOUNT}", json=document)
    assert answer.status_code == 200, answer.text
