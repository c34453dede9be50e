"""Symptoms begin and end at a tick of health, and each has its cause in the words of the service.

Each story shows the fleet while its health is worst, and goes on until it is Ok again. The sentences are those of
docs/facts.md#health; `causes` marks the inferred ones.
"""

import pytest

from beanpole.testing import ACCOUNT
from environments import STACK, arm
from mould import moulded
from options import ALB, ENVIRONMENT, GROUP, option
from scenarios.aftermath import aftermath

WINDOWS = "64bit Windows Server 2025 v2.23.4 running IIS 10.0"
ROUTE = f"/_beanpole/faults?account={ACCOUNT}"


SINGLE = {"OptionSettings": [option(ENVIRONMENT, "EnvironmentType", "SingleInstance")]}
FIVE = {"OptionSettings": [ALB, option(GROUP, "MinSize", "5"), option(GROUP, "MaxSize", "5")]}
TWO = {"OptionSettings": [ALB, option(GROUP, "MinSize", "2")]}
WORKER = {"Tier": {"Name": "Worker", "Type": "SQS/HTTP"}}
FIRST = {"instance": 0}


def launch_shape(world, stack=STACK, **shape):
    def make():
        world.client.create_environment(
            ApplicationName="shop", EnvironmentName="shop-web", SolutionStackName=stack, VersionLabel="v1", **shape
        )
        world.until_ready("shop-web")
        world.advance(300)

    moulded(world, f"launch {stack} {shape} and wait", make)


def disarm(world):
    world.app.test_client().delete(ROUTE)


def fired(world):
    return [fault["fired"] for fault in world.app.test_client().get(ROUTE).get_json()["faults"]]


def health(world):
    parameters = {"EnvironmentName": "shop-web", "AttributeNames": ["HealthStatus", "Causes"]}
    whole = world.client.describe_environment_health(**parameters)
    return whole["HealthStatus"], whole["Causes"]


STORIES = {
    "symptom-no-data-of-one": (FIVE, [{"what": "no-data", "where": FIRST}]),
    "symptom-no-data": (TWO, [{"what": "no-data"}]),
    "symptom-client-errors": (TWO, [{"what": "client-errors", "share": 0.3}]),
    "symptom-server-errors": (TWO, [{"what": "server-errors"}]),
    "symptom-server-errors-of-one": (FIVE, [{"what": "server-errors", "share": 0.9, "where": FIRST}]),
    "symptom-balancer-errors": (
        TWO,
        [{"what": "balancer-client-errors"}, {"what": "balancer-server-errors", "share": 0.5}],
    ),
    "symptom-few-requests": (SINGLE, [{"what": "client-errors"}, {"what": "few-requests"}]),
    "symptom-high-cpu": (SINGLE, [{"what": "high-cpu", "percent": 93}, {"what": "server-errors", "share": 0.2}]),
    "symptom-high-cpu-that-waits": (SINGLE, [{"what": "high-cpu", "percent": 91, "io_wait": 24}]),
    "symptom-stopped-services-of-one": (FIVE, [{"what": "stopped-services", "where": FIRST}]),
    "symptom-stopped-services": (SINGLE, [{"what": "stopped-services", "services": ["proxy", "application"]}]),
    "symptom-checks": (TWO, [{"what": "fails-health-checks", "where": FIRST}]),
    "symptom-checks-without-data": (TWO, [{"what": "fails-health-checks"}, {"what": "no-data"}]),
    "symptom-queue": (WORKER, [{"what": "messages-waiting"}, {"what": "dead-letters", "messages": 1}]),
    "symptom-role": (TWO, [{"what": "no-service-role"}]),
}


@pytest.mark.parametrize("story", STORIES)
def test_a_symptom_is_published_and_ends_when_its_fault_is_disarmed(shop, golden, story):
    shape, faults = STORIES[story]
    launch_shape(shop, **shape)
    mark = shop.now
    assert health(shop) == ("Ok", [])
    for fault in faults:
        arm(shop, **fault)
    assert health(shop) == ("Ok", [])  # nothing is seen before the tick
    shop.advance(100)
    left = aftermath(shop, "shop-web")
    disarm(shop)
    shop.advance(120)
    assert health(shop) == ("Ok", [])
    golden(story, [event for event in shop.events() if event.at >= mark], left)


def test_a_symptom_lasts_its_time_and_does_not_come_back(shop):
    launch_shape(shop, **TWO)
    arm(shop, what="server-errors", lasts=90)
    looks = []
    for _ in range(8):
        shop.advance(60)
        looks.append(health(shop)[0])
    assert looks == ["Severe"] * 2 + ["Ok"] * 6
    assert fired(shop) == [2]


def test_a_fault_hits_as_many_instances_as_its_times_allow_and_ends_at_its_until(shop):
    launch_shape(shop, **FIVE)
    until = f"2026-01-01T01:00:{shop.now // 1000 % 60:02d}Z"
    arm(shop, what="stopped-services", times=2, until=until)
    shop.advance(60)
    assert health(shop) == ("Degraded", ["Impaired services on 2 out of 5 instances."])
    assert fired(shop) == [2]
    shop.advance(3600)
    assert health(shop) == ("Ok", [])
    assert fired(shop) == [2]


