"""Managed actions: updates that the service makes by itself in a weekly window (environment-platform-update-managed).

The scheduled action follows from the environment's configuration and the platforms in the catalogue, so it is computed
when it is read; an environment stores only the instant at which its window opens.
"""

from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from beanpole.model import errors
from beanpole.model.environment.environment import Environment
from beanpole.model.environment.managed_action import (
    ActionType,
    FailureType,
    ManagedAction,
    ManagedActionRecord,
    ManagedRun,
)
from beanpole.model.environment.transitions import request_managed_update
from beanpole.model.faults.fault import Fault, Where
from beanpole.model.names.ids import Ids
from beanpole.model.options.configuration import Configuration
from beanpole.model.options.namespaces import MANAGED_ACTIONS, PLATFORM_UPDATE
from beanpole.model.platforms.catalog import PlatformCatalog, SolutionStack, version_numbers

Status = Literal["Scheduled", "Pending", "Running"]

# The descriptions of actions and of their failures; no capture was found, so all of these are inferred.
PLATFORM_UPDATES = "Platform update to {stack}"
INSTANCES_REFRESHED = "Instance refresh"
FAILURES: dict[FailureType, str] = {
    "UpdateCancelled": "The managed update was cancelled.",
    "CancellationFailed": "The managed update was cancelled, and could not be rolled back.",
    "RollbackSuccessful": "The managed update failed and was rolled back.",
    "RollbackFailed": "The managed update failed, and could not be rolled back.",
    "InvalidEnvironmentState": errors.MustBeReady.sentence,
    "PermissionsError": "The service role does not have the permissions that managed updates of {environment} need.",
    "InternalFailure": errors.InternalFailure.sentence,
}
PERMISSION_CODES = (errors.AccessDenied.code, errors.ActionNotPermitted.code)

WEEK = 604_800_000  # milliseconds
DAYS = ("thu", "fri", "sat", "sun", "mon", "tue", "wed")  # in the order of the clock, whose first day was a Thursday
KEPT_PARTS = {"patch": 2, "minor": 1}  # update level: how many parts of a version must stay


class Windows(Struct, frozen=True, forbid_unknown_fields=True):
    """The length of a window, and the time after which a failure is retried in it; seconds of calendar time."""

    window: int
    retry: int


class CurrentAction(Struct, frozen=True):
    """An action that is scheduled or in progress."""

    action: ManagedAction
    status: Status
    window_start: int


def has_options(environment: Environment) -> bool:
    """Tell whether an option of managed actions is set; without one, no action is scheduled."""
    return any(setting.namespace == MANAGED_ACTIONS for setting in environment.option_settings)


def scheduled(
    environment: Environment, configuration: Configuration, platforms: PlatformCatalog
) -> ManagedAction | None:
    """The action of the next window: a platform update if there is one, else an instance refresh if it is enabled."""
    if not configuration.boolean(MANAGED_ACTIONS, "ManagedActionsEnabled"):
        return None
    level = (configuration.value(PLATFORM_UPDATE, "UpdateLevel") or "").lower()
    stack = platforms.find_stack(environment.solution_stack_name) if environment.solution_stack_name else None
    target = None if stack is None else newest_update(platforms, stack, level)
    if target is not None:
        text = PLATFORM_UPDATES.format(stack=target.name)
        action = ManagedAction(_id(environment, "PlatformUpdate", target.version), "PlatformUpdate", text)
        return replace(action, solution_stack_name=target.name, platform_arn=target.arn(environment.region))
    if configuration.boolean(PLATFORM_UPDATE, "InstanceRefreshEnabled"):
        return ManagedAction(_id(environment, "InstanceRefresh"), "InstanceRefresh", INSTANCES_REFRESHED)
    return None


def newest_update(platforms: PlatformCatalog, stack: SolutionStack, level: str) -> SolutionStack | None:
    """The newest version of a platform's branch that is within the update level and newer than this one."""
    if level not in KEPT_PARTS:
        return None
    parts, own = KEPT_PARTS[level], version_numbers(stack.version)
    within = [
        other for other in platforms.versions(stack.branch) if version_numbers(other.version)[:parts] == own[:parts]
    ]
    newest = max(within, key=lambda other: version_numbers(other.version))
    return newest if version_numbers(newest.version) > own else None


def window_after(configuration: Configuration, at: int) -> int | None:
    """The first start of the weekly window after an instant; None if no time is set."""
    day, _, time = (configuration.value(MANAGED_ACTIONS, "PreferredStartTime") or "").lower().partition(":")
    hour, _, minute = time.partition(":")
    if day not in DAYS:
        return None
    start = ((DAYS.index(day) * 24 + int(hour)) * 60 + int(minute)) * 60_000
    return at - (at - start) % WEEK + WEEK


def current(
    environment: Environment, configuration: Configuration, platforms: PlatformCatalog
) -> tuple[CurrentAction, ...]:
    """The action that has begun, else the scheduled one; never more than one.

    A terminating environment has no scheduled action.
    """
    if environment.status == "Terminating":
        return ()
    run = environment.managed_run
    if run is not None:
        activity = environment.activity
        running = activity is not None and activity.serial == run.serial and activity.steps > 0
        return (CurrentAction(run.action, "Running" if running else "Pending", run.window_start),)
    action = None if environment.managed_due is None else scheduled(environment, configuration, platforms)
    if action is None or environment.managed_due is None:
        return ()
    return (CurrentAction(action, "Scheduled", environment.managed_due),)


def run_by_hand(actions: tuple[CurrentAction, ...], action_id: str, request_id: str, now: int) -> ManagedRun:
    """The run of a scheduled action that a call applies before its window; raises ManagedActionNotScheduled."""
    for current in actions:
        if current.action.action_id == action_id and current.status == "Scheduled":
            return ManagedRun(current.action, request_id, now, current.window_start)
    raise errors.ManagedActionNotScheduled


def carry_out(environment: Environment, run: ManagedRun, now: int) -> Environment:
    """Begin the immutable update that carries an action out."""
    action = run.action
    updating = request_managed_update(environment, run.request_id, now, action.solution_stack_name, action.platform_arn)
    return replace(updating, managed_run=replace(run, serial=updating.activities), managed_due=None)


def record(environment: Environment, run: ManagedRun, failure: FailureType | None, at: int) -> ManagedActionRecord:
    """The record of a run that has ended."""
    described = FAILURES[failure].format(environment=environment.environment_name) if failure else None
    return ManagedActionRecord(
        environment_id=environment.id,
        action_id=run.action.action_id,
        action_type=run.action.action_type,
        description=run.action.description,
        executed_at=run.executed_at,
        finished_at=at,
        failure_type=failure,
        failure_description=described,
    )


def fits_own_call(where: Where, environment: Environment) -> bool:
    """Tell whether a fault that refuses calls applies to the call by which the service itself begins an action.

    It does only if it names that operation.
    """
    return (
        where.operation == "ApplyEnvironmentManagedAction"
        and where.environment in (None, environment.environment_name, environment.id)
        and where.version_label is None
    )


def failure_of(refusal: Fault) -> FailureType:
    """The type of failure that a refusal becomes in the history [inferred]."""
    return "PermissionsError" if refusal.code in PERMISSION_CODES or refusal.status == 403 else "InternalFailure"


def _id(environment: Environment, action_type: ActionType, target: str = "") -> str:
    """An id that stays until a run has ended; it follows from the account's seed by way of the environment's id."""
    return Ids(environment.id, "managed", environment.managed_runs, action_type, target).request_id()
