"""DescribeEnvironmentHealth and DescribeInstancesHealth."""

import re
from collections import Counter

import pytest

from afflicted import afflict
from beanpole.wire import spec
from operations.absent import NOBODY
from operations.health_calls import WINDOWS, of_instances, whole
from options import ALB, GROUP, SINGLE, option

OPERATIONS = ("DescribeEnvironmentHealth", "DescribeInstancesHealth")
CALLS = ("describe_environment_health", "describe_instances_health")
OF_ENVIRONMENT = {
    "HealthStatus",
    "Status",
    "Color",
    "Causes",
    "ApplicationMetrics",
    "InstancesHealth",
    "RefreshedAt",
}


OF_INSTANCE = {
    "HealthStatus",
    "Color",
    "Causes",
    "LaunchedAt",
    "ApplicationMetrics",
    "System",
    "Deployment",
    "AvailabilityZone",
    "InstanceType",
}


PERCENTILES = ["P999", "P99", "P95", "P90", "P85", "P75", "P50", "P10"]
LINUX = {"User", "Nice", "System", "Idle", "IOWait", "IRQ", "SoftIRQ"}


def sized(count):
    return [ALB, option(GROUP, "MinSize", str(count)), option(GROUP, "MaxSize", str(max(count, 4)))]


@pytest.mark.shows("DescribeEnvironmentHealth", "success")
def test_an_environment_in_good_health_is_described(shop, launch):
    launch(OptionSettings=sized(2))
    shop.advance(65)
    answer = whole(shop)
    answered = answer.pop("ApplicationMetrics")
    assert answered.keys() == {"Duration", "RequestCount", "StatusCodes", "Latency"}
    assert answered["Duration"] == 10
    assert answered["StatusCodes"].keys() == {"Status2xx", "Status3xx", "Status4xx", "Status5xx"}
    assert sum(answered["StatusCodes"].values()) == answered["RequestCount"] >= 60
    assert answered["StatusCodes"]["Status5xx"] == 0
    assert list(answered["Latency"]) == PERCENTILES
    assert list(answered["Latency"].values()) == sorted(answered["Latency"].values(), reverse=True)
    refreshed = answer.pop("RefreshedAt")
    assert 0 <= shop.now - refreshed.timestamp() * 1000 < 10_000
    (cause,) = answer.pop("Causes")
    assert re.fullmatch(r"Initialization completed \d\d seconds ago and took 3 minutes\.", cause)
    assert answer == {
        "EnvironmentName": "web1",
        "HealthStatus": "Ok",
        "Status": "Ready",
        "Color": "Green",
        "InstancesHealth": {
            "NoData": 0,
            "Unknown": 0,
            "Pending": 0,
            "Ok": 2,
            "Info": 0,
            "Warning": 0,
            "Degraded": 0,
            "Severe": 0,
        },
    }
    shop.advance(180)
    assert whole(shop, "Causes") == {"EnvironmentName": "web1", "Causes": []}


@pytest.mark.shows("DescribeInstancesHealth", "success")
def test_instances_in_good_health_are_described(shop, launch):
    launch(OptionSettings=[*sized(2), option("aws:autoscaling:launchconfiguration", "InstanceType", "m5.large")])
    answer = of_instances(shop)
    assert answer.keys() == {"InstanceHealthList", "RefreshedAt"}
    assert 0 <= shop.now - answer["RefreshedAt"].timestamp() * 1000 < 10_000
    zones = set()
    for row in answer["InstanceHealthList"]:
        assert row.keys() == OF_INSTANCE | {"InstanceId"}
        assert (row["HealthStatus"], row["Color"], row["InstanceType"]) == ("Ok", "Green", "m5.large")
        assert row["Causes"][0].startswith("Initialization completed ")
        assert row["ApplicationMetrics"].keys() == {"Duration", "RequestCount", "StatusCodes", "Latency"}
        assert list(row["ApplicationMetrics"]["Latency"]) == PERCENTILES
        assert row["System"].keys() == {"CPUUtilization", "LoadAverage"}
        assert row["System"]["CPUUtilization"].keys() == LINUX
        assert sum(row["System"]["CPUUtilization"].values()) == pytest.approx(100)
        assert len(row["System"]["LoadAverage"]) == 3
        assert row["LaunchedAt"].microsecond == 0
        deployed = row["Deployment"].pop("DeploymentTime")
        assert row["Deployment"] == {"VersionLabel": "v1", "DeploymentId": 1, "Status": "Deployed"}
        assert row["LaunchedAt"] < deployed
        zones.add(row["AvailabilityZone"])
    assert zones == {"us-east-1a", "us-east-1b"}
    requests = [instance["ApplicationMetrics"]["RequestCount"] for instance in answer["InstanceHealthList"]]
    assert whole(shop)["ApplicationMetrics"]["RequestCount"] == sum(requests)
    assert of_instances(shop) == of_instances(shop)


