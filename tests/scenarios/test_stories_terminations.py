"""The stories of terminations that fail: what is told, what is left, and the way out (docs/facts.md#termination)."""

import pytest

from environments import STACK, arm, messages_of, with_version
from options import ENVIRONMENT, options
from scenarios.aftermath import aftermath
from scenarios.deployments import BALANCED, SINGLE, TWO, settings

IN_USE = {"what": "resource-fails", "action": "delete", "where": {"resource": "load-balancer-security-group"}}
CLASSIC = options(ENVIRONMENT, LoadBalancerType="classic")


@pytest.fixture
def shop(beanstalk):
    """An application with a version."""
    return with_version(beanstalk)


def launch(world, *parts, name="shop-web"):
    world.client.create_environment(
        ApplicationName="shop",
        EnvironmentName=name,
        SolutionStackName=STACK,
        VersionLabel="v1",
        **settings(*parts),
    )
    world.until_ready(name)
    world.advance(120)


def terminate(world):
    mark = world.now
    world.client.terminate_environment(EnvironmentName="shop-web")
    world.until_ready("shop-web")
    world.advance(120)
    return [event for event in world.events("shop-web") if event.at >= mark]


NOT_EMPTY = {"what": "resource-fails", "action": "delete", "where": {"resource": "bucket"}}

STORIES = {
    "fail-terminate-security-group": ([BALANCED], IN_USE),
    "fail-terminate-classic": (
        [CLASSIC],
        {"what": "resource-fails", "action": "delete", "where": {"resource": "security-group"}},
    ),
    "fail-terminate-bucket": (
        [SINGLE],
        {"what": "resource-fails", "action": "delete", "where": {"resource": "bucket"}},
    ),
    "fail-terminate-with-a-reason": (
        [SINGLE],
        {
            "what": "resource-fails",
            "action": "delete",
            "message": "The address is in use.",
            "where": {"resource": "elastic-ip"},
        },
    ),
}


@pytest.mark.parametrize("story", STORIES)
def test_a_resource_that_cannot_be_deleted_leaves_the_environment_grey(shop, golden, story):
    launch_settings, fault = STORIES[story]
    launch(shop, *launch_settings)
    arm(shop, **fault)
    golden(story, terminate(shop), aftermath(shop, "shop-web"))


def test_a_termination_that_failed_can_be_tried_again(shop):
    launch(shop, BALANCED)
    arm(shop, **IN_USE, times=1)
    terminate(shop)
    group = shop.client.describe_environment_resources(EnvironmentName="shop-web")["EnvironmentResources"]
    assert group["LoadBalancers"] == group["Instances"] == []
    mark = len(messages_of(shop, "shop-web"))
    shop.client.terminate_environment(EnvironmentName="shop-web")
    shop.until("shop-web", "Terminated")
    messages = messages_of(shop, "shop-web")[mark:]
    assert [message for message in messages if message.startswith("Deleted security group named: sg-")]
    assert messages[-1] == "terminateEnvironment completed successfully."


def test_a_bucket_that_has_been_emptied_goes_with_the_next_termination(shop):
    launch(shop, SINGLE)
    arm(shop, **NOT_EMPTY, times=2)
    for _ in range(2):
        terminate(shop)
    messages = messages_of(shop, "shop-web")
    failed = [message for message in messages if message.startswith("Deleting S3 bucket named: ")]
    assert len(failed) == 2
    (bucket,) = {message.split()[4] for message in failed}
    shop.client.terminate_environment(EnvironmentName="shop-web")
    shop.until("shop-web", "Terminated")
    assert f"Deleted S3 bucket named: {bucket}" in messages_of(shop, "shop-web")


def test_it_can_be_updated_and_rebuilt_meanwhile(shop):
    launch(shop, BALANCED)
    arm(shop, **IN_USE, times=1)
    terminate(shop)
    shop.client.update_environment(EnvironmentName="shop-web", **settings(TWO))
    shop.until_ready("shop-web")
    shop.client.rebuild_environment(EnvironmentName="shop-web")
    shop.until_ready("shop-web")
    shop.advance(180)
    (environment,) = shop.client.describe_environments(EnvironmentNames=["shop-web"])["Environments"]
    assert (environment["Status"], environment["Health"], environment["HealthStatus"]) == ("Ready", "Green", "Ok")


def test_a_rebuild_that_cannot_delete_leaves_the_environment_grey(shop):
    launch(shop, BALANCED)
    arm(shop, **IN_USE)
    shop.client.rebuild_environment(EnvironmentName="shop-web")
    shop.until_ready("shop-web")
    shop.advance(120)
    assert any(message.startswith("Stack deletion failed") for message in messages_of(shop, "shop-web"))
    (environment,) = shop.client.describe_environments(EnvironmentNames=["shop-web"])["Environments"]
    assert environment["Status"] == "Ready"


def test_an_application_stays_with_an_environment_that_cannot_be_terminated(shop, golden):
    launch(shop, BALANCED)
    launch(shop, SINGLE, name="shop-cron")
    arm(shop, **IN_USE, times=1)
    mark = shop.now
    shop.client.delete_application(ApplicationName="shop", TerminateEnvByForce=True)
    shop.until_ready("shop-web")
    shop.until("shop-cron", "Terminated")
    shop.advance(60)
    golden("fail-delete-application", [event for event in shop.events() if event.at >= mark])
    shop.client.delete_application(ApplicationName="shop", TerminateEnvByForce=True)
    shop.until("shop-web", "Terminated")
    shop.advance(60)
    assert shop.client.describe_applications()["Applications"] == []
