"""Reads an environment from a server: through the operations of the service and the control routes."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from msgspec.structs import replace

from beanpole.command import lane_reading
from beanpole.command.client import Refused, Service
from beanpole.command.watch.sight import Event, Lanes, Plan, Row, Sight
from beanpole.command.watch.words import words

FIRST = 20  # past events that the first read returns

_NO_REPORTS = "InvalidRequestException"  # the error of an environment with basic health


class NotThere(Exception):
    """There is no environment of that name or id."""


class Watcher:
    """Reads one environment: always the same one, even if another takes its name."""

    def __init__(self, service: Service, name: str) -> None:
        self._service = service
        self._id = _find(service, name)["EnvironmentId"]
        self._last: float | None = None

    def read(self) -> Sight:
        """The environment now, with the events since the last read."""
        environment = self._described()
        clock = self._service.control("GET", "/clock")
        world = self._service.control("GET", f"/environments/{self._id}/fleet")
        lanes = _lanes(self._service.control("GET", f"/environments/{self._id}/lanes"))
        reports, causes = self._health()
        return replace(_sight(environment, clock, world, reports, causes, tuple(self._new_events())), lanes=lanes)

    def _described(self) -> dict[str, Any]:
        environments = _describe(self._service, EnvironmentIds=[self._id])
        if not environments:
            raise NotThere(f"environment {self._id} no longer exists")
        return environments[0]

    def _health(self) -> tuple[Mapping[str, str], tuple[str, ...]]:
        """The status of each instance by id, and the causes of the environment's health.

        Both are empty where health is basic, and once the environment is terminated.
        """
        request = {"EnvironmentId": self._id, "AttributeNames": ["HealthStatus", "Causes"]}
        try:
            causes = self._service.call("DescribeEnvironmentHealth", request).get("Causes") or ()
            return dict(self._reports(request)), tuple(causes)
        except Refused as error:
            if error.code != _NO_REPORTS and self._described()["Status"] != "Terminated":
                raise
            return {}, ()

    def _reports(self, request: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        token: dict[str, str] = {}
        while True:
            page = self._service.call("DescribeInstancesHealth", {**request, **token})
            yield from ((row["InstanceId"], row["HealthStatus"]) for row in page["InstanceHealthList"])
            if not page.get("NextToken"):
                return
            token = {"NextToken": page["NextToken"]}

    def _new_events(self) -> list[Event]:
        """The events since the last read, oldest first.

        Those of one millisecond are written by one commit, so none is missed.
        """
        request: dict[str, Any] = {"EnvironmentId": self._id}
        if self._last is None:
            request["MaxRecords"] = FIRST
        else:
            request["StartTime"] = _instant_text(self._last + 0.001)
        rows: list[dict[str, Any]] = []
        while True:
            page = self._service.call("DescribeEvents", request)
            rows += page["Events"]
            if self._last is None or not page.get("NextToken"):
                break
            request["NextToken"] = page["NextToken"]
        if rows:
            self._last = rows[0]["EventDate"]
        return [Event(_instant_text(row["EventDate"]), row["Severity"], row["Message"]) for row in reversed(rows)]


def _find(service: Service, name: str) -> dict[str, Any]:
    """The live environment of a name, else the last terminated one, else the one with that id. Raises NotThere."""
    environments = _describe(service, EnvironmentNames=[name]) or _describe(service, EnvironmentIds=[name])
    if not environments:
        raise NotThere(f"there is no environment {name} in {service.scope}")
    return max(
        environments, key=lambda environment: (environment["Status"] != "Terminated", environment["DateUpdated"])
    )


def _describe(service: Service, **request: list[str]) -> list[dict[str, Any]]:
    environments: list[dict[str, Any]] = service.call("DescribeEnvironments", request)["Environments"]
    return environments


def _sight(
    environment: Mapping[str, Any],
    clock: Mapping[str, Any],
    world: Mapping[str, Any],
    reports: Mapping[str, str],
    causes: tuple[str, ...],
    events: tuple[Event, ...],
) -> Sight:
    return Sight(
        now=clock["now"],
        pace="manual" if clock["mode"] == "manual" else _pace(clock["speed"]),
        id=environment["EnvironmentId"],
        name=environment["EnvironmentName"],
        application=environment["ApplicationName"],
        platform=environment.get("SolutionStackName") or environment.get("PlatformArn") or "-",
        cname=environment.get("CNAME") or "-",
        status=environment["Status"],
        health=environment.get("HealthStatus") or environment["Health"],
        version_label=environment.get("VersionLabel") or "-",
        causes=causes,
        fleet=tuple(_row(instance, environment["EnvironmentId"], reports) for instance in world["instances"]),
        plan=_plan(world["plan"]),
        events=events,
    )


def _lanes(document: Mapping[str, Any]) -> Lanes:
    began, ended = (lane_reading.instant(document[name]) for name in ("latest", "now"))
    return Lanes(lane_reading.lanes(document), began, ended)


def _pace(speed: float | str) -> str:
    return speed if isinstance(speed, str) else f"{speed:g}x"


def _row(instance: Mapping[str, Any], environment_id: str, reports: Mapping[str, str]) -> Row:
    stack = instance["group"].removeprefix(f"awseb-{environment_id}-").partition("-AWSEB")[0]
    group = stack.removesuffix("stack").rstrip("-") or "permanent"
    return Row(
        instance["id"],
        group,
        instance["state"],
        instance["in_service"],
        instance["version_label"],
        reports.get(instance["id"]),
    )


def _plan(plan: Mapping[str, Any] | None) -> Plan | None:
    if plan is None:
        return None
    steps = tuple(words(row["step"]) for row in plan["steps"])
    direction = "undoing" if plan["undoes"] else "aborting" if plan["aborting"] else ""
    return Plan(steps, plan["step"], plan["waits_until"], plan["waits_for"], direction)


def _instant_text(seconds: float) -> str:
    moment = datetime.fromtimestamp(round(seconds * 1000) / 1000, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
