"""Managed actions: scheduled, applied by hand, carried out in their window, and remembered."""

from datetime import UTC, datetime, timedelta

import pytest

from environments import STACK, arm, describe
from options import MANAGED_ACTIONS, option

from .conftest import NOBODY

UPDATE = f"{MANAGED_ACTIONS}:platformupdate"
OLD = "64bit Amazon Linux 2023 v4.12.2 running Python 3.14"
PATCHED = "64bit Amazon Linux 2023 v4.12.3 running Python 3.14"
FIRST = datetime(2026, 1, 6, 9, tzinfo=UTC)
WEEK = 7 * 86_400
CALLS = (
    "describe_environment_managed_actions",
    "apply_environment_managed_action",
    "describe_environment_managed_action_history",
)


def managed(level="minor", refresh="false"):
    return [
        option("aws:elasticbeanstalk:environment", "EnvironmentType", "SingleInstance"),
        option("aws:elasticbeanstalk:environment", "ServiceRole", "aws-elasticbeanstalk-service-role"),
        option(MANAGED_ACTIONS, "ManagedActionsEnabled", "true"),
        option(MANAGED_ACTIONS, "PreferredStartTime", "Tue:09:00"),
        option(UPDATE, "UpdateLevel", level),
        option(UPDATE, "InstanceRefreshEnabled", refresh),
    ]


@pytest.fixture
def old(launch):
    """An environment on an old platform, Ready."""
    return launch(SolutionStackName=OLD, OptionSettings=managed())


def actions(shop, **more):
    return shop.client.describe_environment_managed_actions(EnvironmentName="web1", **more)["ManagedActions"]


def history(shop, **more):
    asked = {"EnvironmentName": "web1", **more}
    return shop.client.describe_environment_managed_action_history(**asked)["ManagedActionHistoryItems"]


def apply(shop):
    (action,) = actions(shop)
    return shop.client.apply_environment_managed_action(EnvironmentName="web1", ActionId=action["ActionId"])


def past_the_window(shop):
    """Two hours after its start."""
    start = actions(shop)[0]["WindowStartTime"].timestamp()
    shop.advance(start - shop.now / 1000 + 7200)


@pytest.mark.shows("DescribeEnvironmentManagedActions", "success")
@pytest.mark.parametrize(
    ("level", "target"), [("minor", STACK), ("patch", PATCHED), ("Minor", STACK), ("PATCH", PATCHED)]
)
def test_a_platform_update_within_the_level_is_scheduled(shop, launch, level, target):
    environment = launch(SolutionStackName=OLD, OptionSettings=managed(level))
    answer = shop.client.describe_environment_managed_actions(EnvironmentId=environment["EnvironmentId"])
    (action,) = answer["ManagedActions"]
    assert action.pop("ActionId") == actions(shop)[0]["ActionId"]
    assert action == {
        "ActionDescription": f"Platform update to {target}",
        "ActionType": "PlatformUpdate",
        "Status": "Scheduled",
        "WindowStartTime": FIRST,
    }


@pytest.mark.shows("DescribeEnvironmentManagedActions", "success")
def test_with_nothing_to_update_instances_are_refreshed_where_that_is_wanted(shop, launch):
    launch(SolutionStackName=STACK, OptionSettings=managed(refresh="true"))
    (action,) = actions(shop)
    assert len(action.pop("ActionId")) == 36
    assert action == {
        "ActionDescription": "Instance refresh",
        "ActionType": "InstanceRefresh",
        "Status": "Scheduled",
        "WindowStartTime": FIRST,
    }


@pytest.mark.shows("DescribeEnvironmentManagedActions", "success")
@pytest.mark.parametrize(
    ("stack", "settings"),
    [(STACK, managed()), (OLD, managed()[:2]), (OLD, [*managed()[:2], option(UPDATE, "UpdateLevel", "minor")])],
)
def test_nothing_is_scheduled_where_there_is_nothing_to_do(shop, launch, stack, settings):
    launch(SolutionStackName=stack, OptionSettings=settings)
    assert actions(shop) == history(shop) == []


@pytest.mark.shows("DescribeEnvironmentManagedActions", "success")
def test_actions_are_shown_by_status(shop, old):
    found = {it: len(actions(shop, Status=it)) for it in ("Scheduled", "Pending", "Running", "Unknown")}
    assert found == {"Scheduled": 1, "Pending": 0, "Running": 0, "Unknown": 0}
    apply(shop)
    assert [it["Status"] for it in actions(shop)] == ["Pending"]
    assert (len(actions(shop, Status="Pending")), actions(shop, Status="Scheduled")) == (1, [])
    shop.advance(20)
    assert [it["Status"] for it in actions(shop)] == ["Running"]
    assert (len(actions(shop, Status="Running")), actions(shop, Status="Pending")) == (1, [])


