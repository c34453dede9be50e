"""Platform branches, and the solution stacks with their file types."""

import pytest

from environments import STACK
from operations.platform_lists import BOTH, BRANCH, PLATFORMS

PACKER = "Elastic Beanstalk Packer Builder"


def branches(world, *filters, **more):
    asked = [dict(zip(("Attribute", "Operator", "Values"), it, strict=True)) for it in filters]
    return world.client.list_platform_branches(Filters=asked, **more)["PlatformBranchSummaryList"]


def called(world, *filters):
    return [it["BranchName"] for it in branches(world, *filters)]


@pytest.mark.shows("ListAvailableSolutionStacks", "success")
def test_every_solution_stack_comes_with_its_file_types(beanstalk):
    answer = beanstalk.client.list_available_solution_stacks()
    assert answer.keys() == {"SolutionStacks", "SolutionStackDetails", "ResponseMetadata"}
    assert answer["SolutionStacks"] == [it.name for it in PLATFORMS.stacks]
    details = {it["SolutionStackName"]: it["PermittedFileTypes"] for it in answer["SolutionStackDetails"]}
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
    listed = branches(beanstalk)
    assert len(listed) == 56
    assert listed == sorted(listed, key=lambda it: (it["PlatformName"], -it["BranchOrder"]))
    packer = [it for it in listed if it["PlatformName"] == "Packer"]
    assert [(it["BranchName"], it["SupportedTierList"]) for it in packer] == [(PACKER, [])]


@pytest.mark.parametrize(
    ("terms", "passes"),
    [
        ([("BranchName", "=", ["Python 3.14"])], lambda it: False),
        ([("BranchName", "begins_with", ["Python 3.1"])], lambda it: it.name.startswith("Python 3.1")),
        ([("BranchName", "ends_with", ["Amazon Linux 2"])], lambda it: it.name.endswith("Amazon Linux 2")),
        ([("BranchName", "contains", ["Corretto"])], lambda it: "Corretto" in it.name),
        ([("BranchName", "in", [BRANCH, "nobody", PACKER])], lambda it: it.name in (BRANCH, PACKER)),
        ([("BranchName", "not_in", [BRANCH, "nobody"])], lambda it: it.name != BRANCH),
        ([("BranchName", "!=", [BRANCH])], lambda it: it.name != BRANCH),
        ([("PlatformName", "=", ["Java"])], lambda it: it.family == "Java"),
        ([("PlatformName", "=", ["java"])], lambda it: False),
        ([("PlatformName", "in", ["Java", "Go"])], lambda it: it.family in ("Java", "Go")),
        ([("PlatformName", "contains", [".NET"])], lambda it: ".NET" in it.family),
        ([("PlatformName", "not_in", ["Java"])], lambda it: it.family != "Java"),
        ([("LifecycleState", "=", ["Retired"])], lambda it: it.lifecycle_state == "Retired"),
        ([("LifecycleState", "=", ["retired"])], lambda it: it.lifecycle_state == "Retired"),
        ([("LifecycleState", "!=", ["Retired"])], lambda it: it.lifecycle_state == "Supported"),
        ([("LifecycleState", "in", ["beta", "supported"])], lambda it: it.lifecycle_state == "Supported"),
        ([("LifecycleState", "not_in", ["Retired", "Supported"])], lambda it: False),
        ([("TierType", "=", ["Worker/SQS/HTTP"])], lambda it: "Worker/SQS/HTTP" in it.tiers),
        ([("TierType", "!=", ["Worker/SQS/HTTP"])], lambda it: "Worker/SQS/HTTP" not in it.tiers),
        ([("TierType", "=", ["WebServer/Standard"])], lambda it: it.name != PACKER),
        ([("TierType", "=", ["nobody"])], lambda it: False),
        (
            [("PlatformName", "=", ["Python"]), ("LifecycleState", "!=", ["Retired"])],
            lambda it: it.family == "Python" and it.lifecycle_state == "Supported",
        ),
        ([("PlatformName", "=", ["Python"]), ("PlatformName", "=", ["Ruby"])], lambda it: False),
        ([], lambda it: True),
        ([("PlatformName", "=", ["Python"])] * 10, lambda it: it.family == "Python"),
        ([("PlatformName", "in", ["Python", *"abcdefghi"])], lambda it: it.family == "Python"),
    ],
)
def test_every_filter_of_branches(beanstalk, terms, passes):
    assert set(called(beanstalk, *terms)) == {it.name for it in PLATFORMS.branches if passes(it)}


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
            [{"Attribute": "BranchName", "Operator": "in", "Values": [str(it) for it in range(11)]}],
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
