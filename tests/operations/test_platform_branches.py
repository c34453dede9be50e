"""Platform branches, and the solution stacks with their file types."""

import pytest

from environments import STACK
from operations.platform_lists import BOTH, BRANCH, PLATFORMS

PACKER = "Elastic Beanstalk Packer Builder"


def branches(world, *filters, **more):
    requested_filters = [dict(zip(("Attribute", "Operator", "Values"), branch, strict=True)) for branch in filters]
    return world.client.list_platform_branches(Filters=requested_filters, **more)["PlatformBranchSummaryList"]


def called(world, *filters):
    return [branch["BranchName"] for branch in branches(world, *filters)]


@pytest.mark.shows("ListAvailableSolutionStacks", "success")
def test_every_solution_stack_comes_with_its_file_types(beanstalk):
    answer = beanstalk.client.list_available_solution_stacks()
    assert answer.keys() == {"SolutionStacks", "SolutionStackDetails", "ResponseMetadata"}
    assert answer["SolutionStacks"] == [branch.name for branch in PLATFORMS.stacks]
    details = {branch["SolutionStackName"]: branch["PermittedFileTypes"] for branch in answer["SolutionStackDetails"]}
    assert list(details) == answer["SolutionStacks"]
    assert details[STACK] == ["zip"]
    assert details["64bit Amazon Linux 2023 v4.13.7 running Docker"] == []
    assert details["64bit Amazon Linux 2023 v5.14.7 running Tomcat 10 Corretto 21"] == ["war", "zip"]
    assert details["64bit Amazon Linux 2018.03 v2.6.33 running Packer 1.0.3"] == []


@pytest.mark.shows("ListPlatformBranches", "success")
def test_a_branch_says_what_it_is(beanstalk):
    answer = beanstalk.client.list_platform_branches(
        Filters=[{"Attribute": "BranchName", "Operator": "=", "Values": [BRANCH]}]
    )
    assert answer.keys() == {"PlatformBranchSummaryList", "ResponseMetadata"}
    assert answer["PlatformBranchSummaryList"] == [
        {
            "PlatformName": "Python",
            "BranchName": BRANCH,
            "LifecycleState": "Supported",
            "BranchOrder": 10600,
            "SupportedTierList": BOTH,
        }
    ]


def test_branches_go_by_family_and_then_the_highest_order_first(beanstalk):
    rows = branches(beanstalk)
    assert len(rows) == 56
    assert rows == sorted(rows, key=lambda branch: (branch["PlatformName"], -branch["BranchOrder"]))
    packer = [branch for branch in rows if branch["PlatformName"] == "Packer"]
    assert [(branch["BranchName"], branch["SupportedTierList"]) for branch in packer] == [(PACKER, [])]


