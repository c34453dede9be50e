"""Managed actions: what the service does to an environment by itself, in its weekly window."""

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


class ManagedActionRecord(Struct, frozen=True, omit_defaults=True):
    """An action that has ended, as the history tells it; without a failure it is Completed."""

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