@pytest.mark.shows("DescribeEnvironmentHealth", "success")
@pytest.mark.parametrize("name", sorted(OF_ENVIRONMENT))
def test_each_attribute_of_an_environment_comes_when_it_is_asked_for(fresh, name):
    assert whole(fresh, name).keys() == {"EnvironmentName", name}


@pytest.mark.shows("DescribeInstancesHealth", "success")
@pytest.mark.parametrize("name", sorted(OF_INSTANCE | {"RefreshedAt"}))
def test_each_attribute_of_an_instance_comes_when_it_is_asked_for(fresh, name):
    answer = of_instances(fresh, name)
    (instance,) = answer["InstanceHealthList"]
    assert (answer.keys() | instance.keys()) == {"InstanceHealthList", "InstanceId", name}
    assert ("RefreshedAt" in answer) == (name == "RefreshedAt")


@pytest.mark.parametrize("parameters", [{}, {"AttributeNames": []}])
def test_without_attributes_there_are_names_alone(fresh, parameters):
    answer = fresh.client.describe_environment_health(EnvironmentName="web1", **parameters)
    assert answer.keys() - {"ResponseMetadata"} == {"EnvironmentName"}
    answer = fresh.client.describe_instances_health(EnvironmentName="web1", **parameters)
    assert answer.keys() - {"ResponseMetadata"} == {"InstanceHealthList"}
    assert [list(instance) for instance in answer["InstanceHealthList"]] == [["InstanceId"]]


def test_attributes_may_be_named_twice_and_beside_all(fresh):
    assert whole(fresh, "Color", "Color") == {"EnvironmentName": "web1", "Color": "Green"}
    assert whole(fresh, "All", "Color").keys() == OF_ENVIRONMENT | {"EnvironmentName"}


def test_an_environment_is_found_by_its_id_too(fresh):
    id_ = fresh.client.describe_environments()["Environments"][0]["EnvironmentId"]
    assert whole(fresh, "Color", EnvironmentId=id_) == {"EnvironmentName": "web1", "Color": "Green"}


@pytest.fixture
def fresh(shop, launch):
    """A single instance that has just been launched."""
    launch(OptionSettings=[SINGLE])
    return shop


@pytest.mark.shows("DescribeEnvironmentHealth", "errors")
@pytest.mark.shows("DescribeInstancesHealth", "errors")
@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize(
    ("parameters", "code", "sentence"),
    [
        *NOBODY,
        (
            {"EnvironmentId": "e-aaaaaaaaaa", "EnvironmentName": "web1"},
            "InvalidParameterValue",
            "No Environment found for EnvironmentId = 'e-aaaaaaaaaa'.",
        ),
    ],
)
def test_an_environment_must_be_there(fresh, refused, call, parameters, code, sentence):
    with refused(code, sentence):
        getattr(fresh.client, call)(AttributeNames=["All"], **parameters)


@pytest.mark.shows("DescribeEnvironmentHealth", "errors")
@pytest.mark.shows("DescribeInstancesHealth", "errors")
@pytest.mark.parametrize(
    ("call", "name"),
    [
        ("describe_environment_health", "LaunchedAt"),
        ("describe_environment_health", "causes"),
        ("describe_environment_health", ""),
        ("describe_instances_health", "Status"),
        ("describe_instances_health", "InstancesHealth"),
        ("describe_instances_health", "Privileged"),
    ],
)
def test_an_attribute_must_be_one_of_the_operation_s(fresh, call, name):
    operation = spec.load().operation(dict(zip(CALLS, OPERATIONS, strict=True))[call])
    (attributes,) = (member for member in operation.input.members if member.name == "AttributeNames")
    allowed = ", ".join(attributes.shape.element.enum)
    with pytest.raises(fresh.client.exceptions.ClientError) as caught:
        getattr(fresh.client, call)(EnvironmentName="web1", AttributeNames=["Color", name])
    error = caught.value.response["Error"]
    assert error["Code"] == "ValidationError"
    assert "at 'attributeNames' failed to satisfy constraint" in error["Message"]
    assert f"Member must satisfy enum value set: [{allowed}]" in error["Message"]


