"""Two accounts and two regions see nothing of each other: a full world changes no answer that a stranger gets.

The operations are those that there are, and what they are asked is made from the spec: nothing at all, everything that
is required, and each other member alone, all naming what the full world has.
"""

import pytest
from botocore.exceptions import ClientError

from beanpole.operations import HANDLERS
from beanpole.testing import ACCOUNT, REGION
from beanpole.wire import spec
from environments import STACK
from mould import moulded
from operations.refreshed import REFRESHED
from options import COMMAND, SINGLE, option

OTHERS = [(REGION, "222222222222"), ("eu-west-1", ACCOUNT)]
READING = sorted(name for name, handler in HANDLERS.items() if handler.reads)
OPTION = option(COMMAND, "Timeout", "900")
SCALARS = {"boolean": True, "integer": 1, "timestamp": 0}


@pytest.fixture
def full(shop, launch):
    """A world in which something of every kind that can be made has happened."""
    moulded(shop, "full", lambda: fill(shop, launch))
    return shop, names(shop)


def fill(shop, launch):
    launch("web1", CNAMEPrefix="front", OptionSettings=[SINGLE, *REFRESHED], Tags=[{"Key": "team", "Value": "blue"}])
    launch("gone", OptionSettings=[SINGLE])
    shop.client.terminate_environment(EnvironmentName="gone")
    shop.until("gone", "Terminated")
    client, bundle = shop.client, {"S3Bucket": "bundles", "S3Key": "platform.zip"}
    client.create_configuration_template(ApplicationName="shop", TemplateName="saved", SolutionStackName=STACK)
    client.create_platform_version(PlatformName="web1", PlatformVersion="1.0.0", PlatformDefinitionBundle=bundle)
    client.request_environment_info(EnvironmentName="web1", InfoType="tail")
    (refresh,) = client.describe_environment_managed_actions(EnvironmentName="web1")["ManagedActions"]
    client.apply_environment_managed_action(EnvironmentName="web1", ActionId=refresh["ActionId"])
    shop.advance(3600)


def names(shop):
    """The members by which requests name what is in the full world."""
    (environment,) = shop.client.describe_environments(EnvironmentNames=["web1"])["Environments"]
    return {
        "ApplicationName": "shop",
        "ApplicationNames": ["shop"],
        "EnvironmentName": "web1",
        "EnvironmentNames": ["web1", "gone"],
        "EnvironmentId": environment["EnvironmentId"],
        "EnvironmentIds": [environment["EnvironmentId"]],
        "VersionLabel": "v1",
        "VersionLabels": ["v1"],
        "TemplateName": "saved",
        "CNAMEPrefix": "front",
        "ResourceArn": environment["EnvironmentArn"],
        "PlatformArn": environment["PlatformArn"],
        "SolutionStackName": STACK,
        "RequestId": shop.events()[-1].request_id,
        "AttributeNames": ["All"],
        "InfoType": "tail",
        "Severity": "INFO",
        "Status": "Scheduled",
        "OptionSettings": [OPTION],
        "Options": [{"Namespace": OPTION["Namespace"], "OptionName": OPTION["OptionName"]}],
    }


def query_of(name, known):
    """Requests of an operation, each naming what is known of the full world."""
    shape = spec.load().operation(name).input
    members = [member for member in shape.members if not member.beyond] if shape else []
    values = {member.name: known.get(member.name, SCALARS.get(member.shape.kind)) for member in members}
    required = {member.name: values[member.name] for member in members if member.required}
    optional = [member.name for member in members if not member.required and values[member.name] is not None]
    return [required, *({**required, member: values[member]} for member in optional)]


def answered(client, name, request):
    """The answer or the refusal, without what differs from call to call."""
    method = (
        "".join(f"_{character.lower()}" if character.isupper() else character for character in name)
        .lstrip("_")
        .replace("_d_n_s", "_dns")
    )
    try:
        answer = getattr(client, method)(**request)
    except ClientError as refusal:
        return refusal.response["Error"]
    return {member: value for member, value in answer.items() if member not in ("ResponseMetadata", "RefreshedAt")}


@pytest.mark.parametrize("name", READING)
def test_a_stranger_sees_the_world_as_if_it_were_empty(full, fresh_world, name):
    world, ids = full
    empty = fresh_world()
    for request in query_of(name, ids):
        for region, account in OTHERS:
            answer = answered(world.clients(region=region, account=account), name, request)
            assert answer == answered(empty.clients(region=region, account=account), name, request), request
            assert "web1" not in str(answer) or "web1" in str(answer.get("Message")), request


def test_a_stranger_may_have_the_same_names(full):
    world, _ = full
    for region, account in OTHERS:
        client = world.clients(region=region, account=account)
        client.create_application(ApplicationName="shop")
        answer = client.create_environment(
            ApplicationName="shop", EnvironmentName="web1", CNAMEPrefix="front", SolutionStackName=STACK
        )
        assert f":{region}:{account}:" in answer["EnvironmentArn"]
    assert [
        environment["Status"]
        for environment in world.client.describe_environments(EnvironmentNames=["web1"])["Environments"]
    ] == ["Ready"]
