"""Stories of logs that were asked for and of managed actions, each held against its golden timeline.

Of the schedule and of success no sentence is known: the history alone tells of them. Inferred is what is said between
the start of a managed update and its stream, and that a busy environment is told of as a failure to be tried again.
"""

import pytest

from environments import STACK, events_since
from options import MANAGED_ACTIONS, SINGLE, option


@pytest.fixture
def launch_managed(beanstalk):
    """`launch_managed(*settings, **more)`: environment shop-web, Ready and at rest."""
    beanstalk.client.create_application(ApplicationName="shop")
    beanstalk.client.create_application_version(ApplicationName="shop", VersionLabel="v1")

    def launch_managed(*settings, **more):
        parameters = {"SolutionStackName": STACK, "OptionSettings": list(settings), **more}
        beanstalk.client.create_environment(
            ApplicationName="shop", EnvironmentName="shop-web", VersionLabel="v1", **parameters
        )
        beanstalk.until_ready("shop-web")
        beanstalk.advance(120)
        return beanstalk

    return launch_managed


@pytest.mark.parametrize("info_type", ["tail", "bundle", "analyze"])
def test_the_story_of_a_request_for_logs(launch_managed, golden, info_type):
    world = launch_managed(option("aws:autoscaling:asg", "MinSize", "2"))
    mark = world.now
    world.client.request_environment_info(EnvironmentName="shop-web", InfoType=info_type)
    world.advance(60)
    golden(f"logs-{info_type}", events_since(world, mark))


def test_logs_of_instances_that_are_gone_by_then(launch_managed, golden):
    world = launch_managed(SINGLE)
    mark = world.now
    world.client.request_environment_info(EnvironmentName="shop-web", InfoType="analyze")
    world.client.terminate_environment(EnvironmentName="shop-web")
    world.until("shop-web", "Terminated")
    golden("logs-of-nobody", events_since(world, mark))


UPDATE = f"{MANAGED_ACTIONS}:platformupdate"
OLD = "64bit Amazon Linux 2023 v4.12.2 running Python 3.14"


def managed(refresh="false", size="2"):
    """The window opens on Tuesdays at nine."""
    return [
        option("aws:elasticbeanstalk:environment", "LoadBalancerType", "application"),
        option("aws:elasticbeanstalk:environment", "ServiceRole", "aws-elasticbeanstalk-service-role"),
        option("aws:autoscaling:asg", "MinSize", size),
        option(MANAGED_ACTIONS, "ManagedActionsEnabled", "true"),
        option(MANAGED_ACTIONS, "PreferredStartTime", "Tue:09:00"),
        option(UPDATE, "UpdateLevel", "minor"),
        option(UPDATE, "InstanceRefreshEnabled", refresh),
    ]


def window(world):
    """The instant at which it opens."""
    (action,) = world.client.describe_environment_managed_actions(EnvironmentName="shop-web")["ManagedActions"]
    return round(action["WindowStartTime"].timestamp() * 1000)


def to(world, instant):
    world.advance((instant - world.now) / 1000)


def test_a_managed_platform_update_in_its_window(launch_managed, golden):
    world = launch_managed(*managed(), SolutionStackName=OLD)
    start = window(world)
    to(world, start + 7_200_000)
    golden("managed-platform-update", events_since(world, start))


def test_an_instance_refresh_in_its_window(launch_managed, golden):
    world = launch_managed(*managed(refresh="true", size="1"))
    start = window(world)
    to(world, start + 7_200_000)
    golden("managed-instance-refresh", events_since(world, start))


def test_an_action_applied_by_hand(launch_managed, golden):
    world = launch_managed(SINGLE, *managed(size="1")[1:], SolutionStackName=OLD)
    mark = world.now
    parameters = {"EnvironmentName": "shop-web"}
    (action,) = world.client.describe_environment_managed_actions(**parameters)["ManagedActions"]
    world.client.apply_environment_managed_action(**parameters, ActionId=action["ActionId"])
    world.advance(7200)
    golden("managed-by-hand", events_since(world, mark))


def test_a_window_in_which_the_environment_is_busy_at_first(launch_managed, golden):
    world = launch_managed(SINGLE, *managed(size="1")[1:], SolutionStackName=OLD)
    to(world, window(world) - 10_000)
    mark = world.now
    world.client.update_environment(EnvironmentName="shop-web", VersionLabel="v1")
    world.advance(7200)
    golden("managed-after-another-update", events_since(world, mark))


def test_a_managed_update_that_fails_once(launch_managed, golden):
    world = launch_managed(SINGLE, *managed(size="1")[1:], SolutionStackName=OLD)
    fault = {"what": "command-fails", "where": {"environment": "shop-web"}, "times": 1}
    answer = world.app.test_client().post("/_beanpole/faults?account=123456789012", json=fault)
    assert answer.status_code == 201
    start = window(world)
    to(world, start + 7_200_000)
    golden("managed-update-fails-once", events_since(world, start))


def test_a_managed_update_that_cannot_be_rolled_back(launch_managed, golden):
    """The deletion of what the new side had fails, too: it is told of, and what is left is cleaned up all the same."""
    world = launch_managed(SINGLE, *managed(size="1")[1:], SolutionStackName=OLD)
    for fault in (
        {"what": "command-fails", "where": {"version_label": "v1"}},
        {"what": "resource-fails", "where": {"step": "deprovision"}, "times": 1},
    ):
        assert world.app.test_client().post("/_beanpole/faults?account=123456789012", json=fault).status_code == 201
    mark, parameters = world.now, {"EnvironmentName": "shop-web"}
    (action,) = world.client.describe_environment_managed_actions(**parameters)["ManagedActions"]
    world.client.apply_environment_managed_action(**parameters, ActionId=action["ActionId"])
    world.advance(1200)
    golden("managed-update-not-rolled-back", events_since(world, mark))
    (item,) = world.client.describe_environment_managed_action_history(**parameters)["ManagedActionHistoryItems"]
    assert (item["Status"], item["FailureType"]) == ("Failed", "RollbackFailed")


def test_a_managed_update_that_is_aborted(launch_managed, golden):
    world = launch_managed(SINGLE, *managed(size="1")[1:], SolutionStackName=OLD)
    start = window(world)
    to(world, start + 130_000)
    world.client.abort_environment_update(EnvironmentName="shop-web")
    world.advance(7200)
    golden("managed-update-aborted", events_since(world, start))
