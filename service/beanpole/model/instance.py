"""One simulated EC2 instance: what it runs, and whether it serves."""

from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

State = Literal["pending", "running", "deploying", "terminating"]
Doing = Literal["boot", "deploy", "configure", "restart"]

REMEMBERED = 20  # deeds


class Deed(Struct, frozen=True, omit_defaults=True, array_like=True):
    """Something that was done on an instance and when it ended; its logs are written from these."""

    at: int
    does: Doing
    version_label: str | None = None
    deployment_id: int = 0
    failed: bool = False


class Instance(Struct, frozen=True, omit_defaults=True):
    """`group` names its Auto Scaling group; `deployment_id` counts the environment's deployments from 1.

    `began_at` is when the command that runs on it began; `failed` says that its last one did not end well. `history`
    holds its latest deeds, oldest first.
    """

    id: str
    launched_at: int
    group: str
    state: State = "pending"
    in_service: bool = False
    version_label: str | None = None
    deployment_id: int = 0
    deployed_at: int | None = None
    availability_zone: str = ""
    instance_type: str = "t3.micro"
    began_at: int | None = None
    failed: bool = False
    history: tuple[Deed, ...] = ()

    def join(self, now: int) -> "Instance":
        """It has booted and belongs to the environment."""
        return self._did(Deed(now, "boot"), state="running")

    def begin_command(self, now: int) -> "Instance":
        """A command runs on it."""
        return replace(self, state="deploying", began_at=now)

    def finish_command(self, deed: Deed) -> "Instance":
        """The command ended well: it runs the deed's version and serves; a restart leaves its deployment as it was."""
        return self._did(
            deed,
            state="running",
            in_service=True,
            version_label=deed.version_label,
            deployment_id=deed.deployment_id,
            deployed_at=self.deployed_at if deed.does == "restart" else deed.at,
            began_at=None,
            failed=False,
        )

    def begin_termination(self) -> "Instance":
        """It is out of service and on its way out."""
        return replace(self, state="terminating", in_service=False)

    def _did(self, deed: Deed, **members: object) -> "Instance":
        return replace(self, history=(*self.history, deed)[-REMEMBERED:], **members)