@pytest.mark.shows("DescribeEnvironmentHealth", "errors")
@pytest.mark.shows("DescribeInstancesHealth", "errors")
@pytest.mark.parametrize("call", CALLS)
def test_basic_health_is_not_told(shop, launch, refused, call):
    described = launch(SolutionStackName=WINDOWS, OptionSettings=[ALB])
    assert (described["Health"], described.get("HealthStatus")) == ("Grey", None)
    shop.advance(60)
    described = shop.client.describe_environments()["Environments"][0]
    assert (described["Health"], described.get("HealthStatus")) == ("Green", None)
    with refused("InvalidRequestException", "DescribeEnvironmentHealth is not supported."):
        getattr(shop.client, call)(EnvironmentName="web1", AttributeNames=["All"])


@pytest.mark.shows("DescribeInstancesHealth", "errors")
@pytest.mark.parametrize("token", ["nonsense", "W10=", "WyJhIiwxXQ==", "é", " "])
def test_a_token_must_be_one_of_ours(fresh, refused, token):
    with refused("InvalidParameterValue", f"Invalid NextToken: {token}"):
        of_instances(fresh, "All", NextToken=token)


@pytest.mark.shows("DescribeInstancesHealth", "errors")
def test_a_token_has_at_most_a_hundred_characters(fresh):
    with pytest.raises(fresh.client.exceptions.ClientError) as caught:
        of_instances(fresh, "All", NextToken="x" * 101)
    assert caught.value.response["Error"]["Code"] == "ValidationError"
    assert "Member must have length less than or equal to 100" in caught.value.response["Error"]["Message"]


@pytest.mark.shows("DescribeEnvironmentHealth", "states")
@pytest.mark.shows("DescribeInstancesHealth", "states")
def test_a_terminated_environment_has_no_health_and_every_other_has(shop, create, refused):
    create(OptionSettings=sized(2))
    assert whole(shop, "Status", "HealthStatus", "Color", "Causes") == {
        "EnvironmentName": "web1",
        "Status": "Launching",
        "HealthStatus": "Pending",
        "Color": "Grey",
        "Causes": ["Initialization in progress (running for 0 seconds).", "There are no instances."],
    }
    assert of_instances(shop)["InstanceHealthList"] == []
    shop.until_ready("web1")
    shop.client.update_environment(EnvironmentName="web1", VersionLabel="v2")
    shop.advance(15)
    assert whole(shop, "Status", "HealthStatus") == {
        "EnvironmentName": "web1",
        "Status": "Updating",
        "HealthStatus": "Info",
    }
    shop.until_ready("web1")
    shop.client.terminate_environment(EnvironmentName="web1")
    shop.advance(30)
    going = whole(shop)
    assert (going["Status"], going["HealthStatus"], set(going["InstancesHealth"].values())) == (
        "Terminating",
        "Info",
        {0},
    )
    assert of_instances(shop)["InstanceHealthList"] == []
    while whole(shop)["HealthStatus"] == "Info":
        shop.advance(10)
    assert (whole(shop)["Status"], whole(shop)["HealthStatus"], whole(shop)["Color"]) == (
        "Terminating",
        "Severe",
        "Red",
    )
    shop.until("web1", "Terminated")
    for call in CALLS:
        with refused("InvalidParameterValue", "No Environment found for EnvironmentName = 'web1'."):
            getattr(shop.client, call)(EnvironmentName="web1", AttributeNames=["All"])


def test_an_instance_tells_of_the_deployment_that_runs_on_it(shop, launch):
    launch(OptionSettings=[SINGLE])
    shop.client.update_environment(EnvironmentName="web1", VersionLabel="v2")
    shop.advance(15)
    (instance,) = of_instances(shop)["InstanceHealthList"]
    assert (instance["HealthStatus"], instance["Color"]) == ("Info", "Green")
    (begun,) = (event.at for event in shop.events("web1") if event.message.startswith("Deploying new version"))
    (cause,) = instance["Causes"]
    assert cause == f"Performing application deployment (running for {(shop.now - begun) // 1000} seconds)"
    del instance["Deployment"]["DeploymentTime"]
    assert instance["Deployment"] == {"VersionLabel": "v2", "DeploymentId": 2, "Status": "In Progress"}
    assert instance["System"]["CPUUtilization"]["User"] > 40
    shop.until_ready("web1")
    (instance,) = of_instances(shop)["InstanceHealthList"]
    assert (instance["HealthStatus"], instance["Deployment"]["Status"]) == ("Ok", "Deployed")
    assert (instance["Deployment"]["VersionLabel"], instance["Deployment"]["DeploymentId"]) == ("v2", 2)
    assert instance["Causes"][0].startswith("Application deployment completed ")


