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
    made = World(shape, **clock)
    managed = (
        OptionSetting(MANAGED_ACTIONS, "ManagedActionsEnabled", "true"),
        OptionSetting(MANAGED_ACTIONS, "PreferredStartTime", "Tue:09:00"),
        OptionSetting(PLATFORM_UPDATE, "UpdateLevel", level),
        OptionSetting(PLATFORM_UPDATE, "InstanceRefreshEnabled", refresh),
    )
    made.environment = replace(
        made.environment, solution_stack_name=stack, settings=(*made.environment.settings, *managed)
    )
    made.request("launch", request_id="create")
    return made.advance(900)


def records(world):
    found = (entity for entity in world.beside.values() if isinstance(entity, ManagedActionRecord))
    return sorted(found, key=lambda record: record.finished_at)


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
        made = world(shape)
        made.advance((made.environment.managed_due - made.now) / 1000 - early)
        made.request("update", request_id="update", version_label="v2", settings=None)
        return pass_time(made, 2 * DAY, cuts)

    whole = live([])
    assert live(cuts).state() == whole.state()
    assert [record.failure_type for record in records(whole)] == [None]
    assert whole.environment.solution_stack_name == STACK
    assert whole.environment.version_label == "v2"


@given(shape=shapes, stack=st.sampled_from([STACK, "no platform of ours"]))
def test_an_idle_environment_with_nothing_to_update_has_no_due_instant(shape, stack):
    made = world(shape, stack=stack, refresh="false")
    assert made.environment.due is None
    commits = len(made.changes)
    made.advance(180 * DAY)
    assert len(made.changes) == commits


def test_a_refresh_comes_once_a_week():
    made = pass_time(world(stack=STACK), 180 * DAY, [])
    assert len(records(made)) == 25
    starts = [record.executed_at for record in records(made)]
    assert {after - before for before, after in pairwise(starts)} == {round(WEEK * 1000)}
    assert len({record.action_id for record in records(made)}) == 25


@pytest.mark.parametrize("speed", [1.0, 60.0, "instant"])
def test_a_window_is_calendar_time_at_any_speed(speed):
    made = world(mode="wall", speed=speed)
    due = made.environment.managed_due
    made.advance((due - made.now) / 1000 - 0.001)
    assert made.environment.managed_due == due
    made.advance(7200)
    assert made.environment.solution_stack_name == STACK
    assert made.environment.managed_due == due + WEEK * 1000


def test_a_busy_environment_is_tried_again_while_its_window_is_open():
    made = world()
    due = made.environment.managed_due
    for attempt in range(4):
        made.advance((due + attempt * 1_800_000 - made.now) / 1000 - 1)
        made.request("update", request_id=f"update-{attempt}", version_label=f"v{attempt}", settings=None)
        made.advance(600)
    told = [event for event in made.events if event.message == "Managed update failed, retrying in 30 minutes."]
    assert [event.at for event in told] == [due, due + 1_800_000, due + 3_600_000]
    assert len({event.request_id for event in told}) == 1
    (over,) = records(made)
    assert (over.failure_type, over.executed_at, over.finished_at) == ("InvalidEnvironmentState", due, due + 5_400_000)
    assert made.environment.managed_due == due + WEEK * 1000


def test_a_termination_ends_all_managing():
    made = world()
    made.advance((made.environment.managed_due - made.now) / 1000 - 1)
    made.request("termination", "terminateEnvironment", request_id="terminate")
    made.settle()
    assert made.environment.status == "Terminated"
    assert (made.environment.due, made.beside) == (None, {})


def test_what_waits_is_dropped_once_it_is_not_wanted_any_more():
    made = world()
    made.advance((made.environment.managed_due - made.now) / 1000 - 1)
    off = OptionSetting(MANAGED_ACTIONS, "ManagedActionsEnabled", "false")
    switched_off = (off, *(setting for setting in made.environment.settings if setting.option_name != off.option_name))
    made.request("update", request_id="update", version_label=None, settings=switched_off)
    made.advance(10)
    assert made.environment.managed_run is not None
    made.advance(7200)
    assert (made.environment.managed_run, made.environment.managed_due) == (None, None)
    assert made.environment.solution_stack_name == OLD


