"""CloudWatch Logs' view of environments: the log files of their instances, where an environment streams its logs.

A group holds a file, and a stream an instance. Which files are streamed is the developer guide's
(AWSHowTo.cloudwatchlogs); that they are those of the tail is [inferred].
"""

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from beanpole.model.changes.change import Change
from beanpole.model.environment.environment_info import STATES_WITH_LOGS
from beanpole.model.environment.instance import Instance
from beanpole.model.logs import instance_logs
from beanpole.model.logs.view import View
from beanpole.model.options.namespaces import LOGS
from beanpole.neighbours import derived
from beanpole.neighbours.listing import Item, Listing, Pages, missing
from beanpole.neighbours.owners import Owner
from beanpole.wire.errors import ProtocolError
from beanpole.wire.schemas import Request

FOLDER = "/aws/elasticbeanstalk"
WINDOWS = {  # the names of groups on Windows, by the file (AWSHowTo.cloudwatchlogs)
    "Program Files/Amazon/ElasticBeanstalk/logs/AWSDeployment.log": "EBDeploy-Log",
    "Program Files/Amazon/ElasticBeanstalk/logs/Hooks.log": "EBHooks-Log",
    "inetpub/logs/LogFiles/W3SVC1/u_ex.log": "IIS-Log",
}
PAGE_OF_EVENTS, PAGE_OF_STREAMS = 10_000, 50  # where a request names no limit (API reference)
NO_GROUP = missing("ResourceNotFoundException", "The specified log group does not exist.")
NO_STREAM = missing("ResourceNotFoundException", "The specified log stream does not exist.")

_STAMPS = (
    (re.compile(r"(\d{4}[-/]\d\d[-/]\d\d)[ T](\d\d:\d\d:\d\d)"), "%Y-%m-%d %H:%M:%S"),
    (re.compile(r".{0,200}?\[(\d\d/[A-Z][a-z]{2}/\d{4}):(\d\d:\d\d:\d\d)"), "%d-%b-%Y %H:%M:%S"),
)
_TOKEN = re.compile(r"([fb])/(\d{1,9})")


class Group(NamedTuple):
    """A log group: its name, and the file of each instance that it holds."""

    owner: Owner
    name: str
    file: str

    @property
    def arn(self) -> str:
        """The ARN of the group, without the `:*` that stands for its streams."""
        return derived.arn(self.owner.environment, "logs", f"log-group:{self.name}")

    @property
    def names(self) -> dict[str, tuple[str, ...]]:
        """The names of the group in a request, by member."""
        return {"log_group_name": (self.name,), "log_group_identifier": (self.name, self.arn)}


def groups(owners: Sequence[Owner]) -> Iterator[Group]:
    """The groups of all environments that stream their logs, once they have instances."""
    for owner in owners:
        if (owner.value(LOGS, "StreamLogs") or "").lower() != "true" or owner.view is None or not owner.fleet:
            continue
        view, name = owner.view(owner.fleet[0]), owner.environment.environment_name
        for file in instance_logs.files(None, view.traits, owner.environment.is_worker):
            if not view.is_windows or file in WINDOWS:
                yield Group(owner, f"{FOLDER}/{name}/{WINDOWS.get(file, file)}", file)


def log_groups(owners: Sequence[Owner], request: Request) -> Iterator[Item]:
    """The groups as DescribeLogGroups lists them."""
    if request.log_group_class not in (None, "STANDARD"):
        return
    for group in groups(owners):
        prefix, pattern = request.log_group_name_prefix or "", request.log_group_name_pattern or ""
        if group.name.startswith(prefix) and pattern in group.name:
            members = {
                "log_group_name": group.name,
                "creation_time": group.owner.environment.date_created,
                "retention_in_days": group.owner.configuration.integer(LOGS, "RetentionInDays", 7),
                "metric_filter_count": 0,
                "arn": f"{group.arn}:*",
                "log_group_class": "STANDARD",
                "log_group_arn": group.arn,
            }
            yield Item(group.name, members, {"log_group_identifiers": (group.name, group.arn)})


def streams(owners: Sequence[Owner], request: Request) -> Iterator[Item]:
    """The streams, by which DescribeLogStreams and GetLogEvents find their group."""
    for group in groups(owners):
        for instance in _instances_with_logs(group):
            names = {**group.names, "log_stream_name": (instance.id,)}
            yield Item(f"{group.name} {instance.id}", {}, {m: names[m] for m in names if hasattr(request, m)})


def known_names(owners: Sequence[Owner], member: str) -> Iterator[str]:
    """The names of groups, whether or not they have streams."""
    for group in groups(owners):
        yield from group.names.get(member, ())


