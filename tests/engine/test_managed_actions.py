"""Managed actions on the pure engine: their windows hold however time is cut, and an idle environment costs nothing."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from beanpole.model.environment.managed_action import ManagedAction, ManagedActionRecord, ManagedRun
from beanpole.model.environment.managed_actions import FAILURES, carry_out
from beanpole.model.faults.fault import Fault, Where
from beanpole.model.faults.table import of_kind
from beanpole.model.options.definitions import OptionSetting
from beanpole.model.options.namespaces import MANAGED_ACTIONS, PLATFORM_UPDATE
from engine.stories import SHAPES, World
from environments import STACK
from examples import examples

OLD = "64bit Amazon Linux 2023 v4.12.2 running Python 3.14"
DAY = 86_400.0
WEEK = 7 * DAY

shapes = st.sampled_from(sorted(SHAPES))
cuts = st.lists(st.floats(0.001, 3 * DAY).map(lambda seconds: round(seconds, 3)), max_size=10)


def world(shape="single", stack=OLD, level="minor", refresh="true", **clock):
    """A launched environment with managed actions, whose window opens on Tuesdays at nine."""
    story = World(shape, **clock)
    managed = (
        OptionSetting(MANAGED_ACTIONS, "ManagedActionsEnabled", "true"),
        OptionSetting(MANAGED_ACTIONS, "PreferredStartTime", "Tue:09:00"),
        OptionSetting(PLATFORM_UPDATE, "UpdateLevel", level),
        OptionSetting(PLATFORM_UPDATE, "InstanceRefreshEnabled", refresh),
    )
    story.environment = replace(
        story.environment, solution_stack_name=stack, settings=(*story.environment.settings, *managed)
    )
    story.request("launch", request_id="create")
    return story.advance(900)


def records(world):
    ended = (entity for entity in world.beside.values() if isinstance(entity, ManagedActionRecord))
    return sorted(ended, key=lambda record: record.finished_at)


def pass_time(world, seconds, cuts):
    """So long, in the given portions."""
    left = seconds
    for cut in cuts:
        if cut < left:
            world.advance(cut)
            left -= cut
    return world.advance(left)


@examples(40)
@given(shape=shapes, seed=st.integers(0, 1000), level=st.sampled_from(["patch", "minor"]), cuts=cuts)
def test_windows_tell_the_same_story_however_time_is_cut(shape, seed, level, cuts):
    cut = pass_time(world(shape, level=level, seed=seed), 3 * WEEK, cuts)
    whole = pass_time(world(shape, level=level, seed=seed), 3 * WEEK, [])
    assert cut.state() == whole.state()
    assert [record.action_type for record in records(whole)] == ["PlatformUpdate", "InstanceRefresh", "InstanceRefresh"]


@examples(40)
@given(shape=shapes, cuts=cuts, early=st.floats(1, 900))
def test_an_update_in_the_way_tells_the_same_story_however_time_is_cut(shape, cuts, early):
    def live(cuts):
        story = world(shape)
        story.advance((story.environment.managed_due - story.now) / 1000 - early)
        story.request("update", request_id="update", version_label="v2", settings=None)
        return pass_time(story, 2 * DAY, cuts)

    whole = live([])
    assert live(cuts).state() == whole.state()
    assert [record.failure_type for record in records(whole)] == [None]
    assert whole.environment.solution_stack_name == STACK
    assert whole.environment.version_label == "v2"


@given(shape=shapes, stack=st.sampled_from([STACK, "no platform of ours"]))
def test_an_idle_environment_with_nothing_to_update_has_no_due_instant(shape, stack):
    story = world(shape, stack=stack, refresh="false")
    assert story.environment.due is None
    commits = len(story.changes)
    story.advance(180 * DAY)
    assert len(story.changes) == commits


def test_a_refresh_comes_once_a_week():
    story = pass_time(world(stack=STACK), 180 * DAY, [])
    assert len(records(story)) == 25
    starts = [record.executed_at for record in records(story)]
    assert {after - before for before, after in pairwise(starts)} == {round(WEEK * 1000)}
    assert len({record.action_id for record in records(story)}) == 25


@pytest.mark.parametrize("speed", [1.0, 60.0, "instant"])
def test_a_window_is_calendar_time_at_any_speed(speed):
    story = world(mode="wall", speed=speed)
    due = story.environment.managed_due
    story.advance((due - story.now) / 1000 - 0.001)
    assert story.environment.managed_due == due
    story.advance(7200)
    assert story.environment.solution_stack_name == STACK
    assert story.environment.managed_due == due + WEEK * 1000


def test_a_busy_environment_is_tried_again_while_its_window_is_open():
    story = world()
    due = story.environment.managed_due
    for attempt in range(4):
        story.advance((due + attempt * 1_800_000 - story.now) / 1000 - 1)
        story.request("update", request_id=f"update-{attempt}", version_label=f"v{attempt}", settings=None)
        story.advance(600)
    retries = [event for event in story.events if event.message == "Managed update failed, retrying in 30 minutes."]
    assert [event.at for event in retries] == [due, due + 1_800_000, due + 3_600_000]
    assert len({event.request_id for event in retries}) == 1
    (over,) = records(story)
    assert (over.failure_type, over.executed_at, over.finished_at) == ("InvalidEnvironmentState", due, due + 5_400_000)
    assert story.environment.managed_due == due + WEEK * 1000


def test_a_termination_ends_all_managing():
    story = world()
    story.advance((story.environment.managed_due - story.now) / 1000 - 1)
    story.request("termination", "terminateEnvironment", request_id="terminate")
    story.settle()
    assert story.environment.status == "Terminated"
    assert (story.environment.due, story.beside) == (None, {})


def test_what_waits_is_dropped_once_it_is_not_wanted_any_more():
    story = world()
    story.advance((story.environment.managed_due - story.now) / 1000 - 1)
    off = OptionSetting(MANAGED_ACTIONS, "ManagedActionsEnabled", "false")
    switched_off = (off, *(setting for setting in story.environment.settings if setting.option_name != off.option_name))
    story.request("update", request_id="update", version_label=None, settings=switched_off)
    story.advance(10)
    assert story.environment.managed_run is not None
    story.advance(7200)
    assert (story.environment.managed_run, story.environment.managed_due) == (None, None)
    assert story.environment.solution_stack_name == OLD


@examples(60)
@given(shape=shapes, what=st.sampled_from(of_kind("plan")), times=st.none() | st.integers(1, 4), cuts=cuts)
def test_whatever_fails_in_a_window_comes_to_an_end_however_time_is_cut(shape, what, times, cuts):
    def live(cuts):
        story = world(shape)
        story.arm([Fault(1, what, times=times)])
        return pass_time(story, WEEK, cuts)

    whole = live([])
    assert live(cuts).state() == whole.state()
    assert (whole.environment.status, whole.environment.managed_run) == ("Ready", None)
    (over,) = records(whole)
    reached = STACK if over.failure_type is None else OLD
    assert (over.failure_type in (None, "RollbackSuccessful"), whole.environment.solution_stack_name) == (True, reached)
    assert len(whole.fleet) == len(world(shape).fleet)


@examples(60)
@given(shape=shapes, after=st.floats(0, 1200))
def test_an_abort_at_any_time_is_a_cancellation_or_comes_too_late(shape, after):
    story = world(shape)
    story.advance((story.environment.managed_due - story.now) / 1000 + after)
    aborted = story.environment.abortable_operation_in_progress
    if aborted:
        story.request("abort")
    story.advance(7200)
    (over,) = records(story)
    assert over.failure_type == ("UpdateCancelled" if aborted else None)
    assert story.environment.solution_stack_name == (OLD if aborted else STACK)
    assert not any("retrying" in event.message for event in story.events)


STAYS = Fault(2, "resource-fails", Where(step="deprovision"), times=1)


@examples(20)
@given(shape=shapes, cuts=cuts)
def test_what_cannot_be_rolled_back_is_said_to_be_so(shape, cuts):
    def live(cuts):
        story = world(shape)
        story.arm([Fault(1, "command-fails"), STAYS])
        return pass_time(story, WEEK, cuts)

    whole = live([])
    assert live(cuts).state() == whole.state()
    messages = [event.message for event in whole.events]
    assert sum("failed to delete: [AWSEBAutoScalingGroup]" in message for message in messages) == 1
    # The first attempt could not be rolled back, those after it could.
    assert [record.failure_type for record in records(whole)] == ["RollbackSuccessful"]
    assert whole.environment.solution_stack_name == OLD
    assert not [resource for resource in whole.environment.resources if resource.kind == "temporary-group"]


@pytest.mark.parametrize("aborted", [True, False])
def test_the_last_attempt_counts_and_a_cancellation_is_one(aborted):
    story = world("application")
    run = ManagedRun(ManagedAction("one", "PlatformUpdate", "", STACK, "arn"), "by-hand", story.now, story.now)
    story.arm([STAYS] if aborted else [Fault(1, "command-fails"), STAYS])
    story.environment = carry_out(story.environment, run, story.now)
    if aborted:
        story.advance(200)
        story.request("abort")
    story.advance(3600)
    (over,) = records(story)
    assert over.failure_type == ("CancellationFailed" if aborted else "RollbackFailed")
    assert over.failure_description == FAILURES[over.failure_type]
    assert (story.environment.status, story.environment.solution_stack_name) == ("Ready", OLD)
    assert story.environment.resource("temporary-group") is None
    assert len(story.fleet) == len(world("application").fleet)


@pytest.mark.parametrize(
    ("code", "status", "failure"),
    [
        ("AccessDenied", None, "PermissionsError"),
        ("InsufficientPrivilegesException", None, "PermissionsError"),
        ("Refused", 403, "PermissionsError"),
        ("ServiceUnavailable", 503, "InternalFailure"),
    ],
)
def test_what_refuses_an_action_to_others_refuses_it_to_the_service(code, status, failure):
    story = world("single")
    due = story.environment.managed_due
    where = Where(environment="web", operation="ApplyEnvironmentManagedAction")
    story.arm([Fault(1, "refuse", where, code=code, status=status)])
    story.advance(WEEK)
    (over,) = records(story)
    assert (over.failure_type, over.executed_at, over.finished_at) == (failure, due, due + 5_400_000)
    assert over.failure_description == FAILURES[failure].format(environment="web")
    assert story.environment.solution_stack_name == OLD
    assert not [event for event in story.events if event.message == "Managed platform update is in-progress."]


@pytest.mark.parametrize(
    "where", [Where(), Where(operation="UpdateEnvironment"), Where("other", operation="ApplyEnvironmentManagedAction")]
)
def test_a_refusal_that_does_not_name_the_action_leaves_the_service_alone(where):
    story = world("single")
    story.arm([Fault(1, "refuse", where, code="AccessDenied")])
    story.advance(WEEK)
    assert [record.failure_type for record in records(story)] == [None]


def test_a_refusal_that_fires_once_is_retried():
    story = world("single")
    where = Where(operation="ApplyEnvironmentManagedAction")
    story.arm([Fault(1, "refuse", where, code="AccessDenied", times=1)])
    story.advance(WEEK)
    assert [record.failure_type for record in records(story)] == [None]
    assert sum("retrying" in event.message for event in story.events) == 1
    assert [fault.fired for fault in story.rules.faults] == [1]
