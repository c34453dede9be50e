"""Every deployment policy, every kind of configuration update, every failure and every abort, told to the end.

Each story is held against its golden timeline. The timelines follow docs/facts.md#events sentence by sentence; those of
failures and aborts end with what they leave (see `aftermath`), after docs/facts.md#deployment-policies and
docs/facts.md#health. They differ from the captures on purpose in this:

- An instance that dies is missed once the command timeout is over, like one that does not answer
  (docs/facts.md#failed-deployment).
- An instance that joins is always told as `Added instance […] to your environment.`, as in every capture since 2018.
  The forms of 2014 (docs/facts.md#health-events) were seen with basic health only, and not since. That a group is about
  to grow is told only where CloudFormation says so, in a rolling update that may not serve from fewer instances
  (docs/facts.md#configuration-change-by-replacement); a group that is scaled says nothing before it has its instances.
- `Failed to deploy configuration.` is told before the new side is gone, as the rollback comes last there
  (docs/facts.md#configuration-change-by-replacement); `Failed to deploy application.` after it
  (docs/facts.md#immutable-deployment).
- A resource that fails while a stack is made cancels what is being created at the same instant
  (docs/facts.md#failed-launch): the security group, with a classic load balancer. An application load balancer takes
  the longest of all and fails when the rest is there.
- Where a policy has no load balancer to take a batch out of, the sentences about one are left out
  (docs/facts.md#rolling-deployment).
- Where a group finds no instances in a new side, or the new side's own stack fails, the environment's stack goes on and
  says nothing; the new side goes, as after a failure on an instance (docs/facts.md#immutable-deployment).
- After a rolling update whose rollback failed, too, the group launches what it lacks when nothing strikes any more (the
  guide leaves it in an unhealthy state; every story of ours has an end).
- Batches begin with the instances that do not serve, if there are any: the guide has no order of batches, and calls for
  another deployment after one that failed.
"""

import pytest

from environments import STACK, STACK_BEFORE, arm
from mould import moulded
from options import COMMAND, ENVIRONMENT, GROUP, HEALTH_REPORTING, options
from scenarios.aftermath import aftermath
from scenarios.deployments import (
    BALANCED,
    BY_HEALTH,
    BY_TIME,
    GREEN,
    IMMUTABLY,
    LARGER,
    POLICIES,
    SINGLE,
    TWO,
    V2,
    policy,
    settings,
)

WINDOWS = "64bit Windows Server 2025 v2.23.4 running IIS 10.0"
WORKER = {"Name": "Worker", "Type": "SQS/HTTP"}
CONTROL = "aws:elasticbeanstalk:control"
IMMUTABLE = options(COMMAND, DeploymentPolicy="Immutable")
ROLLED_BACK = options(CONTROL, RollbackLaunchOnFailure="true")


def create(world, *parts, stack=STACK, **more):
    world.client.create_environment(
        ApplicationName="shop",
        EnvironmentName="shop-web",
        SolutionStackName=stack,
        VersionLabel="v1",
        **settings(*parts),
        **more,
    )


def launch(world, *parts, **more):
    def make():
        create(world, *parts, **more)
        world.until_ready("shop-web")
        world.advance(120)

    moulded(world, f"launch {parts} {more}", make)


def tell(world, golden, story, change, *faults, abort_after=None, leaves=False):
    """An update from its beginning until three minutes after its end, when health has said its last word."""
    for fault in faults:
        arm(world, **fault)
    mark = world.now
    world.client.update_environment(EnvironmentName="shop-web", **change)
    if abort_after is not None:
        world.advance(abort_after)
        world.client.abort_environment_update(EnvironmentName="shop-web")
    world.until_ready("shop-web")
    world.advance(180)
    left = aftermath(world, "shop-web") if leaves else ""
    golden(story, [event for event in world.events() if event.at >= mark], left)


def drafts(world):
    answer = world.client.describe_configuration_settings(ApplicationName="shop", EnvironmentName="shop-web")
    return [configuration["DeploymentStatus"] for configuration in answer["ConfigurationSettings"]]


def state(world):
    (environment,) = world.client.describe_environments(EnvironmentNames=["shop-web"])["Environments"]
    return environment["Status"], environment["VersionLabel"]


@pytest.mark.parametrize("story", POLICIES)
def test_a_version_by_every_policy(shop, golden, story):
    launch(shop, *POLICIES[story])
    tell(shop, golden, story, V2)
    assert state(shop) == ("Ready", "v2")


def test_a_worker_waits_longer_and_has_no_load_balancer(shop, golden):
    launch(shop, options(GROUP, MinSize="2"), policy("Rolling"), Tier=WORKER)
    tell(shop, golden, "deploy-rolling-worker", V2)


