"""What was just created is not found for a while, where a fault says so."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from control.arming import arm, armed_faults
from environments import STACK


def names(world: Any) -> list[str]:
    return [environment["EnvironmentName"] for environment in world.client.describe_environments()["Environments"]]


@pytest.fixture
def shop(beanstalk: Any) -> Any:
    """An application with a version that is there for long."""
    beanstalk.client.create_application(ApplicationName="shop")
    beanstalk.client.create_application_version(ApplicationName="shop", VersionLabel="v1")
    beanstalk.advance(60)
    return beanstalk


def create(world: Any, label: str) -> None:
    world.client.create_environment(
        ApplicationName="shop", EnvironmentName="web1", SolutionStackName=STACK, VersionLabel=label
    )


def test_a_version_that_was_just_created_cannot_be_deployed_yet(shop: Any) -> None:
    arm(shop, what="not-found-yet", within=5)
    shop.client.create_application_version(ApplicationName="shop", VersionLabel="v2")
    with pytest.raises(ClientError) as caught:
        create(shop, "v2")
    assert caught.value.response["Error"]["Message"] == "No Application Version named 'v2' found."
    versions = shop.client.describe_application_versions(ApplicationName="shop")["ApplicationVersions"]
    assert [version["VersionLabel"] for version in versions] == ["v1"]
    shop.advance(5)
    create(shop, "v2")


def test_an_environment_that_was_just_created_is_not_described_yet(shop: Any) -> None:
    arm(shop, what="not-found-yet", within=5, where={"environment": "web1"})
    create(shop, "v1")
    assert names(shop) == []
    with pytest.raises(ClientError) as caught:
        shop.client.terminate_environment(EnvironmentName="web1")
    assert caught.value.response["Error"]["Message"] == "No Environment found for EnvironmentName = 'web1'."
    shop.advance(5)
    assert names(shop) == ["web1"]
    assert [fault["fired"] for fault in armed_faults(shop)] == [2]


def test_it_is_not_found_by_as_many_calls_as_the_fault_says(shop: Any) -> None:
    arm(shop, what="not-found-yet", within=3600, times=1, where={"operation": "DescribeEnvironments"})
    create(shop, "v1")
    assert [names(shop), names(shop)] == [[], ["web1"]]


def test_what_is_not_found_is_not_created_twice(shop: Any) -> None:
    arm(shop, what="not-found-yet", within=3600, where={"environment": "web1"})
    create(shop, "v1")
    with pytest.raises(ClientError) as caught:
        create(shop, "v1")
    assert caught.value.response["Error"]["Message"] == "Environment web1 already exists."


@pytest.mark.parametrize(("word", "failed"), [("any", 2), ("leader", 1), ("first-new", 1)])
def test_an_instance_may_be_named_by_a_word(shop: Any, word: str, failed: int) -> None:
    arm(shop, what="command-fails", where={"instance": word})
    shop.client.create_environment(
        ApplicationName="shop",
        EnvironmentName="web1",
        SolutionStackName=STACK,
        VersionLabel="v1",
        OptionSettings=[{"Namespace": "aws:autoscaling:asg", "OptionName": "MinSize", "Value": "2"}],
    )
    shop.until_ready("web1")
    assert [fault["fired"] for fault in armed_faults(shop)] == [failed]
