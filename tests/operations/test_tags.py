"""Tags: of every kind of resource, listed and changed, and their limits, at creation too."""

import pytest

from beanpole.model.applications.template import ConfigurationTemplate
from beanpole.model.changes.change import Change
from beanpole.testing import ACCOUNT, REGION
from environments import STACK
from mould import moulded
from options import SINGLE

OWN = f"arn:aws:elasticbeanstalk:us-east-1:{ACCOUNT}"
APPLICATION = f"{OWN}:application/shop"
VERSION = f"{OWN}:applicationversion/shop/v1"
TEMPLATE = f"{OWN}:configurationtemplate/shop/saved"
ENVIRONMENT = f"{OWN}:environment/shop/web1"
PLATFORM = f"{OWN}:platform/NodeJS/1.0.0"
ALL = [APPLICATION, VERSION, TEMPLATE, ENVIRONMENT, PLATFORM]
AT_ONCE = [APPLICATION, VERSION, TEMPLATE, PLATFORM]
MUST_BE_READY = "Environment named web1 is in an invalid state for this operation. Must be Ready."
BUNDLE = {"S3Bucket": "definitions", "S3Key": "nodejs.zip"}


@pytest.fixture
def world(shop):
    """The shop with one resource of each kind."""
    moulded(shop, "one of each kind", lambda: make_one_of_each_kind(shop))
    return shop


def make_one_of_each_kind(shop):
    own = shop.store.world(ACCOUNT, REGION)
    own.commit(Change(puts=(ConfigurationTemplate("shop", "saved", TEMPLATE, shop.now, shop.now),)))
    shop.client.create_platform_version(PlatformName="NodeJS", PlatformVersion="1.0.0", PlatformDefinitionBundle=BUNDLE)
    shop.client.create_environment(
        ApplicationName="shop", EnvironmentName="web1", SolutionStackName=STACK, OptionSettings=[SINGLE]
    )
    shop.advance(1200)


def pairs(**tags):
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def many(number, first=0):
    return [{"Key": f"key{index}", "Value": "1"} for index in range(first, first + number)]


def tags(world, arn):
    answer = world.client.list_tags_for_resource(ResourceArn=arn)
    return {tag["Key"]: tag["Value"] for tag in answer["ResourceTags"]}


def users(world, arn):
    own = ("elasticbeanstalk:environment-id", "elasticbeanstalk:environment-name", "Name")
    return {key: value for key, value in tags(world, arn).items() if arn != ENVIRONMENT or key not in own}


def update(world, arn, add=(), remove=()):
    world.client.update_tags_for_resource(ResourceArn=arn, TagsToAdd=list(add), TagsToRemove=list(remove))
    if arn == ENVIRONMENT:
        world.until_ready("web1")


@pytest.mark.shows("ListTagsForResource", "success")
@pytest.mark.shows("UpdateTagsForResource", "success")
@pytest.mark.parametrize("arn", ALL)
def test_tags_are_added_changed_and_removed(world, arn):
    assert users(world, arn) == {}
    update(world, arn, pairs(team="blue", stage="test", zone="z"))
    assert users(world, arn) == {"team": "blue", "stage": "test", "zone": "z"}
    update(world, arn, pairs(team="green", cost="1"), ["stage", "nobody"])
    assert users(world, arn) == {"team": "green", "zone": "z", "cost": "1"}
    update(world, arn, remove=["team", "zone", "cost"])
    assert users(world, arn) == {}


@pytest.mark.shows("ListTagsForResource", "success")
def test_tags_are_listed_by_key_with_the_services_own(world):
    update(world, ENVIRONMENT, pairs(zone="z", alpha="a", team="blue"))
    answer = world.client.list_tags_for_resource(ResourceArn=ENVIRONMENT)
    assert answer.keys() == {"ResourceArn", "ResourceTags", "ResponseMetadata"}
    assert answer["ResourceArn"] == ENVIRONMENT
    id_ = world.client.describe_environments()["Environments"][0]["EnvironmentId"]
    assert [(tag["Key"], tag["Value"]) for tag in answer["ResourceTags"]] == [
        ("Name", "web1"),
        ("alpha", "a"),
        ("elasticbeanstalk:environment-id", id_),
        ("elasticbeanstalk:environment-name", "web1"),
        ("team", "blue"),
        ("zone", "z"),
    ]


