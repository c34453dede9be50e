"""RebuildEnvironment and RestartAppServer: what begins anew, and what stays as it was."""

from datetime import timedelta

import pytest

from environments import describe
from options import ALB, SINGLE, option

WORKER = {"Name": "Worker", "Type": "SQS/HTTP"}
MUST_BE_READY = "Environment named web1 is in an invalid state for this operation. Must be Ready."
NOT_NAMED = "Either EnvironmentId or EnvironmentName must be specified."
SAME = ("EnvironmentName", "EnvironmentId", "EnvironmentArn", "CNAME", "DateCreated", "VersionLabel", "Tier")


def resources(world, name="web1"):
    kinds = world.client.describe_environment_resources(EnvironmentName=name)["EnvironmentResources"]
    return {word.popitem()[1] for kind in kinds.values() if isinstance(kind, list) for word in kind}


def fleet(world, id_):
    return list(world.store.world("123456789012", "us-east-1").fleet(id_).values())


def terminated(world, name="web1"):
    world.client.terminate_environment(EnvironmentName=name)
    world.until(name, "Terminated")


def test_what_is_restored_has_no_draft(shop, launch):
    launch("web1", OptionSettings=[SINGLE])
    fault = {"what": "command-fails", "where": {"operation": "UpdateEnvironment"}, "times": 1}
    assert shop.app.test_client().post("/_beanpole/faults?account=123456789012", json=fault).status_code == 201
    green = option("aws:elasticbeanstalk:application:environment", "COLOUR", "green")
    shop.client.update_environment(EnvironmentName="web1", OptionSettings=[green])
    shop.until_ready("web1")
    terminated(shop)
    shop.client.rebuild_environment(EnvironmentName="web1")
    answer = shop.client.describe_configuration_settings(ApplicationName="shop", EnvironmentName="web1")
    assert [configuration["DeploymentStatus"] for configuration in answer["ConfigurationSettings"]] == ["deployed"]


@pytest.mark.shows("RebuildEnvironment", "success")
@pytest.mark.parametrize(
    ("settings", "more"),
    [([SINGLE], {}), ([], {}), ([ALB], {}), ([], {"Tier": WORKER})],
    ids=["single", "classic", "application", "worker"],
)
def test_everything_is_created_anew_under_the_same_name(shop, launch, settings, more):
    before = launch("web1", OptionSettings=settings, **more)
    old = resources(shop)
    answer = shop.client.rebuild_environment(EnvironmentName="web1")
    assert answer.keys() == {"ResponseMetadata"}
    assert (describe(shop)["Status"], describe(shop)["AbortableOperationInProgress"]) == (
        "Updating",
        False,
    )
    shop.until_ready("web1")
    after = describe(shop)
    assert {name: after.get(name) for name in SAME} == {name: before.get(name) for name in SAME}
    assert not resources(shop) & (old - {"WorkerQueue", "WorkerDeadLetterQueue"})
    assert len(resources(shop)) == len(old)
    assert {(instance.version_label, instance.deployment_id) for instance in fleet(shop, after["EnvironmentId"])} == {
        ("v1", 2)
    }
    shop.advance(120)
    assert (describe(shop)["Health"], describe(shop)["HealthStatus"]) == ("Green", "Ok")


@pytest.mark.shows("RebuildEnvironment", "success")
@pytest.mark.parametrize("by", ["Name", "Id"])
def test_a_terminated_environment_comes_back_as_it_was(shop, launch, by):
    before = launch("web1", CNAMEPrefix="front", OptionSettings=[SINGLE], Tags=[{"Key": "team", "Value": "blue"}])
    terminated(shop)
    shop.advance(timedelta(days=41))
    answer = shop.client.rebuild_environment(**{f"Environment{by}": before[f"Environment{by}"]})
    assert answer.keys() == {"ResponseMetadata"}
    assert describe(shop)["Status"] == "Launching"
    assert shop.client.check_dns_availability(CNAMEPrefix="front")["Available"] is False
    shop.until_ready("web1")
    after = describe(shop)
    assert {name: after[name] for name in SAME} == {name: before[name] for name in SAME}
    assert after["EndpointURL"] != before["EndpointURL"]
    messages = [event.message for event in shop.events("web1")]
    messages = messages[messages.index("restoreEnvironment is starting.") :]
    assert "Successfully launched environment: web1" in messages


