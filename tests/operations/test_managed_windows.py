"""Managed actions in their windows: when they start, what they meet, and what becomes of failures."""

from datetime import UTC, datetime, timedelta

import pytest

from environments import STACK, arm, describe
from operations.managed_actions import FIRST, OLD, PATCHED, UPDATE, WEEK, actions, apply, history, managed
from options import MANAGED_ACTIONS, option


def past_the_window(shop):
    """Two hours after its start."""
    start = actions(shop)[0]["WindowStartTime"].timestamp()
    shop.advance(start - shop.now / 1000 + 7200)


def test_during_a_managed_update_only_an_abort_is_allowed(shop, old, refused):
    apply(shop)
    shop.advance(30)
    assert describe(shop)["AbortableOperationInProgress"] is True
    must_be_ready = "Environment named web1 is in an invalid state for this operation. Must be Ready."
    for call, more in (
        ("update_environment", {"VersionLabel": "v2"}),
        ("request_environment_info", {"InfoType": "tail"}),
    ):
        with refused("InvalidParameterValue", must_be_ready):
            getattr(shop.client, call)(EnvironmentName="web1", **more)
    pending = "Cannot terminate environment named web1. It is currently pending deployment."
    with refused("InvalidParameterValue", pending):
        shop.client.terminate_environment(EnvironmentName="web1")
    shop.client.abort_environment_update(EnvironmentName="web1")


def test_in_its_window_an_action_starts_by_itself(shop, old):
    shop.until("web1", "Updating", within=timedelta(days=7))
    assert shop.now == FIRST.timestamp() * 1000
    shop.until_ready("web1")
    assert describe(shop)["SolutionStackName"] == STACK
    (item,) = history(shop)
    assert (item["Status"], item["ExecutedTime"]) == ("Completed", FIRST)
    assert actions(shop) == []


def test_a_change_of_the_options_changes_what_is_scheduled(shop, old):
    def update(*settings):
        shop.client.update_environment(EnvironmentName="web1", OptionSettings=list(settings))
        shop.until_ready("web1")
        return [(action["ActionDescription"], action["WindowStartTime"]) for action in actions(shop)]

    assert update(option(UPDATE, "UpdateLevel", "patch")) == [(f"Platform update to {PATCHED}", FIRST)]
    wednesday = datetime(2026, 1, 7, 0, 30, tzinfo=UTC)
    assert update(option(MANAGED_ACTIONS, "PreferredStartTime", "wed:00:30"))[0][1] == wednesday
    assert update(option(MANAGED_ACTIONS, "ManagedActionsEnabled", "false")) == []
    shop.advance(2 * WEEK)
    assert describe(shop)["SolutionStackName"] == OLD


def test_an_environment_that_is_busy_all_through_its_window_misses_it(shop, old):
    missed = actions(shop)[0]
    shop.advance(FIRST.timestamp() - shop.now / 1000 - 5)
    for _ in range(4):
        shop.client.update_environment(EnvironmentName="web1", VersionLabel="v2")
        shop.advance(10)
        assert [action["Status"] for action in actions(shop)][:1] in (["Pending"], ["Scheduled"])
        shop.until_ready("web1")
        shop.advance(1800 - (shop.now / 1000 - FIRST.timestamp()) % 1800 - 5)
    (item,) = history(shop)
    assert item["ActionId"] == missed["ActionId"]
    assert (item["Status"], item["FailureType"]) == ("Failed", "InvalidEnvironmentState")
    assert item["FailureDescription"] == (
        "Environment named web1 is in an invalid state for this operation. Must be Ready."
    )
    assert actions(shop)[0]["WindowStartTime"].timestamp() == FIRST.timestamp() + WEEK


@pytest.mark.parametrize(
    ("left_out", "sentence"),
    [
        (
            "ServiceRole",
            "You can't enable managed platform updates when your environment uses the service-linked role "
            "'AWSServiceRoleForElasticBeanstalk'. Select a service role that has the "
            "'AWSElasticBeanstalkManagedUpdatesCustomerRolePolicy' managed policy.",
        ),
        ("PreferredStartTime", f"Specify the option PreferredStartTime in namespace {MANAGED_ACTIONS}."),
        ("UpdateLevel", f"Specify the option UpdateLevel in namespace {UPDATE}."),
    ],
)
def test_what_managed_actions_need_is_asked_for_at_once(create, refused, left_out, sentence):
    settings = [setting for setting in managed() if setting["OptionName"] != left_out]
    enabled = f"(Namespace: '{MANAGED_ACTIONS}', OptionName: 'ManagedActionsEnabled')"
    specification = f"Invalid option specification {enabled}: "
    with refused("ConfigurationValidationException", f"Configuration validation exception: {specification}{sentence}"):
        create(SolutionStackName=OLD, OptionSettings=settings)


def fail_managed_updates(shop, **fault):
    where = {"environment": "web1", "operation": "ApplyEnvironmentManagedAction"}
    arm(shop, what="command-fails", where=where, **fault)


def retries(shop):
    return sum(event.message == "Managed update failed, retrying in 30 minutes." for event in shop.events("web1"))


def test_an_update_by_hand_that_fails_is_rolled_back_and_not_tried_again(shop, old):
    fail_managed_updates(shop)
    apply(shop)
    shop.until_ready("web1")
    (item,) = history(shop)
    assert (item["Status"], item["FailureType"]) == ("Failed", "RollbackSuccessful")
    assert item["FailureDescription"] == "The managed update failed and was rolled back."
    assert describe(shop)["SolutionStackName"] == OLD
    assert retries(shop) == 0
    (again,) = actions(shop)
    assert (again["Status"], again["WindowStartTime"]) == ("Scheduled", FIRST)
    assert again["ActionId"] != item["ActionId"]


def test_a_failure_in_the_window_is_tried_again(shop, old):
    fail_managed_updates(shop, times=1)
    past_the_window(shop)
    (item,) = history(shop)
    assert (item["Status"], item["ExecutedTime"]) == ("Completed", FIRST)
    assert describe(shop)["SolutionStackName"] == STACK
    assert retries(shop) == 1


def test_a_failure_all_through_the_window_is_given_up(shop, old):
    fail_managed_updates(shop)
    past_the_window(shop)
    (item,) = history(shop)
    assert (item["Status"], item["FailureType"]) == ("Failed", "RollbackSuccessful")
    assert describe(shop)["SolutionStackName"] == OLD
    assert retries(shop) > 1
    assert actions(shop)[0]["WindowStartTime"].timestamp() == FIRST.timestamp() + WEEK