@pytest.mark.parametrize(
    ("terms", "passes"),
    [
        ([("BranchName", "=", ["Python 3.14"])], lambda branch: False),
        ([("BranchName", "begins_with", ["Python 3.1"])], lambda branch: branch.name.startswith("Python 3.1")),
        ([("BranchName", "ends_with", ["Amazon Linux 2"])], lambda branch: branch.name.endswith("Amazon Linux 2")),
        ([("BranchName", "contains", ["Corretto"])], lambda branch: "Corretto" in branch.name),
        ([("BranchName", "in", [BRANCH, "nobody", PACKER])], lambda branch: branch.name in (BRANCH, PACKER)),
        ([("BranchName", "not_in", [BRANCH, "nobody"])], lambda branch: branch.name != BRANCH),
        ([("BranchName", "!=", [BRANCH])], lambda branch: branch.name != BRANCH),
        ([("PlatformName", "=", ["Java"])], lambda branch: branch.family == "Java"),
        ([("PlatformName", "=", ["java"])], lambda branch: False),
        ([("PlatformName", "in", ["Java", "Go"])], lambda branch: branch.family in ("Java", "Go")),
        ([("PlatformName", "contains", [".NET"])], lambda branch: ".NET" in branch.family),
        ([("PlatformName", "not_in", ["Java"])], lambda branch: branch.family != "Java"),
        ([("LifecycleState", "=", ["Retired"])], lambda branch: branch.lifecycle_state == "Retired"),
        ([("LifecycleState", "=", ["retired"])], lambda branch: branch.lifecycle_state == "Retired"),
        ([("LifecycleState", "!=", ["Retired"])], lambda branch: branch.lifecycle_state == "Supported"),
        ([("LifecycleState", "in", ["beta", "supported"])], lambda branch: branch.lifecycle_state == "Supported"),
        ([("LifecycleState", "not_in", ["Retired", "Supported"])], lambda branch: False),
        ([("TierType", "=", ["Worker/SQS/HTTP"])], lambda branch: "Worker/SQS/HTTP" in branch.tiers),
        ([("TierType", "!=", ["Worker/SQS/HTTP"])], lambda branch: "Worker/SQS/HTTP" not in branch.tiers),
        ([("TierType", "=", ["WebServer/Standard"])], lambda branch: branch.name != PACKER),
        ([("TierType", "=", ["nobody"])], lambda branch: False),
        (
            [("PlatformName", "=", ["Python"]), ("LifecycleState", "!=", ["Retired"])],
            lambda branch: branch.family == "Python" and branch.lifecycle_state == "Supported",
        ),
        ([("PlatformName", "=", ["Python"]), ("PlatformName", "=", ["Ruby"])], lambda branch: False),
        ([], lambda branch: True),
        ([("PlatformName", "=", ["Python"])] * 10, lambda branch: branch.family == "Python"),
        ([("PlatformName", "in", ["Python", *"abcdefghi"])], lambda branch: branch.family == "Python"),
    ],
)
def test_every_filter_of_branches(beanstalk, terms, passes):
    assert set(called(beanstalk, *terms)) == {branch.name for branch in PLATFORMS.branches if passes(branch)}


@pytest.mark.shows("ListPlatformBranches", "errors")
@pytest.mark.parametrize(
    ("terms", "code", "sentence"),
    [
        ([{"Operator": "=", "Values": ["x"]}], "InvalidParameterValue", "Filter Attribute '' is not valid."),
        (
            [{"Attribute": "Colour", "Operator": "=", "Values": ["red"]}],
            "InvalidParameterValue",
            "Filter Attribute 'Colour' is not valid.",
        ),
        (
            [{"Attribute": "BranchName", "Operator": "~", "Values": ["x"]}],
            "InvalidParameterValue",
            "Filter Operator '~' is not valid.",
        ),
        ([{"Attribute": "BranchName", "Values": ["x"]}], "InvalidParameterValue", "Filter Operator '' is not valid."),
        (
            [{"Attribute": "TierType", "Operator": "in", "Values": ["x"]}],
            "InvalidParameterCombination",
            "TierType filter is invalid: TierType.",
        ),
        (
            [{"Attribute": "LifecycleState", "Operator": "contains", "Values": ["x"]}],
            "InvalidParameterCombination",
            "LifecycleState filter is invalid: LifecycleState.",
        ),
        (
            [{"Attribute": "BranchName", "Operator": "=", "Values": ["x", "y"]}],
            "InvalidParameterValue",
            "Filter BranchName with operator = takes one value, but 2 were given.",
        ),
        (
            [{"Attribute": "BranchName", "Operator": "=", "Values": []}],
            "InvalidParameterValue",
            "Filter BranchName with operator = takes one value, but 0 were given.",
        ),
        (
            [{"Attribute": "BranchName", "Operator": "in", "Values": [str(branch) for branch in range(11)]}],
            "InvalidParameterValue",
            "Filter BranchName with operator in takes 1 to 10 values, but 11 were given.",
        ),
        (
            [{"Attribute": "BranchName", "Operator": "=", "Values": ["x"]}] * 11,
            "InvalidParameterValue",
            "No more than 10 filters can be specified.",
        ),
    ],
)
def test_a_filter_of_branches_that_is_none(beanstalk, refused, terms, code, sentence):
    with refused(code, sentence):
        beanstalk.client.list_platform_branches(Filters=terms)