@pytest.mark.shows("ApplyEnvironmentManagedAction", "success")
def test_an_action_is_applied_by_hand(shop, old):
    (scheduled,) = actions(shop)
    asked = {"EnvironmentId": old["EnvironmentId"], "ActionId": scheduled["ActionId"]}
    answer = shop.client.apply_environment_managed_action(**asked)
    request_id = answer.pop("ResponseMetadata")["RequestId"]
    assert answer == {
        "ActionId": scheduled["ActionId"],
        "ActionDescription": f"Platform update to {STACK}",
        "ActionType": "PlatformUpdate",
        "Status": "Pending",
    }
    assert describe(shop)["Status"] == "Updating"
    shop.until_ready("web1")
    after = describe(shop)
    assert (after["SolutionStackName"], after["PlatformArn"].rpartition("/")[2]) == (STACK, "4.13.7")
    told = [it["Message"] for it in shop.client.describe_events(RequestId=request_id)["Events"]]
    assert told[-2:] == ["Environment update is starting.", "Managed platform update is in-progress."]
    assert told[0] == "Environment update completed successfully."
    assert actions(shop) == []


@pytest.mark.shows("DescribeEnvironmentManagedActionHistory", "success")
def test_what_was_done_is_remembered(shop, old):
    (scheduled,) = actions(shop)
    began = shop.now
    apply(shop)
    shop.until_ready("web1")
    (item,) = history(shop)
    executed, finished = item.pop("ExecutedTime"), item.pop("FinishedTime")
    assert item == {
        "ActionId": scheduled["ActionId"],
        "ActionType": "PlatformUpdate",
        "ActionDescription": f"Platform update to {STACK}",
        "Status": "Completed",
    }
    assert (round(executed.timestamp() * 1000), round(finished.timestamp() * 1000)) == (began, shop.now)


@pytest.mark.shows("DescribeEnvironmentManagedActionHistory", "success")
def test_an_abort_is_remembered_as_a_failure(shop, old):
    apply(shop)
    shop.advance(30)
    shop.client.abort_environment_update(EnvironmentName="web1")
    shop.until_ready("web1")
    (item,) = history(shop)
    assert {name: it for name, it in item.items() if name not in ("ActionId", "ExecutedTime", "FinishedTime")} == {
        "ActionType": "PlatformUpdate",
        "ActionDescription": f"Platform update to {STACK}",
        "Status": "Failed",
        "FailureType": "UpdateCancelled",
        "FailureDescription": "The managed update was cancelled.",
    }
    assert describe(shop)["SolutionStackName"] == OLD
    (again,) = actions(shop)
    assert (again["Status"], again["ActionId"] == item["ActionId"]) == ("Scheduled", False)


@pytest.mark.shows("DescribeEnvironmentManagedActionHistory", "success")
def test_the_history_comes_in_pages_newest_first(shop, launch):
    launch(SolutionStackName=STACK, OptionSettings=managed(refresh="true"))
    shop.advance(5 * WEEK)
    everything = history(shop)
    assert len(everything) == 5
    assert everything == sorted(everything, key=lambda it: it["FinishedTime"], reverse=True)
    assert len({it["ActionId"] for it in everything}) == 5
    pages = shop.client.get_paginator("describe_environment_managed_action_history")
    paged = list(pages.paginate(EnvironmentName="web1", PaginationConfig={"PageSize": 2}))
    assert [len(it["ManagedActionHistoryItems"]) for it in paged] == [2, 2, 1]
    assert [item for it in paged for item in it["ManagedActionHistoryItems"]] == everything
    assert "NextToken" not in paged[-1]


@pytest.mark.shows("DescribeEnvironmentManagedActions", "errors")
@pytest.mark.shows("ApplyEnvironmentManagedAction", "errors")
@pytest.mark.shows("DescribeEnvironmentManagedActionHistory", "errors")
@pytest.mark.parametrize(
    ("asked", "code", "sentence"),
    [
        *NOBODY,
    ],
)
@pytest.mark.parametrize("call", CALLS)
def test_an_environment_must_be_named_and_be_there(shop, refused, call, asked, code, sentence):
    more = {"ActionId": "one"} if call.startswith("apply") else {}
    with refused(code, sentence):
        getattr(shop.client, call)(**asked, **more)


@pytest.mark.shows("DescribeEnvironmentManagedActions", "errors")
def test_a_status_is_one_of_four(shop, old, refused):
    sentence = (
        "1 validation error detected: Value 'Done' at 'status' failed to satisfy constraint: "
        "Member must satisfy enum value set: [Scheduled, Pending, Running, Unknown]"
    )
    with refused("ValidationError", sentence):
        actions(shop, Status="Done")


