"""Managed actions: scheduled, applied by hand, carried out in their window, and remembered."""

import pytest

from environments import STACK, describe
from operations.absent import NOBODY
from operations.managed_actions import FIRST, OLD, PATCHED, UPDATE, WEEK, actions, apply, history, managed
from options import option

CALLS = (
    "describe_environment_managed_actions",
    "apply_environment_managed_action",
    "describe_environment_managed_action_history",
)


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
    counts = {status: len(actions(shop, Status=status)) for status in ("Scheduled", "Pending", "Running", "Unknown")}
    assert counts == {"Scheduled": 1, "Pending": 0, "Running": 0, "Unknown": 0}
    apply(shop)
    assert [action["Status"] for action in actions(shop)] == ["Pending"]
    assert (len(actions(shop, Status="Pending")), actions(shop, Status="Scheduled")) == (1, [])
    shop.advance(20)
    assert [action["Status"] for action in actions(shop)] == ["Running"]
    assert (len(actions(shop, Status="Running")), actions(shop, Status="Pending")) == (1, [])


@pytest.mark.shows("ApplyEnvironmentManagedAction", "success")
def test_an_action_is_applied_by_hand(shop, old):
    (scheduled,) = actions(shop)
    parameters = {"EnvironmentId": old["EnvironmentId"], "ActionId": scheduled["ActionId"]}
    answer = shop.client.apply_environment_managed_action(**parameters)
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
    messages = [event["Message"] for event in shop.client.describe_events(RequestId=request_id)["Events"]]
    assert messages[-2:] == ["Environment update is starting.", "Managed platform update is in-progress."]
    assert messages[0] == "Environment update completed successfully."
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
    assert {
        name: value for name, value in item.items() if name not in ("ActionId", "ExecutedTime", "FinishedTime")
    } == {
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
    assert everything == sorted(everything, key=lambda action: action["FinishedTime"], reverse=True)
    assert len({action["ActionId"] for action in everything}) == 5
    pages = shop.client.get_paginator("describe_environment_managed_action_history")
    paged = list(pages.paginate(EnvironmentName="web1", PaginationConfig={"PageSize": 2}))
    assert [len(page["ManagedActionHistoryItems"]) for page in paged] == [2, 2, 1]
    assert [item for page in paged for item in page["ManagedActionHistoryItems"]] == everything
    assert "NextToken" not in paged[-1]


@pytest.mark.shows("DescribeEnvironmentManagedActions", "errors")
@pytest.mark.shows("ApplyEnvironmentManagedAction", "errors")
@pytest.mark.shows("DescribeEnvironmentManagedActionHistory", "errors")
@pytest.mark.parametrize(
    ("parameters", "code", "sentence"),
    [
        *NOBODY,
    ],
)
@pytest.mark.parametrize("call", CALLS)
def test_an_environment_must_be_named_and_be_there(shop, refused, call, parameters, code, sentence):
    more = {"ActionId": "one"} if call.startswith("apply") else {}
    with refused(code, sentence):
        getattr(shop.client, call)(**parameters, **more)


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