def test_a_restored_environment_can_go_and_come_back_again(shop, launch):
    id_ = launch("web1", OptionSettings=[SINGLE])["EnvironmentId"]
    for _ in range(2):
        terminated(shop)
        shop.client.rebuild_environment(EnvironmentId=id_)
        shop.until_ready("web1")
    shop.client.update_environment(EnvironmentId=id_, VersionLabel="v2")
    shop.until_ready("web1")
    assert describe(shop)["VersionLabel"] == "v2"


def test_of_several_namesakes_the_one_that_went_last_comes_back(shop, launch):
    launch("web1", OptionSettings=[SINGLE])
    terminated(shop)
    second = launch("web1", OptionSettings=[SINGLE])["EnvironmentId"]
    terminated(shop)
    shop.client.rebuild_environment(EnvironmentName="web1")
    assert describe(shop)["EnvironmentId"] == second


def test_the_sample_application_is_always_there_to_come_back_to(shop):
    shop.client.create_environment(
        ApplicationName="shop",
        EnvironmentName="web1",
        SolutionStackName="64bit Amazon Linux 2023 v4.13.7 running Python 3.14",
    )
    shop.until_ready("web1")
    terminated(shop)
    shop.client.rebuild_environment(EnvironmentName="web1")
    shop.until_ready("web1")
    assert (describe(shop)["Status"], "VersionLabel" in describe(shop)) == ("Ready", False)


@pytest.mark.shows("RebuildEnvironment", "errors")
def test_what_is_not_there_is_not_rebuilt(shop, refused):
    with refused("MissingRequiredParameter", NOT_NAMED):
        shop.client.rebuild_environment()
    with refused("InvalidParameterValue", "No Environment found for EnvironmentName = 'nobody'."):
        shop.client.rebuild_environment(EnvironmentName="nobody")
    with refused("InvalidParameterValue", "No Environment found for EnvironmentId = 'e-aaaaaaaaaa'."):
        shop.client.rebuild_environment(EnvironmentId="e-aaaaaaaaaa")


@pytest.mark.shows("RebuildEnvironment", "errors")
def test_a_terminated_environment_needs_its_names(shop, launch, create, refused):
    id_ = launch("web1", CNAMEPrefix="front", OptionSettings=[SINGLE])["EnvironmentId"]
    terminated(shop)
    create("web2", CNAMEPrefix="FRONT")
    sentence = "Environment named web1 cannot be rebuilt. Its {} is in use by another environment."
    with refused("InvalidParameterValue", sentence.format("CNAME")):
        shop.client.rebuild_environment(EnvironmentId=id_)
    create("web1")
    with refused("InvalidParameterValue", sentence.format("name")):
        shop.client.rebuild_environment(EnvironmentId=id_)
    with refused("InvalidParameterValue", f"No Environment found for EnvironmentId = '{id_}'."):
        shop.client.rebuild_environment(EnvironmentId=id_, EnvironmentName="web2")


@pytest.mark.shows("RebuildEnvironment", "states")
def test_a_terminated_environment_is_remembered_for_six_weeks(shop, launch, refused):
    id_ = launch("web1", OptionSettings=[SINGLE])["EnvironmentId"]
    terminated(shop)
    shop.advance(timedelta(days=42))
    shop.advance(0.001)
    with refused("InvalidParameterValue", "No Environment found for EnvironmentName = 'web1'."):
        shop.client.rebuild_environment(EnvironmentName="web1")
    with refused("InvalidParameterValue", f"No Environment found for EnvironmentId = '{id_}'."):
        shop.client.rebuild_environment(EnvironmentId=id_)