@pytest.mark.shows("UpdateTagsForResource", "success")
@pytest.mark.parametrize("arn", AT_ONCE)
def test_elsewhere_nothing_is_told_and_nobody_waits(world, arn):
    before = world.events()
    answer = world.client.update_tags_for_resource(ResourceArn=arn, TagsToAdd=pairs(team="blue"))
    assert answer.keys() == {"ResponseMetadata"}
    assert tags(world, arn) == {"team": "blue"}
    assert world.events() == before


@pytest.mark.shows("UpdateTagsForResource", "success")
@pytest.mark.shows("UpdateTagsForResource", "states")
def test_an_environment_is_updated_for_its_tags(world, refused):
    before = world.client.describe_environments()["Environments"][0]
    answer = world.client.update_tags_for_resource(ResourceArn=ENVIRONMENT, TagsToAdd=pairs(team="blue"))
    environment = world.client.describe_environments()["Environments"][0]
    assert (environment["Status"], environment["AbortableOperationInProgress"]) == ("Updating", False)
    assert (environment["Health"], environment["HealthStatus"]) == (before["Health"], before["HealthStatus"])
    assert users(world, ENVIRONMENT) == {}
    for call in (
        lambda: world.client.update_environment(EnvironmentName="web1", VersionLabel="v2"),
        lambda: world.client.update_tags_for_resource(ResourceArn=ENVIRONMENT, TagsToAdd=pairs(team="green")),
    ):
        with refused("InvalidParameterValue", MUST_BE_READY):
            call()
    world.until_ready("web1")
    assert users(world, ENVIRONMENT) == {"team": "blue"}
    request_id = answer["ResponseMetadata"]["RequestId"]
    events = world.client.describe_events(RequestId=request_id)["Events"]
    assert [(tag["Severity"], tag["EnvironmentName"], tag["Message"]) for tag in events] == [
        ("INFO", "web1", "Environment tag update completed successfully."),
        ("INFO", "web1", "Environment tag update is starting."),
    ]
    world.client.update_environment(EnvironmentName="web1", VersionLabel="v2")
    world.until_ready("web1")
    assert users(world, ENVIRONMENT) == {"team": "blue"}


@pytest.mark.shows("UpdateTagsForResource", "states")
def test_an_environment_that_is_not_ready_is_not_tagged(shop, create, refused):
    create("web1", OptionSettings=[SINGLE])
    assert tags(shop, ENVIRONMENT)["Name"] == "web1"
    with refused("InvalidParameterValue", MUST_BE_READY):
        update(shop, ENVIRONMENT, pairs(team="blue"))
    shop.until_ready("web1")
    shop.client.terminate_environment(EnvironmentName="web1")
    with refused("InvalidParameterValue", MUST_BE_READY):
        update(shop, ENVIRONMENT, pairs(team="blue"))
    shop.until("web1", "Terminated")
    for call in (lambda: update(shop, ENVIRONMENT, pairs(team="blue")), lambda: tags(shop, ENVIRONMENT)):
        with refused("ResourceNotFoundException", f"Resource not found for ARN '{ENVIRONMENT}'."):
            call()


@pytest.mark.shows("UpdateTagsForResource", "states")
def test_what_is_on_its_way_is_not_tagged(world, refused):
    def busy(arn):
        sentence = (
            f"Unable to update the tags of {arn}. An operation is already in progress, please retry again shortly."
        )
        with refused("OperationInProgressFailure", sentence):
            update(world, arn, pairs(team="blue"))

    world.client.delete_platform_version(PlatformArn=PLATFORM)
    busy(PLATFORM)
    world.client.create_platform_version(
        PlatformName="NodeJS", PlatformVersion="2.0.0", PlatformDefinitionBundle=BUNDLE
    )
    busy(f"{OWN}:platform/NodeJS/2.0.0")
    world.client.delete_application(ApplicationName="shop", TerminateEnvByForce=True)
    busy(APPLICATION)


@pytest.mark.shows("ListTagsForResource", "states")
def test_tags_are_listed_in_any_state(world):
    world.client.create_platform_version(
        PlatformName="NodeJS", PlatformVersion="2.0.0", PlatformDefinitionBundle=BUNDLE, Tags=pairs(team="blue")
    )
    assert tags(world, f"{OWN}:platform/NodeJS/2.0.0") == {"team": "blue"}
    world.client.delete_application(ApplicationName="shop", TerminateEnvByForce=True)
    assert tags(world, ENVIRONMENT)["Name"] == "web1"
    assert tags(world, APPLICATION) == {}


NOT_THERE = "Resource not found for ARN '{arn}'."
NOT_SUPPORTED = "Resource type is not supported for ARN '{arn}'."
NO_ARN = "Value {arn} at 'ResourceArn' failed to satisfy constraint: Member must be an ARN"


