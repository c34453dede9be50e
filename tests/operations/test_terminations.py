"""TerminateEnvironment: what goes, what stays, and who is in the way."""

from datetime import UTC, datetime, timedelta

import pytest

from beanpole.model.changes.change import Change
from beanpole.model.environment.environment_info import EnvironmentInfo
from beanpole.testing import ACCOUNT, REGION
from environments import messages_of
from operations.absent import NOBODY
from options import ALB, DATABASE, SINGLE, option

WORKER = {"Name": "Worker", "Type": "SQS/HTTP"}


def terminated(world, name="web1", **more):
    answer = world.client.terminate_environment(EnvironmentName=name, **more)
    world.until(name, "Terminated")
    return answer


@pytest.mark.shows("TerminateEnvironment", "success")
def test_the_answer_is_the_environment_on_its_way_out(shop, launch):
    before = launch("web1", OptionSettings=[ALB], Description="front", CNAMEPrefix="front")
    shop.advance(120)
    answer = shop.client.terminate_environment(EnvironmentName="web1")
    answer.pop("ResponseMetadata")
    now = datetime.fromtimestamp(shop.now / 1000, UTC)
    changed = {"Status": "Terminating", "DateUpdated": now, "Health": "Grey"}
    unsaid = {"VersionLabel", "HealthStatus"}  # aws-cli's sample of terminate-environment
    assert answer == {name: value for name, value in (before | changed).items() if name not in unsaid}
    shop.until("web1", "Terminated")
    (after,) = shop.client.describe_environments()["Environments"]
    assert after["Status"] == "Terminated"
    assert after["Health"] == "Grey"
    assert before.keys() - after.keys() == {"EndpointURL", "HealthStatus"} & before.keys()
    assert messages_of(shop)[-1] == "terminateEnvironment completed successfully."


@pytest.mark.shows("TerminateEnvironment", "errors")
@pytest.mark.parametrize(
    ("parameters", "code", "sentence"),
    [
        *NOBODY,
        (
            {"EnvironmentName": "x"},
            "ValidationError",
            "1 validation error detected: Value 'x' at 'environmentName' failed to satisfy constraint: Member must "
            "have length greater than or equal to 4",
        ),
    ],
)
def test_what_cannot_be_terminated(unchecked, refused, parameters, code, sentence):
    with refused(code, sentence):
        unchecked.terminate_environment(**parameters)


@pytest.mark.shows("TerminateEnvironment", "states")
def test_what_goes_already_is_not_terminated_again(shop, launch, refused):
    id_ = launch("web1")["EnvironmentId"]
    shop.client.terminate_environment(EnvironmentName="web1")
    sentence = "Cannot terminate environment named web1. It is currently pending termination."
    with refused("InvalidParameterValue", sentence):
        shop.client.terminate_environment(EnvironmentName="web1", ForceTerminate=True)
    shop.until("web1", "Terminated")
    with refused("InvalidParameterValue", f"No Environment found for EnvironmentId = '{id_}'."):
        shop.client.terminate_environment(EnvironmentId=id_)


@pytest.mark.shows("TerminateEnvironment", "errors")
def test_what_others_link_to_stays_unless_it_is_forced(shop, bundled, create, refused):
    bundled("back", "back+", tier=WORKER.values())
    bundled("front", "front+", links={"QUEUE": "back+"})
    shop.client.compose_environments(ApplicationName="shop", GroupName="dev", VersionLabels=["back", "front"])
    shop.until_ready("front-dev")
    sentence = (
        "Cannot terminate environment named back-dev. It is linked to by environment front-dev. Terminate that one "
        "first or set ForceTerminate to true."
    )
    with refused("InvalidParameterValue", sentence):
        shop.client.terminate_environment(EnvironmentName="back-dev")
    assert terminated(shop, "back-dev", ForceTerminate=True)["Status"] == "Terminating"
    terminated(shop, "front-dev")


def test_the_one_that_links_goes_first(shop, bundled):
    bundled("back", "back+", tier=WORKER.values())
    bundled("front", "front+", links={"QUEUE": "back+"})
    shop.client.compose_environments(ApplicationName="shop", GroupName="dev", VersionLabels=["back", "front"])
    shop.until_ready("front-dev")
    terminated(shop, "front-dev")
    terminated(shop, "back-dev")


@pytest.mark.shows("TerminateEnvironment", "success")
def test_resources_may_be_left_to_themselves(shop, launch):
    launch("web1", CNAMEPrefix="front", OptionSettings=[SINGLE])
    shop.advance(120)
    mark = len(shop.events("web1"))
    assert terminated(shop, TerminateResources=False)["Status"] == "Terminating"
    assert messages_of(shop)[mark:] == [
        "terminateEnvironment is starting.",
        "Deleting SNS topic for environment web1.",
        "terminateEnvironment completed successfully.",
    ]
    assert shop.client.check_dns_availability(CNAMEPrefix="front")["Available"] is True


@pytest.mark.parametrize(
    ("policy", "sentence"),
    [("Delete", ["Deleted RDS database named"]), ("Snapshot", ["Deleted RDS database named"]), ("Retain", [])],
)
def test_a_database_goes_as_its_policy_says(shop, launch, policy, sentence):
    options = [option(DATABASE, "HasCoupledDatabase", "true"), option(DATABASE, "DBDeletionPolicy", policy)]
    launch("web1", OptionSettings=[SINGLE, *options])
    terminated(shop)
    assert [message.partition(":")[0] for message in messages_of(shop) if message.startswith("Deleted RDS")] == sentence


def test_an_environment_is_forgotten_when_nobody_may_ask_for_it_any_more(shop, launch, create, limited):
    limited(environments=100)
    world = shop.store.world(ACCOUNT, REGION)
    id_ = launch("web1", OptionSettings=[SINGLE])["EnvironmentId"]
    terminated(shop)
    world.commit(Change(puts=(EnvironmentInfo(id_, "tail", shop.now, "secret"),)))
    shop.advance(timedelta(weeks=10))
    create("web2")
    assert world.environment(id_) is not None
    shop.advance(1)
    create("web3")
    assert world.environment(id_) is None
    assert world.environment_info(id_, "tail") is None
    assert [environment.environment_name for environment in world.environments()] == ["web3", "web2"]
    keys = [key.decode() for key in shop.store.redis.scan_iter(match=f"*{id_}*")]
    assert keys == []