UPDATES = {
    "deploy-by-the-policy-before": ([TWO], V2 | settings(policy("Rolling"))),
    "deploy-and-configure-rolling": ([TWO, policy("Rolling")], V2 | settings(GREEN)),
    "deploy-and-configure-immutably": ([TWO, policy("Immutable")], V2 | settings(GREEN)),
    "deploy-and-replace-immutably": ([TWO, IMMUTABLE, IMMUTABLY], V2 | settings(LARGER)),
    "configure-rolling": ([TWO, policy("Rolling")], settings(GREEN)),
    "configure-rolling-with-additional-batch": ([TWO, policy("RollingWithAdditionalBatch")], settings(GREEN)),
    "configure-immutably": ([SINGLE, IMMUTABLE], settings(GREEN)),
    "configure-and-scale-up": ([BALANCED], settings(GREEN, options(GROUP, MinSize="2"))),
    "configure-and-scale-down": ([TWO], settings(GREEN, options(GROUP, MinSize="1"))),
    "single-to-balanced-with-version": (
        [SINGLE],
        V2 | settings(BALANCED, options(ENVIRONMENT, EnvironmentType="LoadBalanced")),
    ),
    "platform-update-by-health": ([TWO, BY_HEALTH], {"SolutionStackName": STACK_BEFORE}),
    "platform-update-immutably": ([SINGLE, IMMUTABLY], {"SolutionStackName": STACK_BEFORE}),
    "platform-update-with-version-and-options": (
        [TWO, BY_TIME],
        V2 | settings(GREEN) | {"SolutionStackName": STACK_BEFORE},
    ),
    "replace-at-once": ([TWO], settings(LARGER)),
    "replace-by-time": ([TWO, BY_TIME], settings(LARGER)),
    "replace-by-health": ([TWO, BY_HEALTH], settings(LARGER)),
    "replace-immutably": ([TWO, IMMUTABLY], settings(LARGER)),
    "replace-with-version": ([TWO, BY_TIME], V2 | settings(LARGER)),
    "scale-up": ([BALANCED], settings(options(GROUP, MinSize="2"))),
    "scale-down": ([TWO], settings(options(GROUP, MinSize="1"))),
    "scale-up-with-version": ([BALANCED], V2 | settings(options(GROUP, MinSize="2"))),
    "single-to-balanced": (
        [SINGLE],
        settings(options(ENVIRONMENT, EnvironmentType="LoadBalanced", LoadBalancerType="application"), TWO),
    ),
    "balanced-to-single": ([BALANCED], settings(SINGLE)),
    "platform-update": ([SINGLE], {"SolutionStackName": STACK_BEFORE}),
}


@pytest.mark.parametrize("story", UPDATES)
def test_every_kind_of_configuration_update(shop, golden, story):
    launch_settings, change = UPDATES[story]
    launch(shop, *launch_settings)
    tell(shop, golden, story, change)


def test_health_that_becomes_enhanced(shop, golden):
    launch(shop, SINGLE, stack=WINDOWS)
    tell(shop, golden, "enhance-health", settings(options(HEALTH_REPORTING, SystemType="enhanced")))


@pytest.mark.parametrize("basic", ["basic", "Basic"])
def test_basic_health_is_not_waited_for_like_enhanced(shop, golden, basic):
    launch(shop, TWO, policy("Rolling"), options(HEALTH_REPORTING, SystemType=basic), stack=WINDOWS)
    tell(shop, golden, "deploy-rolling-basic", V2)  # batches of 22, 9 and 14 seconds (elastic-beanstalk-roadmap#162)


