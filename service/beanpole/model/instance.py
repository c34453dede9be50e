"""One simulated EC2 instance: what it runs, and whether it serves."""

from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

State = Literal["pending", "running", "deploying", "terminating"]


class Instance(Struct, frozen=True, omit_defaults=True):
    """`group` names its Auto Scaling group; `deployment_id` counts the environment's deployments from 1."""

    id: str
    launched_at: int
    group: str
    state: State = "pending"
    in_service: bool = False
    version_label: str | None = None
    deployment_id: int = 0
    deployed_at: int | None = None
    availability_zone: str = ""

    def join(self) -> "Instance":
        """It has booted and belongs to the environment."""
        return replace(self, state="running")

    def begin_deployment(self) -> "Instance":
        """A command runs on it."""
        return replace(self, state="deploying")

    def finish_deployment(self, version_label: str | None, deployment_id: int, now: int) -> "Instance":
        """The command ended well: it runs this version and serves."""
        return replace(
            self,
            state="running",
            in_service=True,
            version_label=version_label,
            deployment_id=deployment_id,
            deployed_at=now,
        )

    def begin_termination(self) -> "Instance":
        """It is out of service and on its way out."""
        return replace(self, state="terminating", in_service=False)
