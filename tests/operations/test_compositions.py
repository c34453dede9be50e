"""ComposeEnvironments: groups of environments, from the manifests of their versions."""

import pytest

from environments import STACK, describe
from mould import moulded
from operations.compositions import NO_MANIFEST, SINGLE, WORKER, compose, property_of, statuses
from options import PROPERTIES


@pytest.mark.shows("ComposeEnvironments", "success")
def test_a_group_is_created_the_linked_ones_first(shop, group):
    answer = compose(shop, "front", "back", "jobs")
    assert answer.keys() == {"Environments", "ResponseMetadata"}
    front, back, jobs = answer["Environments"]
    assert [environment["EnvironmentName"] for environment in (front, back, jobs)] == [
        "front-dev",
        "back-dev",
        "jobs-dev",
    ]
    assert {environment["Status"] for environment in (front, back, jobs)} == {"Launching"}
    assert [environment["VersionLabel"] for environment in (front, back, jobs)] == ["front", "back", "jobs"]
    assert [environment["SolutionStackName"] for environment in (front, back, jobs)] == [STACK] * 3
    assert front["CNAME"] == "front-shop-dev.us-east-1.elasticbeanstalk.com"
    assert not {"CNAME"} & (back.keys() | jobs.keys())
    assert jobs["Tier"] == {"Name": "Worker", "Type": "SQS/HTTP", "Version": "1.0"}
    assert front["EnvironmentLinks"] == [
        {"LinkName": "JOBS", "EnvironmentName": "jobs-dev"},
        {"LinkName": "BACK", "EnvironmentName": "back-dev"},
    ]
    shop.until_ready("back-dev")
    assert [event.message for event in shop.events("front-dev")] == ["createEnvironment is starting."]
    shop.until("front-dev", "LinkingFrom")
    assert statuses(shop) == {"front-dev": "LinkingFrom", "back-dev": "LinkingTo", "jobs-dev": "LinkingTo"}
    shop.until("front-dev", "Launching")
    shop.advance(0.001)
    assert statuses(shop) == {"front-dev": "Launching", "back-dev": "Ready", "jobs-dev": "Ready"}
    shop.until_ready("front-dev")
    assert property_of(shop, "front-dev", "BACK") == describe(shop, "back-dev")["CNAME"]
    queues = shop.client.describe_environment_resources(EnvironmentName="jobs-dev")["EnvironmentResources"]["Queues"]
    assert property_of(shop, "front-dev", "JOBS") == queues[0]["URL"]
    mine = shop.client.describe_events(RequestId=answer["ResponseMetadata"]["RequestId"])["Events"]
    assert {environment["EnvironmentName"] for environment in mine} == {"front-dev", "back-dev", "jobs-dev"}
    assert mine[0]["Message"] == "Successfully launched environment: front-dev"


@pytest.mark.shows("ComposeEnvironments", "success")
def test_what_is_there_already_is_updated(shop, group, bundled):
    compose(shop, "front", "back", "jobs")
    shop.until_ready("front-dev")
    shop.advance(120)
    before = {name: describe(shop, name) for name in statuses(shop)}
    colour = (PROPERTIES, "COLOUR", "green")
    bundled("front-2", "front+", links={"BACK": "back+", "MAIL": "mail+"}, options=[colour])
    bundled("back-2", "back+")
    bundled("mail", "mail+", tier=WORKER)
    answer = compose(shop, "front-2", "back-2", "mail")
    assert [environment["Status"] for environment in answer["Environments"]] == ["Updating", "Updating", "Launching"]
    assert describe(shop, "front-dev")["AbortableOperationInProgress"] is False
    shop.until_ready("mail-dev")
    shop.until("front-dev", "Updating")
    shop.until_ready("front-dev")
    after = describe(shop, "front-dev")
    assert after["VersionLabel"] == "front-2"
    assert after["CNAME"] == before["front-dev"]["CNAME"]
    assert [link["LinkName"] for link in after["EnvironmentLinks"]] == ["BACK", "MAIL"]
    assert property_of(shop, "front-dev", "COLOUR") == "green"
    assert property_of(shop, "front-dev", "MAIL").startswith("https://sqs.")
    assert describe(shop, "back-dev")["VersionLabel"] == "back-2"
    assert describe(shop, "jobs-dev")["VersionLabel"] == "jobs"
    ours = shop.client.describe_events(RequestId=answer["ResponseMetadata"]["RequestId"])["Events"]
    assert {event["Message"] for event in ours if "starting" in event["Message"]} == {
        "Environment update is starting.",
        "createEnvironment is starting.",
    }


def test_names_without_a_plus_need_no_group(shop, bundled):
    bundled("solo", "solo-web", cname="solo-shop")
    answer = shop.client.compose_environments(ApplicationName="shop", VersionLabels=["solo", "solo"])
    assert [environment["EnvironmentName"] for environment in answer["Environments"]] == ["solo-web"]
    shop.until_ready("solo-web")
    assert describe(shop, "solo-web")["CNAME"] == "solo-shop.us-east-1.elasticbeanstalk.com"


