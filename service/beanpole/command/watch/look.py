"""Looking at an environment from outside: what the service answers, and what the control routes show."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from beanpole.command.client import Refused, Service
from beanpole.command.watch.sight import Plan, Row, Sight, Told
from beanpole.command.watch.words import words

FIRST = 20  # events that are shown of what happened before

_NO_REPORTS = "InvalidRequestException"  # what an environment with basic health answers


class NotThere(Exception):
    """There is no environment of that name or id."""


class Watcher:
    """One environment, from the first look on the same one, whoever takes its name."""

    def __init__(self, service: Service, name: str) -> None:
        self._service = service
        self._id = _find(service, name)["EnvironmentId"]
        self._last: float | None = None

    def look(self) -> Sight:
        """The environment as it is now, with the events that no look before has brought."""
        found = self._described()
        clock = self._service.control("GET", "/clock")
        world = self._service.control("GET", f"/environments/{self._id}/fleet")
        reports, causes = self._health()
        return _sight(found, clock, world, reports, causes, tuple(self._news()))

    def _described(self) -> dict[str, Any]:
        found = _describe(self._service, EnvironmentIds=[self._id])
        if not found:
            raise NotThere(f"environment {self._id} is not there any more")
        return found[0]

    def _health(self) -> tuple[Mapping[str, str], tuple[str, ...]]:
        """What each instance reports, and why the environment's health is what it is.

        Nothing where health is basic, and nothing of an environment that is terminated by now.
        """
        wanted = {"EnvironmentId": self._id, "AttributeNames": ["HealthStatus", "Causes"]}
        try:
            causes = self._service.call("DescribeEnvironmentHealth", wanted).get("Causes") or ()
            return dict(self._reports(wanted)), tuple(causes)
        except Refused as error:
            if error.code != _NO_REPORTS and self._described()["Status"] != "Terminated":
                raise
            return {}, ()

    def _reports(self, wanted: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        token: dict[str, str] = {}
        while True:
            page = self._service.call("DescribeInstancesHealth", {**wanted, **token})
            yield from ((it["InstanceId"], it["HealthStatus"]) for it in page["InstanceHealthList"])
            if not page.get("NextToken"):
                return
            token = {"NextToken": page["NextToken"]}

    def _news(self) -> list[Told]:
        """New events, oldest first: those of an environment that share a millisecond are told at once."""
        wanted: dict[str, Any] = {"EnvironmentId": self._id}
        if self._last is None:
            wanted["MaxRecords"] = FIRST
        else:
            wanted["StartTime"] = _shown(self._last + 0.001)
        rows: list[dict[str, Any]] = []
        while True:
            page = self._service.call("DescribeEvents", wanted)
            rows += page["Events"]
            if self._last is None or not page.get("NextToken"):
                break
            wanted["NextToken"] = page["NextToken"]
        if rows:
            self._last = rows[0]["EventDate"]
        return [Told(_shown(it["EventDate"]), it["Severity"], it["Message"]) for it in reversed(rows)]


def _find(service: Service, name: str) -> dict[str, Any]:
    """The live one of that name, else the one that was terminated last; or the one of that id."""
    found = _describe(service, EnvironmentNames=[name]) or _describe(service, EnvironmentIds=[name])
    if not found:
        raise NotThere(f"there is no environment {name} in {service.scope}")
    return max(found, key=lambda it: (it["Status"] != "Terminated", it["DateUpdated"]))


def _describe(service: Service, **wanted: list[str]) -> list[dict[str, Any]]:
    described: list[dict[str, Any]] = service.call("DescribeEnvironments", wanted)["Environments"]
    return described


def _sight(
    found: Mapping[str, Any],
    clock: Mapping[str, Any],
    world: Mapping[str, Any],
    reports: Mapping[str, str],
    causes: tuple[str, ...],
    events: tuple[Told, ...],
) -> Sight:
    return Sight(
        now=clock["now"],
        pace="manual" if clock["mode"] == "manual" else _pace(clock["speed"]),
        id=found["EnvironmentId"],
        name=found["EnvironmentName"],
        application=found["ApplicationName"],
        platform=found.get("SolutionStackName") or found.get("PlatformArn") or "-",
        cname=found.get("CNAME") or "-",
        status=found["Status"],
        health=found.get("HealthStatus") or found["Health"],
        version_label=found.get("VersionLabel") or "-",
        causes=causes,
        fleet=tuple(_row(it, found["EnvironmentId"], reports) for it in world["instances"]),
        plan=_plan(world["plan"]),
        events=events,
    )


def _pace(speed: float | str) -> str:
    return speed if isinstance(speed, str) else f"{speed:g}x"


def _row(found: Mapping[str, Any], environment_id: str, reports: Mapping[str, str]) -> Row:
    stack = found["group"].removeprefix(f"awseb-{environment_id}-").partition("-AWSEB")[0]
    group = stack.removesuffix("stack").rstrip("-") or "permanent"
    return Row(
        found["id"], group, found["state"], found["in_service"], found["version_label"], reports.get(found["id"])
    )


def _plan(found: Mapping[str, Any] | None) -> Plan | None:
    if found is None:
        return None
    steps = tuple(words(it["step"]) for it in found["steps"])
    mood = "undoing" if found["undoes"] else "aborting" if found["aborting"] else ""
    return Plan(steps, found["step"], found["waits_until"], found["waits_for"], mood)


def _shown(seconds: float) -> str:
    moment = datetime.fromtimestamp(round(seconds * 1000) / 1000, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