NEW = {"version_label": "v2"}
OF_UPDATES = {"operation": "UpdateEnvironment"}
FULL = options(GROUP, MaxSize="2")
REFUSED = {"what": "launch-refused", "where": OF_UPDATES}
FAILURES = {
    "fail-immutable-capacity": ([TWO, policy("Immutable")], V2, REFUSED),
    "fail-immutable-group": (
        [TWO, policy("Immutable")],
        V2,
        {"what": "resource-fails", "where": OF_UPDATES | {"resource": "temporary-group"}},
    ),
    "fail-traffic-splitting-capacity": ([TWO, policy("TrafficSplitting")], V2, REFUSED),
    "fail-replacing-immutably-capacity": ([TWO, IMMUTABLY], settings(LARGER), REFUSED),
    "fail-rolling-update-capacity": ([TWO, FULL, BY_TIME], settings(LARGER), REFUSED),
    "fail-deploy-and-configure": ([TWO], V2 | settings(GREEN), {"what": "command-fails", "where": NEW}),
    "fail-health-warning": (
        [TWO, policy("Rolling")],
        V2,
        {"what": "health-check-never-passes", "health": "Warning", "where": NEW},
    ),
    "fail-command": ([SINGLE], V2, {"what": "command-fails", "where": NEW}),
    "fail-command-on-one": ([TWO], V2, {"what": "command-fails", "where": NEW | {"instance": 1}}),
    "fail-command-in-batch": ([TWO, policy("Rolling")], V2, {"what": "command-fails", "where": NEW | {"instance": 1}}),
    "fail-command-timeout": ([SINGLE], V2, {"what": "command-times-out", "where": NEW}),
    "fail-health": ([TWO, policy("Rolling")], V2, {"what": "health-check-never-passes", "where": NEW}),
    "fail-instance-dies": ([TWO, policy("Rolling")], V2, {"what": "instance-dies", "where": OF_UPDATES, "times": 1}),
    "fail-additional-batch": (
        [TWO, policy("RollingWithAdditionalBatch")],
        V2,
        {"what": "command-fails", "where": NEW},
    ),
    "fail-immutable": ([TWO, policy("Immutable")], V2, {"what": "command-fails", "where": NEW}),
    "fail-traffic-splitting": (
        [TWO, policy("TrafficSplitting")],
        V2,
        {"what": "health-check-never-passes", "where": NEW | {"step": "await-health"}, "times": 1},
    ),
    "fail-immutable-late": (
        [TWO, policy("Immutable")],
        V2,
        {"what": "health-check-never-passes", "where": NEW | {"step": "await-health", "instance": 3}},
    ),
    "fail-replacing-immutably": (
        [TWO, IMMUTABLY],
        settings(LARGER),
        {"what": "health-check-never-passes", "where": OF_UPDATES | {"step": "await-health"}, "times": 1},
    ),
    "fail-configuration-in-place": ([TWO], settings(GREEN), {"what": "command-fails", "where": OF_UPDATES, "times": 1}),
    "fail-configuration-rolling": (
        [TWO, policy("Rolling")],
        settings(GREEN),
        {"what": "command-fails", "where": OF_UPDATES | {"instance": 1}, "times": 1},
    ),
    "fail-rolling-update": (
        [TWO, BY_TIME],
        settings(LARGER),
        {"what": "command-fails", "where": OF_UPDATES | {"instance": 2}, "times": 1},
    ),
    "fail-rolling-update-in-its-second-batch": (
        [TWO, options(GROUP, MaxSize="2"), BY_HEALTH],
        settings(LARGER),
        {"what": "health-check-never-passes", "where": OF_UPDATES | {"instance": 1}, "times": 1},
    ),
    "fail-rolling-update-without-signals": (
        [TWO, BY_HEALTH],
        settings(LARGER),
        {"what": "no-signal", "where": OF_UPDATES, "times": 1},
    ),
    "fail-configuration-and-its-rollback": ([TWO], settings(GREEN), {"what": "command-fails", "where": OF_UPDATES}),
    "fail-configuration-timeout-and-its-rollback": (
        [SINGLE],
        settings(GREEN),
        {"what": "command-times-out", "where": OF_UPDATES},
    ),
    "fail-resource": (
        [SINGLE],
        settings(options(ENVIRONMENT, EnvironmentType="LoadBalanced", LoadBalancerType="application"), TWO),
        {"what": "resource-fails", "where": OF_UPDATES | {"resource": "application-load-balancer"}},
    ),
    "fail-resource-update": (
        [TWO],
        settings(GREEN),
        {
            "what": "resource-fails",
            "action": "update",
            "message": "Property SecurityGroups contains duplicate values.",
            "where": {"resource": "application-load-balancer"},
        },
    ),
    "fail-command-with-a-reason": (
        [TWO],
        V2,
        {
            "what": "command-fails",
            "where": NEW | {"instance": 1},
            "exit_status": 7,
            "output": "Container commands build failed. Please refer to /var/log/cfn-init.log for more details.",
            "message": "Instance deployment: The ECR service failed to authenticate your private repository. The "
            "deployment failed.",
        },
    ),
    "replace-with-policy-mismatch": ([TWO, IMMUTABLE], V2 | settings(LARGER)),
}


@pytest.mark.parametrize("story", FAILURES)
def test_every_way_to_fail(shop, golden, story):
    launch_settings, change, *faults = FAILURES[story]
    launch(shop, *launch_settings)
    tell(shop, golden, story, change, *faults, leaves=True)
    assert state(shop) == ("Ready", "v1")


def test_a_draft_has_failed_as_soon_as_it_is_undone(shop):
    launch(shop, TWO)
    arm(shop, what="command-fails", where=OF_UPDATES, times=1)
    shop.client.update_environment(EnvironmentName="shop-web", **settings(GREEN))
    shop.advance(40)
    assert drafts(shop) == ["deployed", "pending"]
    shop.advance(10)
    assert (state(shop)[0], drafts(shop)) == ("Updating", ["deployed", "failed"])
    shop.until_ready("shop-web")
    assert drafts(shop) == ["deployed", "failed"]


