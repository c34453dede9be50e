"""The log groups of CloudWatch Logs that Elastic Beanstalk makes, with their streams and the events in them.

There are those of an environment's instances: a group for each file, and a stream for each instance. Which files are
streamed is the developer guide's (AWSHowTo.cloudwatchlogs); that they are those of the tail is [inferred]. There is one
of an environment's health (AWSHowTo.cloudwatchlogs.envhealth), and one for the builds of each custom platform.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from msgspec import Struct

from beanpole.model.environment.environment_info import STATES_WITH_LOGS
from beanpole.model.environment.instance import Instance
from beanpole.model.logs import health_log, instance_logs
from beanpole.model.logs.view import View
from beanpole.model.options.namespaces import HEALTH_LOGS, LOGS
from beanpole.neighbours import derived, packer_log
from beanpole.neighbours.owners import Owner, Owners

FOLDER = "/aws/elasticbeanstalk"
WINDOWS = {  # the names of groups on Windows, by the file (AWSHowTo.cloudwatchlogs)
    "Program Files/Amazon/ElasticBeanstalk/logs/AWSDeployment.log": "EBDeploy-Log",
    "Program Files/Amazon/ElasticBeanstalk/logs/Hooks.log": "EBHooks-Log",
    "inetpub/logs/LogFiles/W3SVC1/u_ex.log": "IIS-Log",
}
DAY = 24 * 3600 * 1000

_STAMPS = (
    (re.compile(r"(\d{4}[-/]\d\d[-/]\d\d)[ T](\d\d:\d\d:\d\d)"), "%Y-%m-%d %H:%M:%S"),
    (re.compile(r".{0,200}?\[(\d\d/[A-Z][a-z]{2}/\d{4}):(\d\d:\d\d:\d\d)"), "%d-%b-%Y %H:%M:%S"),
)


class Row(NamedTuple):
    """An event of a stream: its instant, its number among those of that millisecond, and its text."""

    at: int
    number: int
    text: str


class Stream(Struct, frozen=True, eq=False):
    """A log stream; `lines` reads its events, each an instant and a text."""

    name: str
    created: int
    lines: Callable[[], Iterable[tuple[int, str]]]

    def rows(self, since: int) -> list[Row]:
        """Its events from an instant on, in their order; an event is never earlier than the one before."""
        rows: list[Row] = []
        last, number = self.created, 0
        for at, text in self.lines():
            number = number + 1 if at <= last and rows else 0
            last = max(last, at)
            rows.append(Row(last, number, text))
        return [row for row in rows if row.at >= since]


class Group(Struct, frozen=True, eq=False):
    """A log group of something, which `of` names in words; its events are kept for some days, or for ever."""

    name: str
    arn: str
    of: str
    created: int
    streams: tuple[Stream, ...]
    days: int | None = None
    tags: Mapping[str, str] = {}
    now: int = 0

    @property
    def names(self) -> dict[str, tuple[str, ...]]:
        """The names of the group in requests, by the member."""
        arns = (self.arn, f"{self.arn}:*")
        return {"log_group_name": (self.name,), "log_group_identifier": (self.name, *arns), "resource_arn": arns}

    @property
    def since(self) -> int:
        """The instant from which it has its events."""
        return 0 if self.days is None else self.now - self.days * DAY


def groups(owners: Owners) -> list[Group]:
    """All groups of a world; what two environments of one name have is in one group."""
    by_name: dict[str, Group] = {}
    for owner in owners:
        for group in groups_of(owner):
            _add(by_name, group)
    for owner in owners.former():
        if not owner.configuration.boolean(HEALTH_LOGS, "DeleteOnTerminate"):
            for group in _of_health(owner):
                _add(by_name, group)
    for group in _of_platforms(owners):
        _add(by_name, group)
    return list(by_name.values())


def groups_of(owner: Owner) -> Iterator[Group]:
    """The groups of an environment: its streamed files, once it has instances, and its streamed health."""
    yield from _of_health(owner)
    if (owner.value(LOGS, "StreamLogs") or "").lower() != "true" or owner.view is None or not owner.fleet:
        return
    view, name = owner.view(owner.fleet[0]), owner.environment.environment_name
    logged = [instance for instance in owner.fleet if instance.state in STATES_WITH_LOGS]
    for file in instance_logs.files(None, view.traits, owner.environment.is_worker):
        if not view.is_windows or file in WINDOWS:
            streams = tuple(
                Stream(instance.id, instance.launched_at, _reader(owner, instance, file)) for instance in logged
            )
            yield _group(owner, f"{FOLDER}/{name}/{WINDOWS.get(file, file)}", LOGS, streams)


def _of_health(owner: Owner) -> Iterator[Group]:
    """The group of an environment's health: a stream for each day with a transition."""
    if not owner.configuration.boolean(HEALTH_LOGS, "HealthStreamingEnabled"):
        return
    environment = owner.environment
    by_day: dict[str, list[tuple[int, str]]] = {}
    for event in owner.events():
        if (record := health_log.record(environment, event)) is not None:
            by_day.setdefault(health_log.stream(environment, event.at), []).append((event.at, record))
    streams = tuple(Stream(name, rows[0][0], rows.copy) for name, rows in by_day.items())
    yield _group(owner, f"{FOLDER}/{environment.environment_name}/environment-health.log", HEALTH_LOGS, streams)


def _group(owner: Owner, name: str, namespace: str, streams: tuple[Stream, ...]) -> Group:
    environment = owner.environment
    return Group(
        name,
        derived.arn(environment, "logs", f"log-group:{name}"),
        f"the environment {environment.environment_name}",
        environment.date_created,
        streams,
        owner.configuration.integer(namespace, "RetentionInDays", 7),
        owner.tags,
        owner.now,
    )


def _of_platforms(owners: Owners) -> Iterator[Group]:
    """The group of each custom platform, with a stream for each version that was built [I: it is never deleted]."""
    for platform in owners.platforms():
        rows = packer_log.lines(platform, owners.events_of(platform))
        if rows:
            name = f"{FOLDER}/platform/{platform.platform_name}"
            yield Group(
                name,
                owners.arn("logs", f"log-group:{name}"),
                f"the platform {platform.platform_name}",
                rows[0][0],
                (Stream(platform.platform_version, rows[0][0], rows.copy),),
                now=owners.now,
            )


def _add(by_name: dict[str, Group], group: Group) -> None:
    other = by_name.get(group.name)
    if other is None:
        by_name[group.name] = group
        return
    streams: Sequence[Stream] = (*other.streams, *group.streams)
    by_name[group.name] = Group(
        group.name,
        group.arn,
        other.of,
        min(other.created, group.created),
        tuple(streams),
        other.days,
        other.tags,
        other.now,
    )


def _reader(owner: Owner, instance: Instance, file: str) -> Callable[[], Iterator[tuple[int, str]]]:
    def lines() -> Iterator[tuple[int, str]]:
        """The lines of the file with their instants: those that they begin with, or those of the lines before."""
        if owner.view is None:
            raise ValueError(f"{file} of {instance.id} was read without the store")
        view = owner.view(instance)
        for line in instance_logs.files(None, view.traits, view.environment.is_worker)[file](view):
            yield _instant(line, view) or 0, line

    return lines


def _instant(line: str, view: View) -> int | None:
    for pattern, form in _STAMPS:
        if match := pattern.match(line):
            text = f"{match[1].replace('/', '-')} {match[2]}"
            return min(int(datetime.strptime(text, form).replace(tzinfo=UTC).timestamp() * 1000), view.at)
    return None