def describe_streams(owners: Sequence[Owner], request: Request, keys: Sequence[str]) -> tuple[list[Change], Any]:
    """The streams of a group in pages, by name or by the time of the last event."""
    rows = []
    for group, instance in _streams_of(owners, keys):
        if instance.id.startswith(request.log_stream_name_prefix or ""):
            stamps = [at for at, _ in _events(group, instance)]
            ends = {"first_event_timestamp": stamps[0], "last_event_timestamp": stamps[-1]} if stamps else {}
            rows.append(
                {
                    "log_stream_name": instance.id,
                    "creation_time": instance.launched_at,
                    **ends,
                    "arn": f"{group.arn}:log-stream:{instance.id}",
                }
            )
    order = "last_event_timestamp" if request.order_by == "LastEventTime" else "log_stream_name"
    rows.sort(key=lambda stream: (stream.get(order, 0), stream["log_stream_name"]), reverse=bool(request.descending))
    start, size = _index(request.next_token, "f") or 0, request.limit or PAGE_OF_STREAMS
    left = {"next_token": f"f/{start + size}"} if start + size < len(rows) else {}
    return [], {"log_streams": rows[start : start + size], **left}


def get_events(owners: Sequence[Owner], request: Request, keys: Sequence[str]) -> tuple[list[Change], Any]:
    """The lines of a file: the last lines, the first lines, or the lines before or after a token.

    At the end of a direction its token stays the same (API reference).
    """
    ((group, instance), *_) = _streams_of(owners, keys)
    after, before = request.start_time or 0, request.end_time
    lines = [row for row in _events(group, instance) if row[0] >= after and (before is None or row[0] < before)]
    size = request.limit or PAGE_OF_EVENTS
    forward, backward = _index(request.next_token, "f"), _index(request.next_token, "b")
    if forward is not None:
        start = min(forward, len(lines))
    elif backward is not None:
        start = max(0, min(backward, len(lines)) - size)
    else:
        start = 0 if request.start_from_head else max(0, len(lines) - size)
    stop = min(start + size, len(lines)) if backward is None else min(backward, len(lines))
    events = [{"timestamp": at, "message": line, "ingestion_time": at} for at, line in lines[start:stop]]
    return [], {"events": events, "next_forward_token": f"f/{stop}", "next_backward_token": f"b/{start}"}


def _streams_of(owners: Sequence[Owner], keys: Sequence[str]) -> list[tuple[Group, Instance]]:
    selected = set(keys)
    pairs = ((group, instance) for group in groups(owners) for instance in _instances_with_logs(group))
    return [pair for pair in pairs if f"{pair[0].name} {pair[1].id}" in selected]


def _instances_with_logs(group: Group) -> list[Instance]:
    return [instance for instance in group.owner.fleet if instance.state in STATES_WITH_LOGS]


def _events(group: Group, instance: Instance) -> list[tuple[int, str]]:
    """The lines of a file with their instants: the timestamp at the start of a line, or that of the line before."""
    if group.owner.view is None:
        raise ValueError(f"{group.name} was read without the store")
    view = group.owner.view(instance)
    write = instance_logs.files(None, view.traits, view.environment.is_worker)[group.file]
    stamped, last = [], instance.launched_at
    for line in write(view):
        last = max(last, _instant(line, view) or 0)
        stamped.append((last, line))
    return stamped


def _instant(line: str, view: View) -> int | None:
    for pattern, form in _STAMPS:
        if match := pattern.match(line):
            text = f"{match[1].replace('/', '-')} {match[2]}"
            return min(int(datetime.strptime(text, form).replace(tzinfo=UTC).timestamp() * 1000), view.at)
    return None


def _index(token: str | None, way: str) -> int | None:
    """The index in a token; None for a token of the other direction."""
    if token is None:
        return None
    match = _TOKEN.fullmatch(token)
    if match is None:
        raise ProtocolError("InvalidParameterException", "The specified nextToken is invalid.")
    return int(match[2]) if match[1] == way else None


LISTINGS = {
    "DescribeLogGroups": Listing(
        log_groups,
        "log_groups",
        "logGroupName",
        {"log_group_identifiers": None},
        Pages(size="limit", usual=50),
        None,
    )
}
_GROUP = {"log_group_name": NO_GROUP, "log_group_identifier": NO_GROUP}
STREAMS = Listing(streams, "log_streams", "logStreamName", _GROUP, None, None, known_names)
EVENTS = Listing(streams, "events", "timestamp", {**_GROUP, "log_stream_name": NO_STREAM}, None, None)
