"""What DescribeEnvironments, DescribeEnvironmentResources and CheckDNSAvailability show, whatever goes on."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from environments import STACK
from operations.absent import NOBODY
from operations.descriptions import describe_environments, environment_names
from options import ALB, SINGLE, option

NETWORK_BALANCER = ALB | {"Value": "network"}
WORKER = {"Name": "Worker", "Type": "SQS/HTTP"}
ROLE = "arn:aws:iam::123456789012:role/operations"
PLATFORM = "arn:aws:elasticbeanstalk:us-east-1::platform/Python 3.14 running on 64bit Amazon Linux 2023/4.13.7"
KINDS = (
    "AutoScalingGroups",
    "Instances",
    "LaunchConfigurations",
    "LaunchTemplates",
    "LoadBalancers",
    "Triggers",
    "Queues",
)
IN_STACK = r"awseb-{id}-stack-AWSEB{logical}-[A-Za-z0-9]{{12}}"


def resources(world, name="web1"):
    return world.client.describe_environment_resources(EnvironmentName=name)["EnvironmentResources"]


@pytest.mark.shows("DescribeEnvironments", "success")
def test_every_member_that_an_environment_has(shop, launch):
    answer = launch(
        "web1",
        Description="front",
        CNAMEPrefix="front",
        OperationsRole=ROLE,
        OptionSettings=[
            ALB,
            option("aws:elbv2:listener:443", "Protocol", "HTTPS"),
            option("aws:elbv2:listener:443", "SSLCertificateArns", "arn:aws:acm:us-east-1:123456789012:certificate/1"),
        ],
    )
    created = answer["DateCreated"]
    shop.advance(120)
    (environment,) = describe_environments(shop)
    endpoint = environment.pop("EndpointURL")
    updated = environment.pop("DateUpdated")
    assert environment == {
        "EnvironmentName": "web1",
        "EnvironmentId": answer["EnvironmentId"],
        "ApplicationName": "shop",
        "VersionLabel": "v1",
        "SolutionStackName": STACK,
        "PlatformArn": PLATFORM,
        "Description": "front",
        "CNAME": "front.us-east-1.elasticbeanstalk.com",
        "DateCreated": created,
        "Status": "Ready",
        "AbortableOperationInProgress": False,
        "Health": "Green",
        "HealthStatus": "Ok",
        "Tier": {"Name": "WebServer", "Type": "Standard", "Version": "1.0"},
        "EnvironmentLinks": [],
        "EnvironmentArn": "arn:aws:elasticbeanstalk:us-east-1:123456789012:environment/shop/web1",
        "OperationsRole": ROLE,
    }
    assert created < updated < datetime.fromtimestamp(shop.now / 1000, UTC)
    assert re.fullmatch(r"awseb--AWSEB-[A-Za-z0-9]{12}-\d+\.us-east-1\.elb\.amazonaws\.com", endpoint)


@pytest.mark.parametrize(
    "launching", [{}, {"OptionSettings": [ALB]}, {"OptionSettings": [NETWORK_BALANCER]}, {"Tier": WORKER}]
)
def test_no_answer_about_an_environment_has_resources(shop, launch, launching):
    assert "Resources" not in launch("web1", **launching)
    assert "Resources" not in shop.client.update_environment(EnvironmentName="web1", VersionLabel="v2")
    shop.until_ready("web1")
    assert "Resources" not in shop.client.terminate_environment(EnvironmentName="web1")


@pytest.mark.shows("DescribeEnvironments", "errors")
@pytest.mark.parametrize(
    ("parameters", "code", "sentence"),
    [
        ({"NextToken": "nonsense"}, "InvalidParameterValue", "Invalid NextToken: nonsense"),
        (
            {"MaxRecords": 0},
            "ValidationError",
            "1 validation error detected: Value '0' at 'maxRecords' failed to satisfy constraint: Member must have "
            "value greater than or equal to 1",
        ),
        (
            {"MaxRecords": 1001},
            "ValidationError",
            "1 validation error detected: Value '1001' at 'maxRecords' failed to satisfy constraint: Member must have "
            "value less than or equal to 1000",
        ),
        (
            {"EnvironmentNames": ["zzz"]},
            "ValidationError",
            "1 validation error detected: Value '[zzz]' at 'environmentNames' failed to satisfy constraint: Member "
            "must satisfy constraint: [Member must have length less than or equal to 40, Member must have length "
            "greater than or equal to 4]",
        ),
    ],
)
def test_what_cannot_be_asked(unchecked, refused, parameters, code, sentence):
    with refused(code, sentence):
        unchecked.describe_environments(**parameters)


@pytest.mark.shows("DescribeEnvironments", "states")
def test_an_environment_is_listed_whatever_it_is_busy_with(shop, create):
    create("web1", OptionSettings=[SINGLE])
    client = shop.client
    for status, ask in (
        ("Launching", lambda: None),
        ("Updating", lambda: client.update_environment(EnvironmentName="web1", VersionLabel="v2")),
        ("Updating", lambda: client.restart_app_server(EnvironmentName="web1")),
        ("Updating", lambda: client.rebuild_environment(EnvironmentName="web1")),
    ):
        ask()
        assert [environment["Status"] for environment in describe_environments(shop)] == [status]
        shop.until_ready("web1")
    client.terminate_environment(EnvironmentName="web1")
    assert [environment["Status"] for environment in describe_environments(shop, IncludeDeleted=False)] == [
        "Terminating"
    ]
    shop.until("web1", "Terminated")
    assert [environment["Status"] for environment in describe_environments(shop)] == ["Terminated"]
    assert describe_environments(shop, IncludeDeleted=False) == []


def test_the_windows_of_what_is_gone_combine_with_every_filter(shop, launch, create):
    id_ = launch("web1", OptionSettings=[SINGLE])["EnvironmentId"]
    shop.client.terminate_environment(EnvironmentName="web1")
    shop.until("web1", "Terminated")
    shop.advance(timedelta(days=2))
    create("web1", VersionLabel="v2")
    back = {"IncludeDeleted": True, "IncludedDeletedBackTo": shop.now / 1000 - 3 * 86_400}
    assert [
        environment["Status"] for environment in describe_environments(shop, EnvironmentNames=["web1"], **back)
    ] == [
        "Launching",
        "Terminated",
    ]
    assert [
        environment["EnvironmentId"] for environment in describe_environments(shop, EnvironmentIds=[id_], **back)
    ] == [id_]
    assert [environment["Status"] for environment in describe_environments(shop, VersionLabel="v1", **back)] == [
        "Terminated"
    ]
    statuses = [environment["Status"] for environment in describe_environments(shop, ApplicationName="shop", **back)]
    assert statuses == ["Launching", "Terminated"]
    assert describe_environments(shop, ApplicationName="other", **back) == []
    assert environment_names(shop, IncludedDeletedBackTo=0) == ["web1"]
    assert environment_names(shop, IncludeDeleted=True, IncludedDeletedBackTo=shop.now / 1000 + 60) == ["web1"]


@pytest.mark.shows("DescribeEnvironmentResources", "success")
@pytest.mark.parametrize("by", ["Name", "Id"])
def test_every_resource_of_a_classic_fleet(shop, launch, by):
    reply = launch("web1", OptionSettings=[option("aws:autoscaling:asg", "MinSize", "2")])
    key = f"Environment{by}"
    answer = shop.client.describe_environment_resources(**{key: reply[key]})
    assert answer.keys() == {"EnvironmentResources", "ResponseMetadata"}
    described = answer["EnvironmentResources"]
    (group,), (template,) = described.pop("AutoScalingGroups"), described.pop("LaunchTemplates")
    assert re.fullmatch(IN_STACK.format(id=reply["EnvironmentId"], logical="AutoScalingGroup"), group["Name"])
    assert re.fullmatch("lt-[0-9a-f]{17}", template["Id"])
    (balancer,) = described.pop("LoadBalancers")
    assert re.fullmatch("awseb-[0-9A-Za-z-]+", balancer["Name"])
    assert reply["EndpointURL"].startswith(balancer["Name"] + "-")
    instances = described.pop("Instances")
    assert len(instances) == 2
    assert all(re.fullmatch("i-[0-9a-f]{17}", instance["Id"]) for instance in instances)
    assert described == {"EnvironmentName": "web1", "LaunchConfigurations": [], "Triggers": [], "Queues": []}


@pytest.mark.shows("DescribeEnvironmentResources", "success")
def test_a_worker_has_queues(shop, launch):
    launch("jobs", Tier=WORKER)
    queues = resources(shop, "jobs")["Queues"]
    assert [queue["Name"] for queue in queues] == ["WorkerQueue", "WorkerDeadLetterQueue"]
    assert all(queue["URL"].startswith("https://sqs.us-east-1.amazonaws.com/123456789012/awseb-e-") for queue in queues)


@pytest.mark.shows("DescribeEnvironmentResources", "errors")
@pytest.mark.parametrize(
    ("parameters", "code", "sentence"),
    [
        *NOBODY,
    ],
)
def test_what_has_no_resources(shop, refused, parameters, code, sentence):
    with refused(code, sentence):
        shop.client.describe_environment_resources(**parameters)


@pytest.mark.shows("DescribeEnvironmentResources", "states")
def test_resources_come_and_go_with_the_environment(shop, create, refused):
    create("web1")
    empty = {"EnvironmentName": "web1"} | {kind: [] for kind in KINDS}
    assert resources(shop) == empty
    shop.until_ready("web1")
    assert resources(shop)["Instances"]
    shop.client.terminate_environment(EnvironmentName="web1")
    shop.advance(60)
    assert resources(shop)["Instances"] == []
    assert resources(shop)["AutoScalingGroups"]
    shop.advance(100)
    assert resources(shop) == empty
    shop.until("web1", "Terminated")
    with refused("InvalidParameterValue", "No Environment found for EnvironmentName = 'web1'."):
        resources(shop)


@pytest.mark.shows("CheckDNSAvailability", "success")
def test_a_prefix_is_free_or_taken(shop, create):
    answer = shop.client.check_dns_availability(CNAMEPrefix="front")
    answer.pop("ResponseMetadata")
    assert answer == {"Available": True, "FullyQualifiedCNAME": "front.us-east-1.elasticbeanstalk.com"}
    create("web1", CNAMEPrefix="front")
    answer = shop.client.check_dns_availability(CNAMEPrefix="FRONT")
    answer.pop("ResponseMetadata")
    assert answer == {"Available": False, "FullyQualifiedCNAME": "FRONT.us-east-1.elasticbeanstalk.com"}
    china = shop.clients(region="cn-north-1").check_dns_availability(CNAMEPrefix="front")
    assert china["FullyQualifiedCNAME"] == "front.cn-north-1.eb.amazonaws.com.cn"
    assert china["Available"] is True


@pytest.mark.parametrize("prefix", ["a.b.c", "-front", "front-", "fr_nt", "frönt"])
def test_what_nobody_may_have_is_not_available(shop, prefix):
    answer = shop.client.check_dns_availability(CNAMEPrefix=prefix)
    assert answer["Available"] is False
    assert answer["FullyQualifiedCNAME"] == f"{prefix}.us-east-1.elasticbeanstalk.com"


@pytest.mark.shows("CheckDNSAvailability", "errors")
@pytest.mark.parametrize(
    ("parameters", "broken"),
    [
        ({}, "Value null at 'cNAMEPrefix' failed to satisfy constraint: Member must not be null"),
        (
            {"CNAMEPrefix": "abc"},
            "Value 'abc' at 'cNAMEPrefix' failed to satisfy constraint: Member must have length greater than or equal "
            "to 4",
        ),
        (
            {"CNAMEPrefix": "a" * 64},
            f"Value '{'a' * 64}' at 'cNAMEPrefix' failed to satisfy constraint: Member must have length less than or "
            "equal to 63",
        ),
    ],
)
def test_a_prefix_has_its_length(unchecked, refused, parameters, broken):
    with refused("ValidationError", f"1 validation error detected: {broken}"):
        unchecked.check_dns_availability(**parameters)


@pytest.mark.shows("CheckDNSAvailability", "states")
def test_a_prefix_is_held_until_the_environment_is_gone(shop, launch):
    def available():
        return shop.client.check_dns_availability(CNAMEPrefix="front")["Available"]

    id_ = launch("web1", CNAMEPrefix="front", OptionSettings=[SINGLE])["EnvironmentId"]
    shop.client.terminate_environment(EnvironmentName="web1")
    assert not available()
    shop.until("web1", "Terminated")
    assert available()
    shop.client.rebuild_environment(EnvironmentId=id_)
    assert not available()


def test_environments_that_are_named_are_those_that_the_whole_list_has_now(shop, launch, create):
    """What a name or an id finds is never older than the list, though the list is gone through once for many calls."""
    ids = {launch("web1", OptionSettings=[SINGLE])["EnvironmentId"], create("web2")["EnvironmentId"]}
    names = ["web1", "web2", "web3"]

    def agree():
        whole = describe_environments(shop)
        assert describe_environments(shop, EnvironmentNames=names) == whole
        known = [environment for environment in whole if environment["EnvironmentId"] in ids]
        assert describe_environments(shop, EnvironmentIds=sorted(ids)) == known
        for name in names:
            named = [environment for environment in whole if environment["EnvironmentName"] == name]
            assert describe_environments(shop, EnvironmentNames=[name]) == named
        return [(environment["EnvironmentName"], environment["Status"]) for environment in whole]

    assert agree() == [("web2", "Launching"), ("web1", "Ready")]
    shop.client.terminate_environment(EnvironmentName="web1")
    agree()
    shop.until("web1", "Terminated")
    agree()
    create("web1")
    create("web3")
    assert sorted(agree()) == [
        ("web1", "Launching"),
        ("web1", "Terminated"),
        ("web2", "Launching"),
        ("web3", "Launching"),
    ]