@pytest.mark.shows("ListTagsForResource", "errors")
@pytest.mark.shows("UpdateTagsForResource", "errors")
@pytest.mark.parametrize(
    ("arn", "code", "sentence"),
    [
        (f"{OWN}:application/nobody", "ResourceNotFoundException", NOT_THERE),
        (f"{OWN}:applicationversion/shop/v9", "ResourceNotFoundException", NOT_THERE),
        (f"{OWN}:applicationversion/shop", "ResourceNotFoundException", NOT_THERE),
        (f"{OWN}:configurationtemplate/shop/nobody", "ResourceNotFoundException", NOT_THERE),
        (f"{OWN}:environment/shop/nobody", "ResourceNotFoundException", NOT_THERE),
        (f"{OWN}:environment/other/web1", "ResourceNotFoundException", NOT_THERE),
        (f"{OWN}:environment/shop/", "ResourceNotFoundException", NOT_THERE),
        (f"{OWN}:platform/NodeJS/9.0.0", "ResourceNotFoundException", NOT_THERE),
        (APPLICATION.replace("us-east-1", "eu-west-1"), "ResourceNotFoundException", NOT_THERE),
        (APPLICATION.replace(ACCOUNT, "000000000001"), "ResourceNotFoundException", NOT_THERE),
        (APPLICATION.replace("arn:aws:", "arn:aws-cn:"), "ResourceNotFoundException", NOT_THERE),
        ("arn:aws:s3:::bucket", "ResourceTypeNotSupportedException", NOT_SUPPORTED),
        (f"{OWN}:solutionstack/{STACK}", "ResourceTypeNotSupportedException", NOT_SUPPORTED),
        (
            "arn:aws:elasticbeanstalk:us-east-1::platform/Python 3.14 running on 64bit Amazon Linux 2023/4.13.7",
            "ResourceTypeNotSupportedException",
            NOT_SUPPORTED,
        ),
        ("shop", "InvalidParameterValue", NO_ARN),
        ("", "InvalidParameterValue", NO_ARN),
        ("arn:aws:elasticbeanstalk", "InvalidParameterValue", NO_ARN),
        (f"{OWN}:", "InvalidParameterValue", NO_ARN),
        ("urn:aws:elasticbeanstalk:us-east-1:1:application/shop", "InvalidParameterValue", NO_ARN),
    ],
)
def test_a_resource_that_is_not_there_or_is_none(world, refused, arn, code, sentence):
    for call in (lambda: tags(world, arn), lambda: update(world, arn, pairs(team="blue"))):
        with refused(code, sentence.format(arn=arn)):
            call()


@pytest.mark.shows("ListTagsForResource", "errors")
@pytest.mark.shows("UpdateTagsForResource", "errors")
def test_a_resource_that_is_not_named(beanstalk):
    http = beanstalk.app.test_client()
    for action in ("ListTagsForResource", "UpdateTagsForResource"):
        answer = http.post("/", data={"Action": action})
        assert answer.status_code == 400
        assert b"<Code>ValidationError</Code>" in answer.data
        assert b"Value null at 'resourceArn' failed to satisfy constraint: Member must not be null" in answer.data


RESERVED = "Tag key '{key}' is reserved by AWS and cannot be added, changed or removed."


@pytest.mark.shows("UpdateTagsForResource", "errors")
@pytest.mark.parametrize("arn", [APPLICATION, ENVIRONMENT])
@pytest.mark.parametrize(
    ("add", "remove", "code", "sentence"),
    [
        ([], [], "MissingRequiredParameter", "At least one of TagsToAdd and TagsToRemove must be specified."),
        (pairs(**{"aws:team": "x"}), [], "InvalidParameterValue", RESERVED.format(key="aws:team")),
        (pairs(**{"AWS:team": "x"}), [], "InvalidParameterValue", RESERVED.format(key="AWS:team")),
        (
            pairs(**{"elasticbeanstalk:environment-name": "x"}),
            [],
            "InvalidParameterValue",
            RESERVED.format(key="elasticbeanstalk:environment-name"),
        ),
        (
            [],
            ["elasticbeanstalk:environment-id"],
            "InvalidParameterValue",
            RESERVED.format(key="elasticbeanstalk:environment-id"),
        ),
        (
            pairs(team="blue"),
            ["team"],
            "InvalidParameterCombination",
            "Tag key 'team' cannot be specified in both TagsToAdd and TagsToRemove.",
        ),
        (
            [*pairs(team="blue"), *pairs(team="green")],
            [],
            "InvalidParameterValue",
            "Tag key 'team' is specified more than once.",
        ),
        ([{"Value": "blue"}], [], "InvalidParameterValue", "A tag must have a key."),
    ],
)
def test_tags_that_cannot_be_asked_for(world, refused, arn, add, remove, code, sentence):
    before = tags(world, arn)
    with refused(code, sentence):
        update(world, arn, add, remove)
    assert tags(world, arn) == before