def test_an_instance_that_sends_no_data_tells_nothing_of_itself(shop, launch):
    launch(OptionSettings=sized(2))
    afflict(shop, "web1", [0], sends_data=False, unhealthy_since=shop.now - 2_220_000)
    silent, well = of_instances(shop)["InstanceHealthList"]
    assert silent.keys() == OF_INSTANCE - {"ApplicationMetrics", "System"} | {"InstanceId"}
    assert (silent["HealthStatus"], silent["Color"]) == ("No Data", "Grey")
    assert silent["Causes"][-1] == "No data. Last seen 37 minutes ago."
    assert well["HealthStatus"] == "Ok"
    answer = whole(shop)
    assert (answer["HealthStatus"], answer["Color"], answer["InstancesHealth"]["NoData"]) == ("Warning", "Yellow", 1)
    assert answer["ApplicationMetrics"]["RequestCount"] == well["ApplicationMetrics"]["RequestCount"]


def test_nothing_is_answered_by_an_instance_out_of_service(shop, launch):
    launch(OptionSettings=sized(2))
    afflict(shop, "web1", [0], failed=True, in_service=False)
    failed, _ = of_instances(shop)["InstanceHealthList"]
    assert failed["ApplicationMetrics"] == {
        "Duration": 10,
        "RequestCount": 0,
        "StatusCodes": {"Status2xx": 0, "Status3xx": 0, "Status4xx": 0, "Status5xx": 0},
    }
    assert (failed["HealthStatus"], failed["Causes"][0]) == ("Severe", "Command failed on instance.")


@pytest.mark.shows("DescribeInstancesHealth", "success")
def test_a_great_fleet_comes_in_pages_in_the_order_of_launch(shop, launch):
    launch(OptionSettings=sized(250))
    pages, token = [], {}
    while not pages or token:
        answer = of_instances(shop, "HealthStatus", **token)
        pages.append([instance["InstanceId"] for instance in answer["InstanceHealthList"]])
        token = {"NextToken": answer["NextToken"]} if "NextToken" in answer else {}
        assert len(token.get("NextToken", "")) <= 100
    assert [len(page) for page in pages] == [100, 100, 50]
    ids = [id_ for page in pages for id_ in page]
    assert len(set(ids)) == 250
    resources = shop.client.describe_environment_resources(EnvironmentName="web1")["EnvironmentResources"]
    assert ids == [instance["Id"] for instance in resources["Instances"]]
    assert whole(shop)["InstancesHealth"]["Ok"] == 250


def test_counts_are_those_of_the_instances(shop, launch):
    launch(OptionSettings=sized(4))
    afflict(shop, "web1", [0], passes_health_checks=False, in_service=False)
    afflict(shop, "web1", [1], version_label="v2", deployment_id=2)
    counts = Counter(instance["HealthStatus"] for instance in of_instances(shop)["InstanceHealthList"])
    assert counts == {"Severe": 1, "Degraded": 1, "Ok": 2}
    answer = whole(shop)
    assert {name: count for name, count in answer["InstancesHealth"].items() if count} == counts
    assert (answer["HealthStatus"], answer["Color"]) == ("Degraded", "Red")


def test_an_environment_that_never_had_a_group_stays_suspended_whatever_is_asked_of_it(shop, create):
    fault = {"what": "resource-fails", "where": {"operation": "CreateEnvironment"}}
    assert shop.app.test_client().post("/_beanpole/faults?account=123456789012", json=fault).status_code == 201
    create()
    shop.advance(3600)
    shop.client.update_environment(EnvironmentName="web1", VersionLabel="v2")
    shop.advance(3600)
    resources = shop.client.describe_environment_resources(EnvironmentName="web1")["EnvironmentResources"]
    assert resources["AutoScalingGroups"] == []
    assert (
        whole(shop)["HealthStatus"]
        == shop.client.describe_environments()["Environments"][0]["HealthStatus"]
        == "Suspended"
    )