@pytest.mark.shows("RebuildEnvironment", "errors")
def test_a_terminated_environment_needs_its_application(shop, launch, refused):
    id_ = launch("web1", OptionSettings=[SINGLE])["EnvironmentId"]
    terminated(shop)
    shop.client.delete_application(ApplicationName="shop")
    with refused("InvalidParameterValue", "No Application named 'shop' found."):
        shop.client.rebuild_environment(EnvironmentId=id_)
    shop.client.create_application(ApplicationName="shop")
    with refused("InvalidParameterValue", "No Application Version named 'v1' found."):
        shop.client.rebuild_environment(EnvironmentId=id_)


@pytest.mark.shows("RebuildEnvironment", "states")
@pytest.mark.shows("RestartAppServer", "states")
def test_an_environment_that_is_busy_is_left_alone(shop, create, refused):
    create("web1", OptionSettings=[SINGLE])
    for busy in (lambda: None, lambda: shop.client.update_environment(EnvironmentName="web1", VersionLabel="v2")):
        busy()
        for call in (shop.client.rebuild_environment, shop.client.restart_app_server):
            with refused("InvalidParameterValue", MUST_BE_READY):
                call(EnvironmentName="web1")
        shop.until_ready("web1")
    terminated(shop)
    with refused("InvalidParameterValue", "No Environment found for EnvironmentName = 'web1'."):
        shop.client.restart_app_server(EnvironmentName="web1")


@pytest.mark.shows("RestartAppServer", "success")
@pytest.mark.parametrize("by", ["Name", "Id"])
def test_servers_start_anew_and_run_what_they_ran(shop, launch, by):
    before = launch("web1", OptionSettings=[option("aws:autoscaling:asg", "MinSize", "3")])
    shop.advance(120)
    old = fleet(shop, before["EnvironmentId"])
    answer = shop.client.restart_app_server(**{f"Environment{by}": before[f"Environment{by}"]})
    assert answer.keys() == {"ResponseMetadata"}
    during = describe(shop)
    assert (during["Status"], during["AbortableOperationInProgress"]) == ("Updating", False)
    assert shop.events("web1")[-1].message == "restartAppServer is starting."
    shop.until_ready("web1")
    new = fleet(shop, before["EnvironmentId"])
    for was, now in zip(old, new, strict=True):
        assert (now.id, now.deployment_id, now.deployed_at) == (was.id, was.deployment_id, was.deployed_at)
        assert [record.command for record in now.history] == ["boot", "deploy", "restart"]
    messages = [event.message for event in shop.events("web1")]
    assert messages[-1] == "Restarted application server on all ec2 instances."
    shop.client.update_environment(EnvironmentName="web1", VersionLabel="v2")
    shop.until_ready("web1")
    assert {instance.deployment_id for instance in fleet(shop, before["EnvironmentId"])} == {2}


@pytest.mark.shows("RestartAppServer", "errors")
def test_what_is_not_there_is_not_restarted(shop, refused):
    with refused("MissingRequiredParameter", NOT_NAMED):
        shop.client.restart_app_server()
    with refused("InvalidParameterValue", "No Environment found for EnvironmentName = 'nobody'."):
        shop.client.restart_app_server(EnvironmentName="nobody")
    with refused("InvalidParameterValue", "No Environment found for EnvironmentId = 'e-aaaaaaaaaa'."):
        shop.client.restart_app_server(EnvironmentId="e-aaaaaaaaaa")


def test_health_speaks_of_a_restart_that_takes_its_time(shop, launch):
    launch("web1", OptionSettings=[SINGLE])
    shop.advance(120)
    created = describe(shop)["DateCreated"].timestamp()
    shop.advance(58 - (shop.now / 1000 - created - 11) % 60)
    shop.client.restart_app_server(EnvironmentName="web1")
    shop.advance(120)
    messages = [event.message for event in shop.events("web1") if "estart" in event.message]
    assert messages[1:] == [
        "Environment health has transitioned from Ok to Info. Application restart in progress (running for 2 seconds).",
        "Restarted application server on all ec2 instances.",
        messages[-1],
    ]
    assert messages[-1].startswith(
        "Environment health has transitioned from Info to Ok. Application restart completed 5"
    )
