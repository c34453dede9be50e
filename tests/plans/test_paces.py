"""When things happen: durations as wide apart as public logs of the service show them (docs/captures.md)."""

import re
from itertools import pairwise
from statistics import median

import msgspec
import pytest

from beanpole.catalog import catalog
from beanpole.model.plan.rules import Timings
from beanpole.testing import ACCOUNT, REGION, Beanstalk
from environments import STACK, messages_of
from options import COMMAND, GROUP, LAUNCH, ROLLING_UPDATE, option

COMPLETED = "Instance deployment completed successfully."


def launch(world: Beanstalk, size: int, **values: str) -> None:
    """Launch an environment of so many instances, with these options of the deployment."""
    world.client.create_application(ApplicationName="shop")
    for label in ("v1", "v2"):
        world.client.create_application_version(ApplicationName="shop", VersionLabel=label)
    settings = [option(GROUP, "MinSize", str(size)), option(GROUP, "MaxSize", str(max(size, 4)))]
    settings += [option(COMMAND, name, value) for name, value in values.items()]
    world.client.create_environment(
        ApplicationName="shop",
        EnvironmentName="web1",
        VersionLabel="v1",
        SolutionStackName=STACK,
        OptionSettings=settings,
    )
    world.until_ready("web1")


def gaps(world: Beanstalk, sentence: str, since: int = 0) -> list[float]:
    """The seconds between two events of the same words."""
    instants = [event.at for event in world.events("web1") if event.message == sentence and event.at >= since]
    return [(after - before) / 1000 for before, after in pairwise(instants)]


def test_three_instances_of_a_launch_end_seconds_apart(beanstalk: Beanstalk) -> None:
    launch(beanstalk, 3)
    assert [1.5 <= gap <= 4.5 for gap in gaps(beanstalk, COMPLETED)] == [True, True]


def test_a_version_ends_on_three_instances_about_a_second_apart(beanstalk: Beanstalk) -> None:
    launch(beanstalk, 3, DeploymentPolicy="AllAtOnce")
    began = beanstalk.now
    beanstalk.client.update_environment(EnvironmentName="web1", VersionLabel="v2")
    beanstalk.until_ready("web1")
    assert [0.5 <= gap <= 1.5 for gap in gaps(beanstalk, COMPLETED, began)] == [True, True]


def test_instances_enter_service_one_after_the_other(beanstalk: Beanstalk) -> None:
    launch(beanstalk, 3, DeploymentPolicy="AllAtOnce")
    beanstalk.client.update_environment(EnvironmentName="web1", VersionLabel="v2")
    counts = set()
    for _ in range(300):
        beanstalk.advance(0.4)
        counts.add(serving(beanstalk))
        if beanstalk.client.describe_environments()["Environments"][0]["Status"] == "Ready":
            break
    assert counts == {0, 1, 2, 3}


def serving(world: Beanstalk) -> int:
    """How many instances are in service."""
    home = world.store.world(ACCOUNT, REGION)
    environment = home.environment_named("web1")
    assert environment is not None
    fleet = home.fleet(environment.id)
    return sum(instance.in_service for instance in fleet.values())


def test_a_large_fleet_ends_in_waves(beanstalk: Beanstalk) -> None:
    launch(beanstalk, 13, DeploymentPolicy="AllAtOnce")
    began = beanstalk.now
    beanstalk.client.update_environment(EnvironmentName="web1", VersionLabel="v2")
    beanstalk.until_ready("web1")
    apart = gaps(beanstalk, COMPLETED, began)
    assert len(apart) == 12
    assert sum(gap > 0.4 for gap in apart) == 4
    assert sum(apart) < 7


def test_a_new_version_is_announced_after_4_to_44_seconds() -> None:
    timings = msgspec.convert(catalog.load().timings, Timings)
    delays = [timings.activities["deploy"].draw("deploying", seed) for seed in range(200)]
    assert (min(delays), median(delays)) == (4.0, pytest.approx(4.0, abs=0.5))
    assert 30 < max(delays) <= 44


def test_the_progress_of_a_rolling_update_of_three_is_rounded(beanstalk: Beanstalk) -> None:
    launch(beanstalk, 3)
    beanstalk.client.update_environment(
        EnvironmentName="web1",
        OptionSettings=[
            option(ROLLING_UPDATE, "RollingUpdateEnabled", "true"),
            option(LAUNCH, "MonitoringInterval", "1 minute"),
        ],
    )
    beanstalk.until_ready("web1")
    progress = re.findall(r"Progress (\d+)%", " ".join(messages_of(beanstalk)))
    assert progress == ["33", "67", "100"]
