"""What ListAvailableSolutionStacks and the platform lists can count on."""

import re

import pytest

from beanpole.catalog import catalog
from beanpole.model.platforms.catalog import SolutionStack, partition
from environments import STACK

PLATFORMS = catalog.load().platforms
PYTHON_BRANCH = "Python 3.14 running on 64bit Amazon Linux 2023"


def stack(name: str) -> SolutionStack:
    stack = PLATFORMS.find_stack(name)
    assert stack is not None, name
    return stack


def test_the_catalogue_holds_every_branch_and_stack_once() -> None:
    assert len({branch.name for branch in PLATFORMS.branches}) == len(PLATFORMS.branches) == 56
    assert len({stack.name for stack in PLATFORMS.stacks}) == len(PLATFORMS.stacks) == 71
    assert all(PLATFORMS.branch(stack.branch) for stack in PLATFORMS.stacks)


def test_a_stack_says_what_it_is() -> None:
    python = stack(STACK)
    assert (python.branch, python.family, python.version) == (PYTHON_BRANCH, "Python", "4.13.7")
    assert (python.os_name, python.os_version) == ("Amazon Linux", "2023")
    assert python.tiers == ("WebServer/Standard", "Worker/SQS/HTTP")
    assert [(language.name, language.version) for language in python.languages] == [("Python", "3.14.7")]
    assert {"python", "linux", "al2023"} <= set(python.traits)


def test_an_arn_has_no_account_and_keeps_its_blanks() -> None:
    assert stack(STACK).arn("us-east-1") == (f"arn:aws:elasticbeanstalk:us-east-1::platform/{PYTHON_BRANCH}/4.13.7")


@pytest.mark.parametrize(
    ("region", "name"), [("eu-west-1", "aws"), ("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov")]
)
def test_an_arn_is_of_the_partition_of_its_region(region: str, name: str) -> None:
    assert partition(region) == name


def test_every_stack_is_found_again_by_its_arn_in_any_region() -> None:
    for stack in PLATFORMS.stacks:
        assert PLATFORMS.find_arn(stack.arn("us-east-1")) is PLATFORMS.find_arn(stack.arn("cn-north-1")) is stack


@pytest.mark.parametrize(
    "arn",
    [
        f"arn:aws:elasticbeanstalk:us-east-1:123456789012:platform/{PYTHON_BRANCH}/4.13.7",
        f"arn:aws:elasticbeanstalk:us-east-1::platform/{PYTHON_BRANCH}/9.9.9",
        f"arn:aws:elasticbeanstalk:us-east-1::platform/{PYTHON_BRANCH}",
        STACK,
    ],
)
def test_no_other_arn_finds_a_stack(arn: str) -> None:
    assert PLATFORMS.find_arn(arn) is None


@pytest.mark.parametrize(
    ("pattern", "first"),
    [
        (r"^64bit Amazon Linux (.*) running Python (.*)$", STACK),
        (r"^64bit Amazon Linux 2023 (.*) running Python 3.11$", "64bit Amazon Linux 2023 v4.13.7 running Python 3.11"),
        (r"^64bit (.*) running Docker$", "64bit Amazon Linux 2023 v4.13.7 running Docker"),
        (r"^64bit Amazon Linux 2 (.*) running Python 3.8$", "64bit Amazon Linux 2 v3.3.14 running Python 3.8"),
        (r"IIS 10.0$", "64bit Windows Server 2025 v2.23.4 running IIS 10.0"),
        (r"Tomcat", "64bit Amazon Linux 2023 v5.14.7 running Tomcat 11 Corretto 25"),
    ],
)
def test_the_first_match_of_a_pattern_is_the_newest(pattern: str, first: str) -> None:
    assert next(stack.name for stack in PLATFORMS.stacks if re.search(pattern, stack.name)) == first


def test_supported_stacks_come_before_retired_ones() -> None:
    retired = [stack.lifecycle_state == "Retired" for stack in PLATFORMS.stacks]
    assert retired == sorted(retired)


def test_one_version_of_a_supported_branch_is_recommended_and_none_of_a_retired_one() -> None:
    for branch in PLATFORMS.branches:
        recommended = [version.recommended for version in PLATFORMS.versions(branch.name)]
        newest = branch.lifecycle_state == "Supported"
        assert recommended == [newest] + [False] * (len(recommended) - 1), branch.name


def test_windows_has_no_worker_tier_and_the_packer_builder_none_at_all() -> None:
    assert stack("64bit Windows Server Core 2022 v2.23.4 running IIS 10.0").tiers == ("WebServer/Standard",)
    assert stack("64bit Amazon Linux 2018.03 v2.6.33 running Packer 1.0.3").tiers == ()


@pytest.mark.parametrize(
    ("family", "types"), [("Docker", ()), ("Java", ("jar", "zip")), ("Tomcat", ("war", "zip")), ("Ruby", ("zip",))]
)
def test_a_family_permits_its_own_file_types(family: str, types: tuple[str, ...]) -> None:
    assert {stack.file_types for stack in PLATFORMS.stacks if stack.family == family} == {types}