@examples(60)
@given(shape=shapes, what=st.sampled_from(of_kind("plan")), times=st.none() | st.integers(1, 4), cuts=cuts)
def test_whatever_fails_in_a_window_comes_to_an_end_however_time_is_cut(shape, what, times, cuts):
    def live(cuts):
        made = world(shape)
        made.arm([Fault(1, what, times=times)])
        return pass_time(made, WEEK, cuts)

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
    made = world(shape)
    made.advance((made.environment.managed_due - made.now) / 1000 + after)
    aborted = made.environment.abortable_operation_in_progress
    if aborted:
        made.request("abort")
    made.advance(7200)
    (over,) = records(made)
    assert over.failure_type == ("UpdateCancelled" if aborted else None)
    assert made.environment.solution_stack_name == (OLD if aborted else STACK)
    assert not any("retrying" in event.message for event in made.events)


STAYS = Fault(2, "resource-fails", Where(step="deprovision"), times=1)


@examples(20)
@given(shape=shapes, cuts=cuts)
def test_what_cannot_be_rolled_back_is_said_to_be_so(shape, cuts):
    def live(cuts):
        made = world(shape)
        made.arm([Fault(1, "command-fails"), STAYS])
        return pass_time(made, WEEK, cuts)

    whole = live([])
    assert live(cuts).state() == whole.state()
    told = [event.message for event in whole.events]
    assert sum("failed to delete: [AWSEBAutoScalingGroup]" in message for message in told) == 1
    # The first attempt could not be rolled back, those after it could.
    assert [record.failure_type for record in records(whole)] == ["RollbackSuccessful"]
    assert whole.environment.solution_stack_name == OLD
    assert not [resource for resource in whole.environment.resources if resource.kind == "temporary-group"]


@pytest.mark.parametrize("aborted", [True, False])
def test_the_last_attempt_counts_and_a_cancellation_is_one(aborted):
    made = world("application")
    run = ManagedRun(ManagedAction("one", "PlatformUpdate", "", STACK, "arn"), "by-hand", made.now, made.now)
    made.arm([STAYS] if aborted else [Fault(1, "command-fails"), STAYS])
    made.environment = carry_out(made.environment, run, made.now)
    if aborted:
        made.advance(200)
        made.request("abort")
    made.advance(3600)
    (over,) = records(made)
    assert over.failure_type == ("CancellationFailed" if aborted else "RollbackFailed")
    assert over.failure_description == FAILURES[over.failure_type]
    assert (made.environment.status, made.environment.solution_stack_name) == ("Ready", OLD)
    assert made.environment.resource("temporary-group") is None
    assert len(made.fleet) == len(world("application").fleet)


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
    made = world("single")
    due = made.environment.managed_due
    where = Where(environment="web", operation="ApplyEnvironmentManagedAction")
    made.arm([Fault(1, "refuse", where, code=code, status=status)])
    made.advance(WEEK)
    (over,) = records(made)
    assert (over.failure_type, over.executed_at, over.finished_at) == (failure, due, due + 5_400_000)
    assert over.failure_description == FAILURES[failure].format(environment="web")
    assert made.environment.solution_stack_name == OLD
    assert not [event for event in made.events if event.message == "Managed platform update is in-progress."]


@pytest.mark.parametrize(
    "where", [Where(), Where(operation="UpdateEnvironment"), Where("other", operation="ApplyEnvironmentManagedAction")]
)
def test_a_refusal_that_does_not_name_the_action_leaves_the_service_alone(where):
    made = world("single")
    made.arm([Fault(1, "refuse", where, code="AccessDenied")])
    made.advance(WEEK)
    assert [record.failure_type for record in records(made)] == [None]


def test_a_refusal_that_fires_once_is_retried():
    made = world("single")
    where = Where(operation="ApplyEnvironmentManagedAction")
    made.arm([Fault(1, "refuse", where, code="AccessDenied", times=1)])
    made.advance(WEEK)
    assert [record.failure_type for record in records(made)] == [None]
    assert sum("retrying" in event.message for event in made.events) == 1
    assert [fault.fired for fault in made.rules.faults] == [1]
