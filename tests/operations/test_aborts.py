"""AbortEnvironmentUpdate: what it answers, and where there is nothing to abort."""

import pytest

from beanpole.testing import ACCOUNT
from environments import describe
from options import ALB, COMMAND, GROUP, LAUNCH, ROLLING_UPDATE, option

NOTHING = "Environment named web1 is in an invalid state for this operation. Must be pending deployment."


TWO = option(GROUP, "MinSize", "2")
ROLLING = [option(COMMAND, "DeploymentPolicy", "Rolling"), option(COMMAND, "BatchSize", "50")]
V2 = {"VersionLabel": "v2"}
LARGE = {"OptionSettings": [option(LAUNCH, "InstanceType", "m5.large")]}
BY_TIME = [option(ROLLING_UPDATE, "RollingUpdateEnabled", "true")]


def abort(world):
    return world.client.abort_environment_update(EnvironmentName="web1")


@pytest.mark.shows("AbortEnvironmentUpdate", "success")
@pytest.mark.parametrize("by", ["EnvironmentName", "EnvironmentId"])
def test_the_answer_is_empty_and_the_environment_is_aborting(shop, launch, by):
    reply = launch("web1", OptionSettings=[ALB, TWO, *ROLLING])
    shop.client.update_environment(EnvironmentName="web1", **V2)
    shop.advance(60)
    answer = shop.client.abort_environment_update(**{by: reply[by]})
    assert set(answer) == {"ResponseMetadata"}
    assert (describe(shop)["Status"], describe(shop)["AbortableOperationInProgress"]) == (
        "Aborting",
        False,
    )
    own = shop.client.describe_events(RequestId=answer["ResponseMetadata"]["RequestId"])["Events"]
    assert [event["Message"] for event in own] == ["abortEnvironmentUpdate is starting."]
    shop.until_ready("web1")
    assert (describe(shop)["VersionLabel"], describe(shop)["AbortableOperationInProgress"]) == (
        "v1",
        False,
    )
    assert "Environment update was aborted." in [event.message for event in shop.events("web1")]


@pytest.mark.shows("AbortEnvironmentUpdate", "errors")
def test_whom_it_does_not_find(shop, refused):
    with refused("MissingRequiredParameter", "Either EnvironmentId or EnvironmentName must be specified."):
        shop.client.abort_environment_update()
    with refused("InvalidParameterValue", "No Environment found for EnvironmentName = 'nobody'."):
        shop.client.abort_environment_update(EnvironmentName="nobody")
    with refused("InvalidParameterValue", "No Environment found for EnvironmentId = 'e-aaaaaaaaaa'."):
        shop.client.abort_environment_update(EnvironmentId="e-aaaaaaaaaa")


@pytest.mark.shows("AbortEnvironmentUpdate", "errors")
@pytest.mark.shows("AbortEnvironmentUpdate", "states")
def test_there_is_nothing_to_abort_but_an_update(shop, launch, create, refused):
    create("web1", OptionSettings=[ALB, TWO, *ROLLING])
    with refused("InvalidParameterValue", NOTHING):
        abort(shop)
    shop.until_ready("web1")
    with refused("InvalidParameterValue", NOTHING):
        abort(shop)
    shop.client.update_environment(EnvironmentName="web1", **V2)
    abort(shop)
    with refused("InvalidParameterValue", NOTHING):
        abort(shop)
    shop.until_ready("web1")
    launch("web2", OptionSettings=[ALB])
    shop.client.swap_environment_cnames(SourceEnvironmentName="web1", DestinationEnvironmentName="web2")
    with refused("InvalidParameterValue", NOTHING):
        abort(shop)
    shop.until_ready("web1")
    shop.client.terminate_environment(EnvironmentName="web1")
    with refused("InvalidParameterValue", NOTHING):
        abort(shop)
    shop.until("web1", "Terminated")
    with refused("InvalidParameterValue", "No Environment found for EnvironmentName = 'web1'."):
        abort(shop)


@pytest.mark.shows("AbortEnvironmentUpdate", "states")
def test_what_only_cleans_up_is_not_aborted(shop, launch, refused):
    immutable = option(COMMAND, "DeploymentPolicy", "Immutable")
    launch("web1", OptionSettings=[ALB, immutable])
    shop.client.update_environment(EnvironmentName="web1", **V2)
    shop.advance(500)
    assert (describe(shop)["Status"], describe(shop)["AbortableOperationInProgress"]) == (
        "Updating",
        False,
    )
    with refused("InvalidParameterValue", NOTHING):
        abort(shop)
    shop.until_ready("web1")
    assert describe(shop)["VersionLabel"] == "v2"


@pytest.mark.shows("AbortEnvironmentUpdate", "states")
def test_what_is_being_undone_is_not_aborted(shop, launch, refused):
    launch("web1", OptionSettings=[ALB, TWO, *BY_TIME])
    fault = {"what": "command-fails", "where": {"operation": "UpdateEnvironment"}, "times": 1}
    assert shop.app.test_client().post(f"/_beanpole/faults?account={ACCOUNT}", json=fault).status_code == 201
    shop.client.update_environment(EnvironmentName="web1", **LARGE)
    shop.advance(160)
    assert "Failed to deploy configuration." in [event.message for event in shop.events("web1")]
    assert describe(shop)["Status"] == "Updating"
    with refused("InvalidParameterValue", NOTHING):
        abort(shop)