def test_a_link_may_lead_out_of_the_group(shop, launch, create, bundled):
    launch("ready")
    create("slow", OptionSettings=[])
    bundled("front", "front", links={"READY": "ready", "SLOW": "slow"})
    compose(shop, "front")
    shop.until("front", "LinkingFrom")
    assert statuses(shop) == {"front": "LinkingFrom", "ready": "LinkingTo", "slow": "LinkingTo"}
    shop.until_ready("front")
    assert property_of(shop, "front", "SLOW") == describe(shop, "slow")["CNAME"]


def test_a_target_that_is_busy_is_linked_to_and_left_to_its_work(shop, launch, bundled):
    launch("back")
    bundled("front", "front", links={"BACK": "back"})
    shop.client.update_environment(EnvironmentName="back", VersionLabel="v2")
    compose(shop, "front")
    shop.until("front", "LinkingFrom")
    assert statuses(shop) == {"front": "LinkingFrom", "back": "Updating"}
    shop.until_ready("back")
    shop.until_ready("front")
    assert describe(shop, "back")["VersionLabel"] == "v2"


def test_a_chain_of_links_is_built_from_its_end(shop, bundled):
    names = ["aaaa", "bbbb", "cccc", "dddd"]
    for name, target in zip(names, [*names[1:], None], strict=True):
        bundled(name, name, links={"NEXT": target} if target else {}, options=[SINGLE])
    compose(shop, *names)
    for name in reversed(names):
        assert statuses(shop)[name] != "Ready"
        shop.until_ready(name)
        shop.advance(10)
    launched_names = [
        event.environment_name for event in shop.events() if event.message.startswith("Successfully launched")
    ]
    assert launched_names == ["dddd", "cccc", "bbbb", "aaaa"]


def test_a_group_can_be_composed_by_creating_one_after_the_other(shop, group):
    make = shop.client.create_environment
    make(ApplicationName="shop", GroupName="dev", VersionLabel="back")
    make(ApplicationName="shop", GroupName="dev", VersionLabel="jobs")
    answer = make(ApplicationName="shop", GroupName="dev", VersionLabel="front", CNAMEPrefix="mine")
    assert (answer["EnvironmentName"], answer["SolutionStackName"]) == ("front-dev", STACK)
    assert answer["CNAME"] == "mine.us-east-1.elasticbeanstalk.com"
    shop.until("front-dev", "LinkingFrom")
    shop.until_ready("front-dev")
    assert property_of(shop, "front-dev", "BACK") == describe(shop, "back-dev")["CNAME"]


def test_what_waits_is_seen_to_by_health_as_ever(shop, group, bundled):
    compose(shop, "front", "back", "jobs")
    shop.until_ready("front-dev")
    assert describe(shop, "front-dev")["HealthStatus"] == "Ok"
    bundled("mail", "mail+", tier=WORKER)
    bundled("front-2", "front+", links={"MAIL": "mail+"})
    compose(shop, "front-2", "mail")
    shop.advance(90)
    assert describe(shop, "front-dev")["Status"] == "Updating"
    assert describe(shop, "front-dev")["HealthStatus"] == "Info"
    shop.until_ready("front-dev")


def test_the_tier_of_a_manifest_is_read_as_a_requests_is(shop, bundled, refused):
    bundled("jobs", "jobs+", tier=("Worker", "SQS/HTTP", ""))
    bundled("oaks", "oaks+", tier=("Oak", "Standard", "1.0"))
    with refused("InvalidParameterValue", "Environment tier definition not found"):
        compose(shop, "oaks")
    assert compose(shop, "jobs")["Environments"][0]["Tier"]["Version"] == "1.0"