PREFERENCES = {
    "ignore-health-check": ([options(COMMAND, IgnoreHealthCheck="true", Timeout="300")], "Severe"),
    "health-threshold-warning": ([options(HEALTH_REPORTING, HealthCheckSuccessThreshold="Warning")], "Warning"),
}


@pytest.mark.parametrize("story", PREFERENCES)
def test_bad_health_that_nobody_minds(shop, golden, story):
    launch_settings, health = PREFERENCES[story]
    launch(shop, TWO, policy("Rolling"), *launch_settings)
    tell(shop, golden, story, V2, {"what": "health-check-never-passes", "health": health, "where": NEW, "times": 1})
    assert state(shop) == ("Ready", "v2")


def test_another_deployment_after_one_that_failed_late(shop, golden):
    launch(shop, TWO, policy("Rolling"))
    arm(shop, what="command-fails", where=NEW | {"instance": 1})
    shop.client.update_environment(EnvironmentName="shop-web", **V2)
    shop.until_ready("shop-web")
    shop.advance(120)
    tell(shop, golden, "deploy-rolling-after-a-failure", {"VersionLabel": "v1"})


def test_a_value_in_another_case_is_no_other_value(shop, golden):
    launch(shop, SINGLE, stack=WINDOWS)
    tell(shop, golden, "configure-in-another-case", settings(options(HEALTH_REPORTING, SystemType="Basic")))


LAUNCHES = {
    "fail-launch-command": ([SINGLE], {"what": "command-fails"}, "Ready"),
    "fail-launch-timeout": ([SINGLE], {"what": "command-times-out"}, "Ready"),
    "fail-launch-resource": ([TWO], {"what": "resource-fails", "where": {"resource": "load-balancer"}}, "Ready"),
    "fail-launch-resource-and-another": (
        [TWO, options(ENVIRONMENT, LoadBalancerType="classic")],
        {"what": "resource-fails", "where": {"resource": "load-balancer"}},
        "Ready",
    ),
    "fail-launch-security-group": (
        [TWO, options(ENVIRONMENT, LoadBalancerType="classic")],
        {
            "what": "resource-fails",
            "where": {"resource": "security-group"},
            "message": "The security group 'awseb' does not exist in default VPC 'vpc-c41d30a2'",
        },
        "Ready",
    ),
    "fail-launch-template": (
        [SINGLE],
        {
            "what": "resource-fails",
            "where": {"resource": "launch-template"},
            "message": "The specified instance type c7i.large is not valid",
        },
        "Ready",
    ),
    "fail-launch-silent": ([TWO], {"what": "no-signal"}, "Ready"),
    "fail-launch-capacity": ([TWO], {"what": "launch-refused"}, "Ready"),
    "launch-after-want-of-capacity": ([SINGLE], {"what": "launch-refused", "times": 2}, "Ready"),
    "fail-launch-profile": ([SINGLE], {"what": "no-instance-profile"}, "Terminated"),
    "fail-launch-service-role": ([SINGLE], {"what": "service-role-required"}, "Terminated"),
    "fail-launch-rolled-back": ([SINGLE, ROLLED_BACK], {"what": "command-fails"}, "Terminated"),
}


@pytest.mark.parametrize("story", LAUNCHES)
def test_every_way_in_which_a_launch_fails(shop, golden, story):
    launch_settings, fault, status = LAUNCHES[story]
    arm(shop, **fault)
    create(shop, *launch_settings)
    shop.until("shop-web", status)
    shop.advance(120)
    golden(story, shop.events("shop-web"), aftermath(shop, "shop-web"))


def test_a_launch_that_names_a_service_role_is_not_asked_for_one(shop):
    arm(shop, what="service-role-required")
    create(shop, SINGLE, options(ENVIRONMENT, ServiceRole="aws-elasticbeanstalk-service-role"))
    shop.until_ready("shop-web")
    assert "Service Role" not in "".join(event.message for event in shop.events("shop-web"))


ABORTS = {
    "abort-rolling": ([TWO, policy("Rolling")], V2, 60),
    "abort-additional-batch": ([TWO, policy("RollingWithAdditionalBatch")], V2, 150),
    "abort-immutable": ([TWO, policy("Immutable")], V2, 200),
    "abort-traffic-splitting": ([TWO, policy("TrafficSplitting")], V2, 400),
    "abort-rolling-update": ([TWO, options(GROUP, MaxSize="2"), BY_TIME], settings(LARGER), 220),
    "abort-configuration-in-place": ([TWO], settings(GREEN), 20),
}


@pytest.mark.parametrize("story", ABORTS)
def test_an_update_that_is_aborted(shop, golden, story):
    launch_settings, change, after = ABORTS[story]
    launch(shop, *launch_settings)
    tell(shop, golden, story, change, abort_after=after, leaves=True)
    assert state(shop) == ("Ready", "v1")