@pytest.mark.shows("ApplyEnvironmentManagedAction", "errors")
@pytest.mark.parametrize("action_id", ["nothing", "", "\u2603", "00000000-0000-4000-8000-000000000000"])
def test_an_action_that_nobody_knows_cannot_be_applied(shop, old, refused, action_id):
    with refused("ManagedActionInvalidStateException", "Managed action is in an invalid state."):
        shop.client.apply_environment_managed_action(EnvironmentName="web1", ActionId=action_id)


@pytest.mark.shows("DescribeEnvironmentManagedActionHistory", "errors")
@pytest.mark.parametrize("token", ["nonsense", "", "W10=", "WzEsMl0="])
def test_a_token_of_ours_is_the_only_one(shop, old, refused, token):
    with refused("InvalidParameterValue", f"Invalid NextToken: {token}"):
        history(shop, NextToken=token)


@pytest.mark.shows("DescribeEnvironmentManagedActionHistory", "errors")
@pytest.mark.parametrize(
    ("value", "constraint"),
    [
        ("0", "Member must have value greater than or equal to 1"),
        ("101", "Member must have value less than or equal to 100"),
    ],
)
def test_a_page_has_one_to_a_hundred_items(shop, old, value, constraint):
    query = f"Action=DescribeEnvironmentManagedActionHistory&EnvironmentName=web1&MaxItems={value}&Version=2010-12-01"
    answer = shop.app.test_client().post("/", data=query, content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 400
    assert constraint in answer.text


@pytest.mark.shows("ApplyEnvironmentManagedAction", "states")
def test_only_what_is_scheduled_is_applied(shop, old, refused):
    (scheduled,) = actions(shop)
    for wait in (0, 30, 7200):
        if wait == 0:
            apply(shop)
        shop.advance(wait)
        with refused("ManagedActionInvalidStateException", "Managed action is in an invalid state."):
            shop.client.apply_environment_managed_action(EnvironmentName="web1", ActionId=scheduled["ActionId"])


@pytest.mark.shows("ApplyEnvironmentManagedAction", "states")
def test_an_action_is_applied_to_a_ready_environment_only(shop, old, refused):
    shop.client.update_environment(EnvironmentName="web1", VersionLabel="v2")
    with refused(
        "InvalidParameterValue", "Environment named web1 is in an invalid state for this operation. Must be Ready."
    ):
        apply(shop)


@pytest.mark.shows("DescribeEnvironmentManagedActions", "states")
@pytest.mark.shows("ApplyEnvironmentManagedAction", "states")
@pytest.mark.shows("DescribeEnvironmentManagedActionHistory", "states")
@pytest.mark.parametrize("call", CALLS)
def test_nothing_is_managed_of_an_environment_that_is_gone(shop, old, refused, call):
    shop.client.terminate_environment(EnvironmentName="web1")
    shop.until("web1", "Terminated")
    more = {"ActionId": "one"} if call.startswith("apply") else {}
    with refused("InvalidParameterValue", "No Environment found for EnvironmentName = 'web1'."):
        getattr(shop.client, call)(EnvironmentName="web1", **more)
    shop.advance(2 * WEEK)


@pytest.mark.shows("DescribeEnvironmentManagedActions", "states")
@pytest.mark.shows("ApplyEnvironmentManagedAction", "states")
def test_nothing_is_scheduled_for_an_environment_on_its_way_out(shop, old, refused):
    (before,) = actions(shop)
    shop.client.terminate_environment(EnvironmentName="web1")
    assert actions(shop) == []
    with refused("ManagedActionInvalidStateException", "Managed action is in an invalid state."):
        shop.client.apply_environment_managed_action(EnvironmentName="web1", ActionId=before["ActionId"])


@pytest.mark.shows("DescribeEnvironmentManagedActions", "states")
@pytest.mark.shows("DescribeEnvironmentManagedActionHistory", "states")
def test_an_environment_that_is_not_yet_there_has_nothing_scheduled(shop, create):
    create(SolutionStackName=OLD, OptionSettings=managed())
    assert actions(shop) == history(shop) == []
    shop.until_ready("web1")
    assert len(actions(shop)) == 1


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
        return [(it["ActionDescription"], it["WindowStartTime"]) for it in actions(shop)]

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
        assert [it["Status"] for it in actions(shop)][:1] in (["Pending"], ["Scheduled"])
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
    settings = [it for it in managed() if it["OptionName"] != left_out]
    enabled = f"(Namespace: '{MANAGED_ACTIONS}', OptionName: 'ManagedActionsEnabled')"
    specification = f"Invalid option specification {enabled}: "
    with refused("ConfigurationValidationException", f"Configuration validation exception: {specification}{sentence}"):
        create(SolutionStackName=OLD, OptionSettings=settings)


def fail_managed_updates(shop, **fault):
    where = {"environment": "web1", "operation": "ApplyEnvironmentManagedAction"}
    arm(shop, what="command-fails", where=where, **fault)


def retries(shop):
    return sum(it.message == "Managed update failed, retrying in 30 minutes." for it in shop.events("web1"))


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