@pytest.mark.shows("ComposeEnvironments", "errors")
@pytest.mark.parametrize(
    ("parameters", "code", "sentence"),
    [
        ({"ApplicationName": None}, "MissingRequiredParameter", "ApplicationName must be specified."),
        ({"VersionLabels": None}, "MissingRequiredParameter", "VersionLabels must be specified."),
        ({"VersionLabels": []}, "MissingRequiredParameter", "VersionLabels must be specified."),
        ({"GroupName": None}, "MissingRequiredParameter", "GroupName must be specified."),
        ({"ApplicationName": "nobody"}, "InvalidParameterValue", "No Application named 'nobody' found."),
        ({"VersionLabels": ["back", "v9"]}, "InvalidParameterValue", "No Application Version named 'v9' found."),
        (
            {"VersionLabels": ["back", "v1"]},
            "InvalidParameterValue",
            NO_MANIFEST.format("v1", "no object store is configured, so source bundles are not looked into"),
        ),
        (
            {"VersionLabels": ["nameless"]},
            "InvalidParameterValue",
            NO_MANIFEST.format("nameless", "EnvironmentName is missing"),
        ),
        (
            {"VersionLabels": ["long"]},
            "InvalidParameterValue",
            NO_MANIFEST.format("long", "EnvironmentName must be 4 to 40 characters long"),
        ),
        (
            {"VersionLabels": ["short"]},
            "InvalidParameterValue",
            NO_MANIFEST.format("short", "CName must be 4 to 63 characters long"),
        ),
        *(
            (
                {"VersionLabels": [label]},
                "InvalidParameterValue",
                NO_MANIFEST.format(label, "the key of a tag must be 1 to 128 characters long"),
            )
            for label in ("keyed", "keyless")
        ),
        (
            {"VersionLabels": ["valued"]},
            "InvalidParameterValue",
            NO_MANIFEST.format("valued", "the value of a tag must be at most 256 characters long"),
        ),
        (
            {"VersionLabels": ["back", "reserved"]},
            "InvalidParameterValue",
            "Tag key 'aws:k' is reserved by AWS and cannot be added, changed or removed.",
        ),
        ({"VersionLabels": ["back", "again"]}, "InvalidParameterValue", "Environment back-dev already exists."),
        ({"VersionLabels": ["taken"]}, "InvalidParameterValue", "Environment other-dev already exists."),
        (
            {"VersionLabels": ["stackless"]},
            "InvalidParameterValue",
            "Unable to determine base for template pack (no solution stack)",
        ),
        ({"VersionLabels": ["beos"]}, "InvalidParameterValue", "No Solution Stack named 'BeOS' found."),
        (
            {"VersionLabels": ["named"]},
            "InvalidParameterValue",
            "Value my_env at 'EnvironmentName' failed to satisfy constraint: Member must contain only letters, digits, "
            "and the dash character and may not start or end with a dash",
        ),
        (
            {"VersionLabels": ["front"]},
            "InvalidParameterValue",
            "No Environment found for EnvironmentName = 'back-dev'.",
        ),
        (
            {"VersionLabels": ["ping", "pong"]},
            "InvalidParameterValue",
            "Environment links must not form a circle: ping-dev, pong-dev, ping-dev",
        ),
        (
            {"VersionLabels": ["selfish"]},
            "InvalidParameterValue",
            "Environment links must not form a circle: selfish, selfish",
        ),
        ({"VersionLabels": ["cnamed"]}, "InvalidParameterValue", "Environment does not support a cname"),
        (
            {"VersionLabels": ["held"]},
            "InvalidParameterValue",
            "DNS name (held.us-east-1.elasticbeanstalk.com) is not available.",
        ),
        ({"VersionLabels": ["tiered"]}, "InvalidParameterValue", "Cannot change environment tier"),
        (
            {"VersionLabels": ["unknown"]},
            "ConfigurationValidationException",
            "Configuration validation exception: Invalid option specification (Namespace: 'aws:nothing', OptionName: "
            "'Nothing'): Unknown configuration setting.",
        ),
    ],
)
def test_a_refusal_leaves_nothing_behind(shop, create, bundled, refused, parameters, code, sentence):
    moulded(shop, "wrong versions", lambda: make_wrong_versions(shop, create, bundled))
    before, there = shop.events(), statuses(shop)
    request = {"ApplicationName": "shop", "GroupName": "dev", "VersionLabels": ["back"]} | parameters
    with refused(code, sentence):
        shop.client.compose_environments(
            **{name: parameter for name, parameter in request.items() if parameter is not None}
        )
    assert shop.events() == before
    assert statuses(shop) == there


def make_wrong_versions(shop, create, bundled):
    """Beside one that is right, a version for each way to be refused, and environments that are in the way."""
    shop.client.create_application_version(ApplicationName="other", VersionLabel="v1", AutoCreateApplication=True)
    create("other-dev", ApplicationName="other", CNAMEPrefix="held")
    create("there-dev")
    bundled("back", "back+")
    bundled("again", "back-dev")
    bundled("taken", "other+")
    bundled("nameless", None)
    bundled("long", "x" * 38 + "+")
    bundled("short", "short+", cname="abc")
    bundled("keyed", "keyed+", manifest_tags={"k" * 129: "v"})
    bundled("keyless", "keyed+", manifest_tags={"": "v"})
    bundled("valued", "keyed+", manifest_tags={"k": "v" * 257})
    bundled("reserved", "keyed+", manifest_tags={"aws:k": "v"})
    bundled("stackless", "solo+", stack=None)
    bundled("beos", "solo+", stack="BeOS")
    bundled("named", "my_env")
    bundled("front", "front+", links={"BACK": "back+"})
    bundled("ping", "ping+", links={"PONG": "pong+"})
    bundled("pong", "pong+", links={"PING": "ping+"})
    bundled("selfish", "selfish", links={"SELF": "selfish"})
    bundled("cnamed", "jobs+", tier=WORKER, cname="jobs+")
    bundled("held", "held+", cname="held")
    bundled("tiered", "there+", tier=WORKER)
    bundled("unknown", "unknown+", options=[("aws:nothing", "Nothing", "1")])
    shop.until_ready("there-dev")
