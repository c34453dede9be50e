"""Faults of a test's world, each by a method with the members that it has."""

from collections.abc import Sequence
from typing import Any, Literal, Protocol, TypedDict

Instance = int | Literal["any", "leader", "first new"]


class Where(TypedDict, total=False):
    """The calls, environments, steps and instances that a fault hits; what is not named is not looked at."""

    operation: str
    environment: str
    version_label: str
    step: str
    instance: Instance
    resource: str
    command: str


class World(Protocol):
    """A world in which faults are armed."""

    def arm(self, what: str, **members: Any) -> str:
        """Arm a fault; returns its id."""

    def disarm(self, fault: str | None = None) -> None:
        """Disarm a fault, or all."""

    def faults(self) -> list[dict[str, Any]]:
        """The armed faults."""


class Faults:
    """The faults of a world. Each method arms one and returns its id.

    `times` is how often it hits, without end by default. A further member, such as `chance` or `until`, is one of
    the route `POST /_beanpole/faults`.
    """

    def __init__(self, world: World) -> None:
        self._world = world

    def refuse(self, code: str, message: str | None = None, status: int | None = None, **more: Any) -> str:
        """Let calls be answered with an error."""
        return self._arm("refuse", code=code, message=message, status=status, **more)

    def throttle(self, rate: float, burst: int, **more: Any) -> str:
        """Let only so many calls a second be answered."""
        return self._arm("throttle", rate=rate, burst=burst, **more)

    def delay(self, seconds: float, **more: Any) -> str:
        """Let calls be answered later, by seconds of real time."""
        return self._arm("delay", seconds=seconds, **more)

    def not_found_yet(self, within: float, **more: Any) -> str:
        """Let no call find a version or an environment that was created less than so many seconds ago."""
        return self._arm("not-found-yet", within=within, **more)

    def command_fails(
        self, exit_status: int | None = None, output: str | None = None, message: str | None = None, **more: Any
    ) -> str:
        """Let the command on an instance fail."""
        return self._arm("command-fails", exit_status=exit_status, output=output, message=message, **more)

    def command_times_out(self, **more: Any) -> str:
        """Let the command on an instance not end in time."""
        return self._arm("command-times-out", **more)

    def health_check_never_passes(self, health: str | None = None, **more: Any) -> str:
        """Let an instance be unhealthy after its command."""
        return self._arm("health-check-never-passes", health=health, **more)

    def instance_dies(self, **more: Any) -> str:
        """Let an instance be terminated."""
        return self._arm("instance-dies", **more)

    def launch_refused(self, **more: Any) -> str:
        """Let EC2 launch no instances."""
        return self._arm("launch-refused", **more)

    def no_signal(self, **more: Any) -> str:
        """Let an instance be launched, but send no signal."""
        return self._arm("no-signal", **more)

    def no_instance_profile(self, **more: Any) -> str:
        """Let a launch fail as if it had no instance profile."""
        return self._arm("no-instance-profile", **more)

    def service_role_required(self, **more: Any) -> str:
        """Let a launch fail as if it had no service role."""
        return self._arm("service-role-required", **more)

    def resource_fails(
        self, action: Literal["create", "update", "delete"] | None = None, message: str | None = None, **more: Any
    ) -> str:
        """Let the creation, the update or the deletion of a resource fail."""
        return self._arm("resource-fails", action=action, message=message, **more)

    def build_fails(self, **more: Any) -> str:
        """Let the build of a version fail."""
        return self._arm("build-fails", **more)

    def no_data(self, **more: Any) -> str:
        """Let the agent of an instance send no data."""
        return self._arm("no-data", **more)

    def client_errors(self, share: float | None = None, **more: Any) -> str:
        """Let an instance answer a share of its requests, 0 to 1, with 4xx."""
        return self._arm("client-errors", share=share, **more)

    def server_errors(self, share: float | None = None, **more: Any) -> str:
        """Let an instance answer a share of its requests, 0 to 1, with 5xx."""
        return self._arm("server-errors", share=share, **more)

    def balancer_client_errors(self, share: float | None = None, **more: Any) -> str:
        """Let the load balancer itself answer a share of the requests with 4xx."""
        return self._arm("balancer-client-errors", share=share, **more)

    def balancer_server_errors(self, share: float | None = None, **more: Any) -> str:
        """Let the load balancer itself answer a share of the requests with 5xx."""
        return self._arm("balancer-server-errors", share=share, **more)

    def few_requests(self, **more: Any) -> str:
        """Let an instance get too few requests to judge by."""
        return self._arm("few-requests", **more)

    def high_cpu(self, percent: float | None = None, io_wait: float | None = None, **more: Any) -> str:
        """Let the processor of an instance be busy."""
        return self._arm("high-cpu", percent=percent, io_wait=io_wait, **more)

    def stopped_services(self, services: Sequence[str] | None = None, **more: Any) -> str:
        """Let services on an instance not run."""
        return self._arm("stopped-services", services=services, **more)

    def fails_health_checks(self, **more: Any) -> str:
        """Let an instance fail the checks of the load balancer."""
        return self._arm("fails-health-checks", **more)

    def no_service_role(self, **more: Any) -> str:
        """Let the service role of an environment not be assumed."""
        return self._arm("no-service-role", **more)

    def messages_waiting(self, messages: int | None = None, **more: Any) -> str:
        """Let messages wait in the queue of a worker environment."""
        return self._arm("messages-waiting", messages=messages, **more)

    def dead_letters(self, messages: int | None = None, **more: Any) -> str:
        """Let messages be in the dead-letter queue of a worker environment."""
        return self._arm("dead-letters", messages=messages, **more)

    def list(self) -> list[dict[str, Any]]:
        """The armed faults, each with the count of its hits as `fired`."""
        return self._world.faults()

    def disarm(self, fault: str | None = None) -> None:
        """Disarm the fault of that id, or all faults."""
        self._world.disarm(fault)

    def _arm(self, what: str, where: Where | None = None, times: int | None = None, **members: Any) -> str:
        named = {"where": where, "times": times, **members}
        return self._world.arm(what, **{name: value for name, value in named.items() if value is not None})