@pytest.mark.shows("UpdateTagsForResource", "errors")
def test_the_name_of_an_environment_is_the_services_own(world, refused):
    for pair in ({"add": pairs(Name="mine")}, {"remove": ["Name"]}):
        with refused("InvalidParameterValue", RESERVED.format(key="Name")):
            update(world, ENVIRONMENT, **pair)
    update(world, APPLICATION, pairs(Name="mine"))
    assert tags(world, APPLICATION) == {"Name": "mine"}


@pytest.mark.shows("UpdateTagsForResource", "errors")
def test_the_name_of_an_application_version_is_reserved(world, refused):
    with refused("InvalidParameterValue", RESERVED.format(key="Name")):
        update(world, VERSION, pairs(Name="mine"))
    with refused("InvalidParameterValue", RESERVED.format(key="Name")):
        world.client.create_application_version(ApplicationName="shop", VersionLabel="named", Tags=pairs(Name="mine"))


@pytest.mark.shows("UpdateTagsForResource", "errors")
@pytest.mark.parametrize(("arn", "most"), [(ENVIRONMENT, 47), *((operation, 50) for operation in AT_ONCE)])
def test_there_are_only_so_many_tags(world, refused, arn, most):
    update(world, arn, many(most))
    assert len(users(world, arn)) == most
    with refused("TooManyTagsException", f"The number of tags exceeds the limit of {most}."):
        update(world, arn, pairs(one="more"))
    update(world, arn, pairs(key0="2"))
    update(world, arn, pairs(one="more"), ["key1"])
    assert len(users(world, arn)) == most


@pytest.mark.shows("UpdateTagsForResource", "errors")
def test_keys_and_values_have_their_lengths(world, refused):
    long = "k" * 129
    with refused(
        "ValidationError",
        f"1 validation error detected: Value '{long}' at 'tagsToAdd.1.member.key' failed to satisfy constraint: "
        "Member must have length less than or equal to 128",
    ):
        update(world, APPLICATION, pairs(**{long: "v"}))
    with refused(
        "ValidationError",
        f"1 validation error detected: Value '[{long}]' at 'tagsToRemove' failed to satisfy constraint: Member must "
        "satisfy constraint: [Member must have length less than or equal to 128, Member must have length greater than "
        "or equal to 1]",
    ):
        update(world, APPLICATION, remove=[long])


def test_a_tag_may_have_no_value(world):
    update(world, APPLICATION, [{"Key": "team"}])
    assert tags(world, APPLICATION) == {"team": ""}


CREATIONS = {
    "CreateApplication": (lambda client, **more: client.create_application(ApplicationName="other", **more), 50),
    "CreateApplicationVersion": (
        lambda client, **more: client.create_application_version(ApplicationName="shop", VersionLabel="v3", **more),
        50,
    ),
    "CreatePlatformVersion": (
        lambda client, **more: client.create_platform_version(
            PlatformName="Rust", PlatformVersion="1.0.0", PlatformDefinitionBundle=BUNDLE, **more
        ),
        50,
    ),
    "CreateEnvironment": (
        lambda client, **more: client.create_environment(
            ApplicationName="shop", EnvironmentName="web2", SolutionStackName=STACK, **more
        ),
        47,
    ),
}


@pytest.mark.parametrize("operation", CREATIONS)
def test_tags_at_creation_are_checked_the_same_way(shop, refused, operation):
    create, most = CREATIONS[operation]
    for request, code, sentence in (
        (many(most + 1), "TooManyTagsException", f"The number of tags exceeds the limit of {most}."),
        (pairs(**{"aws:team": "x"}), "InvalidParameterValue", RESERVED.format(key="aws:team")),
        (pairs(**{"elasticbeanstalk:x": "x"}), "InvalidParameterValue", RESERVED.format(key="elasticbeanstalk:x")),
        (
            [*pairs(team="blue"), *pairs(team="blue")],
            "InvalidParameterValue",
            "Tag key 'team' is specified more than once.",
        ),
        ([{"Value": "blue"}], "InvalidParameterValue", "A tag must have a key."),
    ):
        with refused(code, sentence):
            create(shop.client, Tags=request)
    create(shop.client, Tags=many(most))
