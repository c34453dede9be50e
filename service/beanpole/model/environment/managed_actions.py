"""What the service does to an environment by itself, and in which weekly window (environment-platform-update-managed).

What is scheduled follows from the environment's configuration and the platforms there are, so it is computed when it is
asked for; an environment remembers only the instant at which its window opens.
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
from beanpole.model.faults.fault import Fault, Where
from beanpole.model.names.ids import Ids
from beanpole.model.options.configuration import Configuration
from beanpole.model.options.namespaces import MANAGED_ACTIONS, PLATFORM_UPDATE
from beanpole.model.platforms.catalog import PlatformCatalog, SolutionStack

Status = Literal["Scheduled", "Pending", "Running"]

# What an action calls itself; no capture was found, so all of these are inferred.
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
RIGHTS = (errors.AccessDenied.code, errors.ActionNotPermitted.code)  # the codes of what the caller may not do

WEEK = 604_800_000  # milliseconds
DAYS = ("thu", "fri", "sat", "sun", "mon", "tue", "wed")  # in the order of the clock, whose first day was a Thursday
ALIKE = {"patch": 2, "minor": 1}  # by the update level, how many parts of a version must stay


class Windows(Struct, frozen=True, forbid_unknown_fields=True):
    """How long a window is open, and after how long a failure is tried again in it; seconds of calendar time."""

    window: int
    retry: int


class Listed(Struct, frozen=True):
    """An action that is upcoming or in progress."""

    action: ManagedAction
    status: Status
    window_start: int


def concerns(environment: Environment) -> bool:
    """Somebody set an option of managed actions; where nobody did, there is nothing to look for."""
    return any(it.namespace == MANAGED_ACTIONS for it in environment.option_settings)


def scheduled(
    environment: Environment, configuration: Configuration, platforms: PlatformCatalog
) -> ManagedAction | None:
    """What is to be done in the next window: a platform update if there is one, else a refresh if that is wanted."""
    if not configuration.boolean(MANAGED_ACTIONS, "ManagedActionsEnabled"):
        return None
    level = (configuration.value(PLATFORM_UPDATE, "UpdateLevel") or "").lower()
    stack = platforms.find_stack(environment.solution_stack_name) if environment.solution_stack_name else None
    target = None if stack is None else newer(platforms, stack, level)
    if target is not None:
        text = PLATFORM_UPDATES.format(stack=target.name)
        action = ManagedAction(_id(environment, "PlatformUpdate", target.version), "PlatformUpdate", text)
        return replace(action, solution_stack_name=target.name, platform_arn=target.arn(environment.region))
    if configuration.boolean(PLATFORM_UPDATE, "InstanceRefreshEnabled"):
        return ManagedAction(_id(environment, "InstanceRefresh"), "InstanceRefresh", INSTANCES_REFRESHED)
    return None


def newer(platforms: PlatformCatalog, stack: SolutionStack, level: str) -> SolutionStack | None:
    """The newest version of a platform's branch that is within the update level and newer than this one."""
    if level not in ALIKE:
        return None
    alike, own = ALIKE[level], _numbers(stack.version)
    found = [it for it in platforms.versions(stack.branch) if _numbers(it.version)[:alike] == own[:alike]]
    newest = max(found, key=lambda it: _numbers(it.version))
    return newest if _numbers(newest.version) > own else None


def window_after(configuration: Configuration, at: int) -> int | None:
    """The first start of the weekly window that comes after an instant; None if no time is set."""
    day, _, time = (configuration.value(MANAGED_ACTIONS, "PreferredStartTime") or "").lower().partition(":")
    hour, _, minute = time.partition(":")
    if day not in DAYS:
        return None
    start = ((DAYS.index(day) * 24 + int(hour)) * 60 + int(minute)) * 60_000
    return at - (at - start) % WEEK + WEEK


def listed(environment: Environment, configuration: Configuration, platforms: PlatformCatalog) -> tuple[Listed, ...]:
    """The action that is carried out or waits for that, else the one that is scheduled; never more than one.

    Of an environment that is on its way out nothing is scheduled any more.
    """
    if environment.status == "Terminating":
        return ()
    run = environment.managed_run
    if run is not None:
        activity = environment.activity
        running = activity is not None and activity.serial == run.serial and activity.steps > 0
        return (Listed(run.action, "Running" if running else "Pending", run.window_start),)
    action = None if environment.managed_due is None else scheduled(environment, configuration, platforms)
    if action is None or environment.managed_due is None:
        return ()
    return (Listed(action, "Scheduled", environment.managed_due),)


def by_hand(found: tuple[Listed, ...], action_id: str, request_id: str, now: int) -> ManagedRun:
    """The run of an action that is applied before its time; raises ManagedActionNotScheduled unless it can be."""
    for it in found:
        if it.action.action_id == action_id and it.status == "Scheduled":
            return ManagedRun(it.action, request_id, now, it.window_start)
    raise errors.ManagedActionNotScheduled


def started(environment: Environment, run: ManagedRun, now: int) -> Environment:
    """Carry an action out: always an immutable update."""
    action = run.action
    busy = environment.request_managed_update(run.request_id, now, action.solution_stack_name, action.platform_arn)
    return replace(busy, managed_run=replace(run, serial=busy.activities), managed_due=None)


def record(environment: Environment, run: ManagedRun, failure: FailureType | None, at: int) -> ManagedActionRecord:
    """What the history keeps of a run that is over."""
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
    """Whether a fault that refuses calls is meant for the one by which the service itself applies an action.

    Only one that names that operation is.
    """
    return (
        where.operation == "ApplyEnvironmentManagedAction"
        and where.environment in (None, environment.environment_name, environment.id)
        and where.version_label is None
    )


def failure_of(refusal: Fault) -> FailureType:
    """What the history makes of a refusal [inferred]."""
    return "PermissionsError" if refusal.code in RIGHTS or refusal.status == 403 else "InternalFailure"


def _id(environment: Environment, action_type: ActionType, target: str = "") -> str:
    """The same for as long as nothing was done: an environment's id comes from its account's seed."""
    return Ids(environment.id, "managed", environment.managed_runs, action_type, target).request_id()


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))
