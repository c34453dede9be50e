"""Managed actions: updates that the service makes by itself in an environment's weekly window."""

from typing import Literal

from msgspec import Struct

ActionType = Literal["PlatformUpdate", "InstanceRefresh"]
FailureType = Literal[
    "UpdateCancelled",
    "CancellationFailed",
    "RollbackFailed",
    "RollbackSuccessful",
    "InternalFailure",
    "InvalidEnvironmentState",
    "PermissionsError",
]


class ManagedAction(Struct, frozen=True, omit_defaults=True):
    """An action that the service can carry out; without a platform it is an instance refresh."""

    action_id: str
    action_type: ActionType
    description: str
    solution_stack_name: str | None = None
    platform_arn: str | None = None


class ManagedRun(Struct, frozen=True, omit_defaults=True):
    """An action that has begun; `serial` is the activity that carries it out, None while it waits for the next attempt.

    `until` is the end of the window, and of the attempts; an action that was applied by a call has no window.
    """

    action: ManagedAction
    request_id: str
    executed_at: int
    window_start: int
    until: int | None = None
    serial: int | None = None


class ManagedActionRecord(Struct, frozen=True, omit_defaults=True):
    """An action that has ended, as the history shows it; without a failure it is Completed."""

    environment_id: str
    action_id: str
    action_type: ActionType
    description: str
    executed_at: int
    finished_at: int
    failure_type: FailureType | None = None
    failure_description: str | None = None
    generation: int = 0

    @property
    def id(self) -> str:
        """Ids of environments hold no slash, so the pair is unambiguous."""
        return f"{self.environment_id}/{self.action_id}"