def test_a_fault_hits_instances_that_come_later_if_it_fits_them(shop):
    arm(shop, what="high-cpu", where={"environment": "shop-web", "version_label": "v2"})
    launch_shape(shop, **SINGLE)
    assert health(shop) == ("Ok", [])
    shop.client.update_environment(EnvironmentName="shop-web", VersionLabel="v2")
    shop.until_ready("shop-web")
    shop.advance(60)
    status, causes = health(shop)
    assert (status, causes[-1]) == ("Degraded", "1 out of 1 instances are impacted. See instance health for details.")


def test_a_deployment_does_not_end_failing_health_checks(shop):
    launch_shape(
        shop,
        OptionSettings=[
            *TWO["OptionSettings"],
            option("aws:elasticbeanstalk:command", "DeploymentPolicy", "Rolling"),
            option("aws:elasticbeanstalk:command", "BatchSizeType", "Fixed"),
            option("aws:elasticbeanstalk:command", "BatchSize", "1"),
        ],
    )
    arm(shop, what="fails-health-checks", where=FIRST)
    shop.advance(60)
    shop.client.update_environment(EnvironmentName="shop-web", VersionLabel="v2")
    shop.until_ready("shop-web")
    assert "did not pass health check after command execution" in "".join(event.message for event in shop.events())
    disarm(shop)
    shop.advance(60)
    shop.client.update_environment(EnvironmentName="shop-web", VersionLabel="v2")
    shop.until_ready("shop-web")
    shop.advance(60)
    assert health(shop)[0] == "Ok"
    assert shop.client.describe_environments()["Environments"][0]["VersionLabel"] == "v2"


@pytest.mark.parametrize(
    ("faults", "threshold", "ends_on"),
    [
        ([{"what": "stopped-services"}], "Ok", "v1"),
        ([{"what": "stopped-services"}], "Severe", "v2"),
        ([{"what": "server-errors", "share": 0.2}], "Ok", "v1"),
        ([{"what": "server-errors", "share": 0.12}], "Warning", "v2"),
        ([{"what": "high-cpu"}], "Warning", "v1"),
        ([{"what": "high-cpu"}], "Degraded", "v2"),
        ([{"what": "no-data"}], "Degraded", "v1"),
        ([{"what": "client-errors"}], "Degraded", "v1"),
        ([{"what": "client-errors"}, {"what": "few-requests"}], "Ok", "v2"),
    ],
)
def test_a_deployment_waits_for_the_health_that_is_published(shop, faults, threshold, ends_on):
    launch_shape(
        shop,
        OptionSettings=[
            *TWO["OptionSettings"],
            option("aws:elasticbeanstalk:command", "DeploymentPolicy", "Rolling"),
            option("aws:elasticbeanstalk:healthreporting:system", "HealthCheckSuccessThreshold", threshold),
        ],
    )
    for fault in faults:
        arm(shop, where=FIRST, **fault)
    shop.advance(60)
    shop.client.update_environment(EnvironmentName="shop-web", VersionLabel="v2")
    shop.until_ready("shop-web")
    assert shop.client.describe_environments()["Environments"][0]["VersionLabel"] == ends_on
    refused = "did not pass health check after command execution" in "".join(event.message for event in shop.events())
    assert refused == (ends_on == "v1")


def test_a_plan_that_leads_to_a_better_health_ends_no_symptom(shop):
    launch_shape(
        shop,
        OptionSettings=[
            *TWO["OptionSettings"],
            option("aws:elasticbeanstalk:command", "DeploymentPolicy", "Rolling"),
            option("aws:elasticbeanstalk:healthreporting:system", "HealthCheckSuccessThreshold", "Severe"),
        ],
    )
    arm(shop, what="client-errors")
    arm(shop, what="health-check-never-passes", health="Warning", where={"step": "await-health"})
    shop.advance(60)
    shop.client.update_environment(EnvironmentName="shop-web", VersionLabel="v2")
    shop.until_ready("shop-web")
    shop.advance(300)
    status, causes = health(shop)
    assert (status, causes[0]) == ("Severe", "100.0 % of the requests are erroring with HTTP 4xx.")


def test_basic_health_sees_what_a_load_balancer_and_ec2_see(shop):
    launch_shape(shop, stack=WINDOWS, **SINGLE)
    arm(shop, what="high-cpu")
    shop.advance(300)
    assert shop.client.describe_environments()["Environments"][0]["Health"] == "Green"
    arm(shop, what="no-data")
    shop.advance(300)
    assert shop.client.describe_environments()["Environments"][0]["Health"] == "Red"


def test_a_state_keeps_the_symptoms(shop):
    launch_shape(shop, **TWO)
    arm(shop, what="server-errors", lasts=150)
    shop.advance(60)
    state, http = f"/_beanpole/state?account={ACCOUNT}", shop.app.test_client()
    document = http.get(state).get_json()
    http.post(f"/_beanpole/reset?account={ACCOUNT}")
    assert http.put(state, json=document).status_code == 200
    assert health(shop)[0] == "Severe"
    assert fired(shop) == [2]
    shop.advance(240)
    assert health(shop)[0] == "Ok"
