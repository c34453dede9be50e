"""The wall of states: what every operation on an environment says to an environment in every state.

A new operation that asks for a state adds its row; a status that nobody can ask for in words is set in the store.
"""

import pytest
from botocore.exceptions import ClientError
from msgspec.structs import replace

from beanpole.model.changes.change import Change
from beanpole.operations import HANDLERS
from beanpole.testing import ACCOUNT, REGION
from mould import moulded
from options import SINGLE

MUST_BE_READY = "Environment named web1 is in an invalid state for this operation. Must be Ready."
NOTHING_TO_ABORT = "Environment named web1 is in an invalid state for this operation. Must be pending deployment."
CREATING = "Cannot terminate environment named web1. It is currently pending creation."
DEPLOYING = "Cannot terminate environment named web1. It is currently pending deployment."
TERMINATING = "Cannot terminate environment named web1. It is currently pending termination."
ABSENT = "No Environment found for EnvironmentName = 'web1'."
DONE = None  # what is asked is done

STATUSES = ("Launching", "Updating", "Aborting", "LinkingFrom", "LinkingTo", "Ready", "Terminating", "Terminated")
WHEN_READY = dict.fromkeys(STATUSES, MUST_BE_READY) | {"Ready": DONE, "Terminated": ABSENT}
ALWAYS = dict.fromkeys(STATUSES, DONE) | {"Terminated": ABSENT}

CALLS = {
    "AssociateEnvironmentOperationsRole": lambda client: client.associate_environment_operations_role(
        EnvironmentName="web1", OperationsRole="role"
    ),
    "DisassociateEnvironmentOperationsRole": lambda client: client.disassociate_environment_operations_role(
        EnvironmentName="web1"
    ),
    "RestartAppServer": lambda client: client.restart_app_server(EnvironmentName="web1"),
    "RebuildEnvironment": lambda client: client.rebuild_environment(EnvironmentName="web1"),
    "SwapEnvironmentCNAMEs": lambda client: client.swap_environment_cnames(
        SourceEnvironmentName="web1", DestinationEnvironmentName="web2"
    ),
    "SwapEnvironmentCNAMEs, as the destination": lambda client: client.swap_environment_cnames(
        SourceEnvironmentName="web2", DestinationEnvironmentName="web1"
    ),
    "UpdateTagsForResource": lambda client: client.update_tags_for_resource(
        ResourceArn=f"arn:aws:elasticbeanstalk:{REGION}:{ACCOUNT}:environment/shop/web1",
        TagsToAdd=[{"Key": "team", "Value": "blue"}],
    ),
    "UpdateEnvironment": lambda client: client.update_environment(EnvironmentName="web1", VersionLabel="v2"),
    "AbortEnvironmentUpdate": lambda client: client.abort_environment_update(EnvironmentName="web1"),
    "TerminateEnvironment": lambda client: client.terminate_environment(EnvironmentName="web1"),
    "DescribeEnvironmentResources": lambda client: client.describe_environment_resources(EnvironmentName="web1"),
}
SENTENCES = dict.fromkeys(CALLS, WHEN_READY) | {
    "RebuildEnvironment": WHEN_READY | {"Terminated": DONE},
    "AbortEnvironmentUpdate": dict.fromkeys(STATUSES, NOTHING_TO_ABORT) | {"Updating": DONE, "Terminated": ABSENT},
    "TerminateEnvironment": dict.fromkeys(STATUSES, DEPLOYING)
    | {"Launching": CREATING, "Ready": DONE, "Terminating": TERMINATING, "Terminated": ABSENT},
    "DescribeEnvironmentResources": ALWAYS,
    "UpdateTagsForResource": {
        operation: outcome for operation, outcome in WHEN_READY.items() if outcome != ABSENT
    },  # the ARN is not found then
}
WALL = [
    (name, status, sentence)
    for name, row in SENTENCES.items()
    if name.partition(",")[0] in HANDLERS
    for status, sentence in row.items()
]


@pytest.fixture
def in_state(shop, launch, create):
    """`in_state(status)` gives an environment `web1` of that status."""

    def in_state(status):
        moulded(shop, f"web1 is {status}", lambda: bring(status))

    def bring(status):
        launch("web2", OptionSettings=[SINGLE])
        if status == "Launching":
            create("web1", OptionSettings=[SINGLE])
            return
        launch("web1", OptionSettings=[SINGLE])
        if status != "Ready":
            ENTERED[status](shop)

    return in_state


def updated(shop):
    shop.client.update_environment(EnvironmentName="web1", VersionLabel="v2")


def terminating(shop):
    shop.client.terminate_environment(EnvironmentName="web1")


def terminated(shop):
    terminating(shop)
    shop.until("web1", "Terminated")


def put(status):
    """Into a status that a request alone does not bring, in the middle of an update."""

    def enter(shop):
        updated(shop)
        world = shop.store.world(ACCOUNT, REGION)
        world.commit(Change(puts=(replace(world.environment_named("web1"), status=status),)))

    return enter


ENTERED = {
    "Updating": updated,
    "Terminating": terminating,
    "Terminated": terminated,
    **{status: put(status) for status in ("Aborting", "LinkingFrom", "LinkingTo")},
}


@pytest.mark.parametrize(("name", "status", "sentence"), WALL)
def test_what_is_said_in_a_state(shop, in_state, name, status, sentence):
    in_state(status)
    before = shop.events()
    if sentence is None:
        CALLS[name](shop.client)
        return
    with pytest.raises(ClientError) as caught:
        CALLS[name](shop.client)
    assert caught.value.response["Error"] == {"Type": "Sender", "Code": "InvalidParameterValue", "Message": sentence}
    assert shop.events() == before
