"""Users and groups that configuration files ask for, and those that an instance has."""

import pytest

from beanpole.model.bundles.bundle import Bundle
from beanpole.model.bundles.configuration_file import ConfigurationFile, Group, User
from beanpole.model.instance.deployment import carry_out
from beanpole.model.instance.disk import FRESH
from beanpole.model.instance.request import Request

DEPLOY = Request("deploy")


def failure(*files: ConfigurationFile, request: Request = DEPLOY) -> str | None:
    """The output of the outcome that stopped a deployment; None if it has not failed."""
    report = carry_out(Bundle("d1", 0, configuration_files=files), FRESH, request).report
    return report.outcomes[-1].output if report.failed else None


@pytest.mark.parametrize(
    ("groups", "words"),
    [
        ([Group("shop", "45"), Group("other")], None),
        ([Group("root"), Group("wheel", "10"), Group("webapp", "900")], None),
        ([Group("root", "45")], "Group root exists with gid 0, but gid 45 was requested"),
        ([Group("shop", "ten")], "Failed to create group shop"),
        ([Group("shop", "10")], "Failed to create group shop"),
        ([Group("shop", "45"), Group("shop", "46")], "Group shop exists with gid 45, but gid 46 was requested"),
        ([Group("shop", "45"), Group("shop"), Group("shop", "45")], None),
        ([Group("shop"), Group("shop", "45")], None),
        ([Group("shop", "45"), Group("other", "45")], "Failed to create group other"),
    ],
)
def test_a_group_that_is_there_keeps_its_gid(groups: list[Group], words: str | None) -> None:
    assert failure(*(ConfigurationFile("a", groups=(group,)) for group in groups)) == words


@pytest.mark.parametrize(
    ("user", "words"),
    [
        (User("shop", uid="50"), None),
        (User("ec2-user", groups=("wheel",)), None),
        (User("root", uid="5"), "User root exists with uid 0, but uid 5 was requested"),
        (User("shop", uid="x"), "Failed to add user shop"),
        (User("shop", uid="0"), "Failed to add user shop"),
    ],
)
def test_a_user_that_is_there_keeps_its_uid(user: User, words: str | None) -> None:
    assert failure(ConfigurationFile("a", users=(user,))) == words


def test_a_deployment_that_is_recorded_makes_no_account() -> None:
    file = ConfigurationFile("a", users=(User("root", uid="5"),))
    assert failure(file, request=Request("deploy", "record")) is None
    assert failure(file, request=Request("deploy", is_windows=True)) is None
