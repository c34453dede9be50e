"""Platforms as they are listed and described: solution stacks, branches, versions, and every filter."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from environments import STACK
from examples import examples
from operations.platform_lists import BOTH, BRANCH, PLATFORMS
from options import ENVIRONMENT, option

ARN = f"arn:aws:elasticbeanstalk:us-east-1::platform/{BRANCH}/4.13.7"
ADDONS = ["Log/S3", "Monitoring/Healthd", "WorkerDaemon/SQSD"]
SUMMARY = {
    "PlatformArn": ARN,
    "PlatformOwner": "AWSElasticBeanstalk",
    "PlatformStatus": "Ready",
    "PlatformCategory": "Python",
    "OperatingSystemName": "Amazon Linux",
    "OperatingSystemVersion": "2023",
    "SupportedTierList": BOTH,
    "SupportedAddonList": ADDONS,
    "PlatformLifecycleState": "Recommended",
    "PlatformVersion": "4.13.7",
    "PlatformBranchName": BRANCH,
    "PlatformBranchLifecycleState": "Supported",
}


OFTEN = examples(150, one_world=True)


def versions(world, *filters, **more):
    requested_filters = [
        dict(zip(("Type", "Operator", "Values"), (kind, sign, [filter_]), strict=True))
        for kind, sign, filter_ in filters
    ]
    return world.client.list_platform_versions(Filters=requested_filters, **more)["PlatformSummaryList"]


def names(world, *filters):
    return [platform["PlatformArn"].partition("platform/")[2] for platform in versions(world, *filters)]


@pytest.mark.shows("ListPlatformVersions", "success")
def test_a_summary_has_every_member(beanstalk):
    answer = beanstalk.client.list_platform_versions(
        Filters=[{"Type": "PlatformBranchName", "Operator": "=", "Values": [BRANCH]}]
    )
    assert answer.keys() == {"PlatformSummaryList", "ResponseMetadata"}
    older = SUMMARY | {"PlatformVersion": "4.13.6", "PlatformArn": ARN.replace("4.13.7", "4.13.6")}
    del older["PlatformLifecycleState"]
    assert answer["PlatformSummaryList"][:2] == [SUMMARY, older]


def test_all_versions_are_listed_newest_first_within_their_branch(beanstalk):
    rows = versions(beanstalk)
    assert len(rows) == len(PLATFORMS.stacks)
    assert len({platform["PlatformArn"] for platform in rows}) == len(rows)
    assert {platform["PlatformOwner"] for platform in rows} == {"AWSElasticBeanstalk"}


def on_branch(*terms):
    return [("PlatformName", "=", BRANCH), *terms]


@pytest.mark.parametrize(
    ("terms", "passes"),
    [
        (on_branch(), lambda stack: stack.branch == BRANCH),
        ([("PlatformName", "=", "Python")], lambda stack: False),
        ([("PlatformName", "begins_with", "Python 3.1")], lambda stack: stack.branch.startswith("Python 3.1")),
        ([("PlatformName", "contains", "Corretto")], lambda stack: "Corretto" in stack.branch),
        ([("PlatformName", "ends_with", "Amazon Linux 2")], lambda stack: stack.branch.endswith("Amazon Linux 2")),
        ([("PlatformName", "!=", BRANCH)], lambda stack: stack.branch != BRANCH),
        (on_branch(("PlatformVersion", "=", "4.13.7")), lambda stack: stack.name == STACK),
        (on_branch(("PlatformVersion", "=", "4.13.07")), lambda stack: stack.name == STACK),
        (on_branch(("PlatformVersion", "!=", "4.13.7")), lambda stack: stack.branch == BRANCH and stack.name != STACK),
        (on_branch(("PlatformVersion", "<", "4.13.7")), lambda stack: stack.branch == BRANCH and stack.name != STACK),
        (on_branch(("PlatformVersion", "<=", "4.13.7")), lambda stack: stack.branch == BRANCH),
        (on_branch(("PlatformVersion", ">", "4.9")), lambda stack: stack.branch == BRANCH),
        (on_branch(("PlatformVersion", ">=", "4.13.7.0")), lambda stack: stack.name == STACK),
        (on_branch(("PlatformVersion", ">", "4.13.7")), lambda stack: False),
        (on_branch(("PlatformVersion", "=", "latest")), lambda stack: stack.name == STACK),
        (on_branch(("PlatformVersion", "!=", "latest")), lambda stack: stack.branch == BRANCH and stack.name != STACK),
        ([("PlatformVersion", "begins_with", "4.")], lambda stack: stack.version.startswith("4.")),
        ([("PlatformVersion", "ends_with", "6")], lambda stack: stack.version.endswith("6")),
        ([("PlatformVersion", "=", "latest")], lambda stack: stack == PLATFORMS.versions(stack.branch)[0]),
        ([("PlatformStatus", "=", "Ready")], lambda stack: True),
        ([("PlatformStatus", "=", "Failed")], lambda stack: False),
        ([("PlatformBranchName", "contains", "Python 3.14")], lambda stack: stack.branch == BRANCH),
        ([("PlatformLifecycleState", "=", "recommended")], lambda stack: stack.recommended),
        ([("PlatformLifecycleState", "=", "Recommended")], lambda stack: stack.recommended),
        ([("PlatformLifecycleState", "!=", "Recommended")], lambda stack: not stack.recommended),
        ([("PlatformOwner", "=", "AWSElasticBeanstalk")], lambda stack: True),
        ([("PlatformOwner", "=", "self")], lambda stack: False),
        ([("PlatformOwner", "!=", "self")], lambda stack: True),
        ([("SupportedTier", "=", "Worker/SQS/HTTP")], lambda stack: "Worker/SQS/HTTP" in stack.tiers),
        ([("SupportedTier", "!=", "Worker/SQS/HTTP")], lambda stack: "Worker/SQS/HTTP" not in stack.tiers),
        ([("SupportedTier", "contains", "SQS")], lambda stack: "Worker/SQS/HTTP" in stack.tiers),
        ([("SupportedAddon", "=", "WorkerDaemon/SQSD")], lambda stack: "WorkerDaemon/SQSD" in stack.addons),
        ([("SupportedAddon", "=", "Monitoring/Healthd")], lambda stack: stack.addons != ()),
        ([("ProgrammingLanguageName", "=", "Python")], lambda stack: stack.family == "Python"),
        ([("ProgrammingLanguageName", "begins_with", "Py")], lambda stack: stack.family == "Python"),
        ([("OperatingSystemName", "=", "Windows Server")], lambda stack: "windows" in stack.traits),
        ([("OperatingSystemName", "!=", "Windows Server")], lambda stack: "linux" in stack.traits),
    ],
)
def test_every_filter_of_versions(beanstalk, terms, passes):
    assert names(beanstalk, *terms) == [
        f"{stack.branch}/{stack.version}" for stack in PLATFORMS.stacks if passes(stack)
    ]


@pytest.mark.shows("ListPlatformVersions", "errors")
@pytest.mark.parametrize(
    ("term", "code", "sentence"),
    [
        ({"Operator": "=", "Values": ["x"]}, "InvalidParameterValue", "Filter Type '' is not valid."),
        (
            {"Type": "Colour", "Operator": "=", "Values": ["red"]},
            "InvalidParameterValue",
            "Filter Type 'Colour' is not valid.",
        ),
        (
            {"Type": "PlatformName", "Operator": "like", "Values": ["x"]},
            "InvalidParameterValue",
            "Filter Operator 'like' is not valid.",
        ),
        (
            {"Type": "PlatformName", "Operator": "in", "Values": ["x"]},
            "InvalidParameterCombination",
            "PlatformName filter is invalid: PlatformName.",
        ),
        (
            {"Type": "PlatformBranchName", "Operator": "<", "Values": ["x"]},
            "InvalidParameterCombination",
            "PlatformBranchName filter is invalid: PlatformBranchName.",
        ),
        (
            {"Type": "PlatformVersion", "Operator": "<", "Values": ["latest"]},
            "InvalidParameterCombination",
            "PlatformVersion filter is invalid: PlatformVersion.",
        ),
        (
            {"Type": "PlatformVersion", "Operator": "contains", "Values": ["latest"]},
            "InvalidParameterCombination",
            "PlatformVersion filter is invalid: PlatformVersion.",
        ),
        (
            {"Type": "PlatformVersion", "Operator": ">", "Values": ["four"]},
            "InvalidParameterValue",
            "Filter Value 'four' is not valid.",
        ),
        (
            {"Type": "PlatformVersion", "Operator": "=", "Values": [f"1.{'9' * 5000}"]},
            "InvalidParameterValue",
            f"Filter Value '1.{'9' * 5000}' is not valid.",
        ),
        (
            {"Type": "PlatformOwner", "Operator": "=", "Values": []},
            "InvalidParameterValue",
            "Filter PlatformOwner with operator = takes one value, but 0 were given.",
        ),
        (
            {"Type": "PlatformOwner", "Operator": "=", "Values": ["self", "AWSElasticBeanstalk"]},
            "InvalidParameterValue",
            "Filter PlatformOwner with operator = takes one value, but 2 were given.",
        ),
    ],
)
def test_a_filter_of_versions_that_is_none(beanstalk, refused, term, code, sentence):
    with refused(code, sentence):
        beanstalk.client.list_platform_versions(Filters=[term])


@pytest.mark.shows("ListPlatformBranches", "success")
@pytest.mark.shows("ListPlatformVersions", "success")
@pytest.mark.parametrize("size", [1, 10, 67, 1000])
def test_pages_of_any_size_hold_everything_once_and_in_order(beanstalk, size):
    client = beanstalk.client
    for ask, member in (
        (client.list_platform_branches, "PlatformBranchSummaryList"),
        (client.list_platform_versions, "PlatformSummaryList"),
    ):
        pages, more = [], {}
        while True:
            answer = ask(MaxRecords=size, **more)
            pages.append(answer[member])
            if "NextToken" not in answer:
                break
            more = {"NextToken": answer["NextToken"]}
        assert {len(page) for page in pages[:-1]} <= {size}
        assert [platform for page in pages for platform in page] == ask()[member]


@pytest.mark.shows("ListPlatformBranches", "errors")
@pytest.mark.shows("ListPlatformVersions", "errors")
@pytest.mark.parametrize("token", ["nonsense", "e30=", "WzFd", "W10="])
def test_a_token_that_is_none(beanstalk, refused, token):
    for ask in (beanstalk.client.list_platform_branches, beanstalk.client.list_platform_versions):
        with refused("InvalidParameterValue", f"Invalid NextToken: {token}"):
            ask(NextToken=token)


@pytest.mark.shows("ListPlatformBranches", "errors")
@pytest.mark.shows("ListPlatformVersions", "errors")
def test_a_page_holds_something(beanstalk):
    http = beanstalk.app.test_client()
    for action in ("ListPlatformBranches", "ListPlatformVersions"):
        answer = http.post("/", data={"Action": action, "MaxRecords": "0"})
        assert answer.status_code == 400
        assert b"Value '0' at 'maxRecords' failed to satisfy constraint: Member must have value" in answer.data


@pytest.mark.shows("DescribePlatformVersion", "success")
def test_a_description_has_every_member(beanstalk):
    answer = beanstalk.client.describe_platform_version(PlatformArn=ARN)
    assert answer.keys() == {"PlatformDescription", "ResponseMetadata"}
    described = answer["PlatformDescription"]
    images = {image["Architecture"]: image["ImageId"] for image in described.pop("DefaultAmiList")}
    assert list(images) == ["x86_64", "arm64"]
    assert described == SUMMARY | {
        "PlatformName": BRANCH,
        "SolutionStackName": STACK,
        "DateCreated": datetime(2026, 8, 19, tzinfo=UTC),
        "DateUpdated": datetime(2026, 8, 19, tzinfo=UTC),
        "Description": "64bit Amazon Linux 2023 running Python 3.14",
        "Maintainer": "aws-elasticbeanstalk-platforms@amazon.com",
        "ProgrammingLanguages": [{"Name": "Python", "Version": "3.14.7"}],
        "Frameworks": [],
        "CustomAmiList": [
            {"VirtualizationType": "pv", "ImageId": ""},
            {"VirtualizationType": "hvm", "ImageId": images["x86_64"]},
        ],
    }
    assert beanstalk.client.describe_platform_version(PlatformArn=ARN)["PlatformDescription"]["DefaultAmiList"] == [
        {"Architecture": name, "ImageId": image} for name, image in images.items()
    ]


@pytest.mark.shows("DescribePlatformVersion", "success")
def test_the_name_of_a_stack_is_taken_for_the_arn_of_its_platform(beanstalk):
    by_name = beanstalk.client.describe_platform_version(PlatformArn=STACK)["PlatformDescription"]
    assert by_name == beanstalk.client.describe_platform_version(PlatformArn=ARN)["PlatformDescription"]


def test_every_platform_that_is_listed_can_be_described_and_launched_on(beanstalk):
    for summary in versions(beanstalk):
        described = beanstalk.client.describe_platform_version(PlatformArn=summary["PlatformArn"])
        assert summary.items() <= described["PlatformDescription"].items()


@pytest.mark.shows("DescribePlatformVersion", "errors")
@pytest.mark.parametrize(
    "arn",
    [
        ARN.replace("4.13.7", "9.9.9"),
        ARN.replace("us-east-1", "eu-west-1"),
        ARN.replace("arn:aws:", "arn:aws-cn:"),
        ARN.replace("::platform", ":123456789012:platform"),
        "arn:x",
    ],
)
def test_a_platform_that_is_not_there(beanstalk, refused, arn):
    with refused("InvalidParameterValue", f"Platform '{arn}' does not exist."):
        beanstalk.client.describe_platform_version(PlatformArn=arn)


@pytest.mark.shows("DescribePlatformVersion", "errors")
@pytest.mark.parametrize("parameters", [{}, {"PlatformArn": ""}])
def test_a_platform_that_is_not_named(beanstalk, refused, parameters):
    with refused("MissingRequiredParameter", "PlatformArn must be specified."):
        beanstalk.client.describe_platform_version(**parameters)


@pytest.mark.parametrize(
    ("region", "partition", "elb", "sqs"),
    [
        ("eu-west-1", "aws", "eu-west-1.elb.amazonaws.com", "sqs.eu-west-1.amazonaws.com"),
        ("cn-north-1", "aws-cn", "cn-north-1.elb.amazonaws.com.cn", "sqs.cn-north-1.amazonaws.com.cn"),
        ("us-gov-west-1", "aws-us-gov", "us-gov-west-1.elb.amazonaws.com", "sqs.us-gov-west-1.amazonaws.com"),
    ],
)
def test_everything_is_of_the_partition_of_its_region(beanstalk, region, partition, elb, sqs):
    client = beanstalk.clients(region)
    own = f"arn:{partition}:elasticbeanstalk:{region}"
    application = client.create_application(ApplicationName="shop")["Application"]
    version = client.create_application_version(ApplicationName="shop", VersionLabel="v1")["ApplicationVersion"]
    assert application["ApplicationArn"] == f"{own}:123456789012:application/shop"
    assert version["ApplicationVersionArn"] == f"{own}:123456789012:applicationversion/shop/v1"
    platform = client.list_platform_versions(MaxRecords=1)["PlatformSummaryList"][0]["PlatformArn"]
    assert platform.startswith(f"{own}::platform/")
    custom = client.create_platform_version(
        PlatformName="mine", PlatformVersion="1.0.0", PlatformDefinitionBundle={"S3Bucket": "b", "S3Key": "k"}
    )
    assert custom["PlatformSummary"]["PlatformArn"] == f"{own}:123456789012:platform/mine/1.0.0"
    assert custom["Builder"]["ARN"].startswith(f"{own}:123456789012:environment/")
    balanced = option(ENVIRONMENT, "LoadBalancerType")
    for name, more in (
        ("shop-web", {"OptionSettings": [balanced | {"Value": "application"}]}),
        ("shop-jobs", {"Tier": {"Name": "Worker", "Type": "SQS/HTTP"}}),
    ):
        answer = client.create_environment(
            ApplicationName="shop", EnvironmentName=name, SolutionStackName=STACK, VersionLabel="v1", **more
        )
        assert answer["EnvironmentArn"] == f"{own}:123456789012:environment/shop/{name}"
        assert answer["PlatformArn"] == f"{own}::platform/{BRANCH}/4.13.7"
    beanstalk.advance(900)
    web, jobs = (
        client.describe_environment_resources(EnvironmentName=stack)["EnvironmentResources"]
        for stack in ("shop-web", "shop-jobs")
    )
    assert web["LoadBalancers"][0]["Name"].startswith(f"arn:{partition}:elasticloadbalancing:{region}:123456789012:")
    assert client.describe_environments(EnvironmentNames=["shop-web"])["Environments"][0]["EndpointURL"].endswith(elb)
    assert {queue["URL"].split("/")[2] for queue in jobs["Queues"]} == {sqs}
    messages = " ".join(event["Message"] for event in client.describe_events()["Events"])
    assert f"arn:{partition}:elasticloadbalancing" in messages
    assert "arn:aws:" not in messages or partition == "aws"


TEXTS = st.sampled_from(["", "Python", "4.13.7", "latest", "self", "Recommended", "a/b", "\u00e9"]) | st.text(
    max_size=8
)


@pytest.fixture(scope="module")
def http(http_of):
    """A plain HTTP client, in process."""
    return http_of()


@OFTEN
@given(
    action=st.sampled_from(["ListPlatformBranches", "ListPlatformVersions"]),
    names=st.lists(
        st.sampled_from(["PlatformName", "PlatformVersion", "TierType", "BranchName", "Nobody"]), max_size=3
    ),
    operators=st.lists(
        st.sampled_from(["=", "!=", "<", ">=", "contains", "in", "not_in", "~"]), min_size=3, max_size=3
    ),
    values=st.lists(st.lists(TEXTS, max_size=3), min_size=3, max_size=3),
)
def test_whatever_is_filtered_by_is_answered_or_refused(http, action, names, operators, values):
    data = {"Action": action}
    for at, name in enumerate(names, 1):
        data |= {f"Filters.member.{at}.Type": name, f"Filters.member.{at}.Attribute": name}
        data[f"Filters.member.{at}.Operator"] = operators[at - 1]
        data |= {f"Filters.member.{at}.Values.member.{n}": number for n, number in enumerate(values[at - 1], 1)}
    answer = http.post("/", data=data)
    assert answer.status_code in (200, 400)
    assert b"InternalFailure" not in answer.data
