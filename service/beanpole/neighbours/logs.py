"""CloudWatch Logs' view: the log groups that Elastic Beanstalk makes, their streams, and the events in them.

A position in a stream is an instant with a number, and the id of an event is its position. So a token stays right when
other lines are asked for, and when the oldest lines go.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from beanpole.model.changes.change import Change
from beanpole.neighbours.listing import Item, Listing, Pages, missing
from beanpole.neighbours.log_groups import Group, Row, Stream, groups
from beanpole.neighbours.log_patterns import matcher
from beanpole.neighbours.owners import Owners
from beanpole.wire.errors import ProtocolError
from beanpole.wire.schemas import Request

PAGE_OF_EVENTS, PAGE_OF_STREAMS = 10_000, 50  # where a request names no limit (API reference)
NO_GROUP = missing("ResourceNotFoundException", "The specified log group does not exist.")
NO_STREAM = missing("ResourceNotFoundException", "The specified log stream does not exist.")

_BAD_TOKEN = ProtocolError("InvalidParameterException", "The specified nextToken is invalid.")
_TOKEN = re.compile(r"([fb])/(\d{56})/s")
_PAGE = re.compile(r"\d{1,9}")
_PER_MILLISECOND = 10**9


def log_groups(owners: Owners, request: Request) -> Iterator[Item]:
    """The groups as DescribeLogGroups lists them."""
    if request.log_group_class not in (None, "STANDARD"):
        return
    for group in groups(owners):
        prefix, pattern = request.log_group_name_prefix or "", request.log_group_name_pattern or ""
        if group.name.startswith(prefix) and pattern in group.name:
            members = {
                "log_group_name": group.name,
                "creation_time": group.created,
                "retention_in_days": group.days,
                "metric_filter_count": 0,
                "arn": f"{group.arn}:*",
                "stored_bytes": 0,
                "log_group_class": "STANDARD",
                "log_group_arn": group.arn,
            }
            yield Item(group.name, members, {"log_group_identifiers": (group.name, group.arn)})


def groups_by_name(owners: Owners, request: Request) -> Iterator[Item]:
    """The groups by the names that a request may call them."""
    for group in groups(owners):
        yield Item(group.name, {}, group.names)


def describe_streams(owners: Owners, request: Request, keys: Sequence[str]) -> tuple[list[Change], Any]:
    """The streams of a group in pages, by name or by the time of the last event."""
    by_time = request.order_by == "LastEventTime"
    if by_time and request.log_stream_name_prefix:
        raise ProtocolError("InvalidParameterException", "Cannot order by LastEventTime with a logStreamNamePrefix.")
    group = _group(owners, keys)
    prefix = request.log_stream_name_prefix or ""
    rows = [_stream(group, stream) for stream in group.streams if stream.name.startswith(prefix)]
    order = "last_event_timestamp" if by_time else "log_stream_name"
    rows.sort(key=lambda stream: (stream.get(order, 0), stream["log_stream_name"]), reverse=bool(request.descending))
    start, size = _page(request.next_token), request.limit or PAGE_OF_STREAMS
    return [], {"log_streams": rows[start : start + size], **_following(start + size, len(rows))}


def _stream(group: Group, stream: Stream) -> dict[str, Any]:
    rows = stream.rows(group.since)
    ends = {"first_event_timestamp": rows[0].at, "last_event_timestamp": rows[-1].at} if rows else {}
    return {
        "log_stream_name": stream.name,
        "creation_time": stream.created,
        **ends,
        **({"last_ingestion_time": rows[-1].at} if rows else {}),
        "upload_sequence_token": event_id(rows[-1]) if rows else None,
        "arn": f"{group.arn}:log-stream:{stream.name}",
        "stored_bytes": 0,
    }


def get_events(owners: Owners, request: Request, keys: Sequence[str]) -> tuple[list[Change], Any]:
    """The events of a stream: the last events, the first events, or the events before or after a token.

    At the end of a direction its token stays the same (API reference).
    """
    group = _group(owners, keys)
    stream = next((stream for stream in group.streams if stream.name == request.log_stream_name), None)
    if stream is None:
        raise NO_STREAM(request.log_stream_name)
    after, before, size = request.start_time or 0, request.end_time, request.limit or PAGE_OF_EVENTS
    rows = [row for row in stream.rows(group.since) if row.at >= after and (before is None or row.at < before)]
    forward, backward = _position(request.next_token, "f"), _position(request.next_token, "b")
    if forward is not None:
        part = [row for row in rows if _place(row) > forward][:size]
    elif backward is not None:
        part = [row for row in rows if _place(row) < backward][-size:]
    else:
        part = rows[:size] if request.start_from_head else rows[-size:]
    ends = (forward or backward or 0,) * 2
    if part:
        ends = _place(part[0]), _place(part[-1])
    events = [{"timestamp": row.at, "message": row.text, "ingestion_time": row.at} for row in part]
    return [], {
        "events": events,
        "next_forward_token": f"f/{ends[1]:056d}/s",
        "next_backward_token": f"b/{ends[0]:056d}/s",
    }


def filter_events(owners: Owners, request: Request, keys: Sequence[str]) -> tuple[list[Change], Any]:
    """The events of some streams of a group, or of all, by time; those that fit a pattern, in pages."""
    group, fits = _group(owners, keys), matcher(request.filter_pattern)
    after, before = request.start_time or 0, request.end_time
    rows = sorted(
        (row.at, stream.name, row)
        for stream in _streams(group, request.log_stream_names or (), request.log_stream_name_prefix or "")
        for row in stream.rows(group.since)
        if row.at >= after and (before is None or row.at <= before) and fits(row.text)
    )
    start, size = _page(request.next_token), request.limit or PAGE_OF_EVENTS
    events = [
        {
            "log_stream_name": name,
            "timestamp": at,
            "message": row.text,
            "ingestion_time": at,
            "event_id": event_id(row),
        }
        for at, name, row in rows[start : start + size]
    ]
    return [], {"events": events, "searched_log_streams": [], **_following(start + size, len(rows))}


def _streams(group: Group, names: Sequence[str], prefix: str) -> list[Stream]:
    """The streams with one of the names, or with the prefix; raises ProtocolError with both or for an unknown name."""
    if names and prefix:
        raise ProtocolError(
            "InvalidParameterException", "Only one of logStreamNames and logStreamNamePrefix can be specified."
        )
    known = {stream.name for stream in group.streams}
    if strange := [name for name in names if name not in known]:
        raise NO_STREAM(strange[0])
    return [
        stream for stream in group.streams if (not names or stream.name in names) and stream.name.startswith(prefix)
    ]


def list_tags(owners: Owners, request: Request, keys: Sequence[str]) -> tuple[list[Change], Any]:
    """The tags of a group, which are those of the environment."""
    return [], {"tags": dict(_group(owners, keys).tags)}


def no_filters(owners: Owners, request: Request) -> Iterator[Item]:
    """An empty list: no group of an environment has a filter."""
    return iter(())


def _known(owners: Owners, member: str) -> Iterator[str]:
    return (group.name for group in groups(owners))


def event_id(row: Row) -> str:
    """The id of an event; the number of digits is that of ids in the API reference."""
    return f"{_place(row):056d}"


def _place(row: Row) -> int:
    return row.at * _PER_MILLISECOND + row.number


def _group(owners: Owners, keys: Sequence[str]) -> Group:
    return next(group for group in groups(owners) if group.name in keys)


def _position(token: str | None, way: str) -> int | None:
    """The position in a token; None for a token of the other direction."""
    if token is None:
        return None
    match = _TOKEN.fullmatch(token)
    if match is None:
        raise _BAD_TOKEN
    return int(match[2]) if match[1] == way else None


def _page(token: str | None) -> int:
    if token is not None and _PAGE.fullmatch(token) is None:
        raise _BAD_TOKEN
    return int(token or 0)


def _following(end: int, count: int) -> dict[str, str]:
    return {"next_token": str(end)} if end < count else {}


LISTINGS = {
    "DescribeLogGroups": Listing(
        log_groups,
        "log_groups",
        "logGroupName",
        {"log_group_identifiers": None},
        Pages(size="limit", usual=50),
        None,
    ),
    "DescribeSubscriptionFilters": Listing(
        no_filters,
        "subscription_filters",
        "filterName",
        {"log_group_name": NO_GROUP},
        Pages(size="limit", usual=50),
        None,
        _known,
    ),
    "DescribeMetricFilters": Listing(
        no_filters,
        "metric_filters",
        "filterName",
        {"log_group_name": NO_GROUP},
        Pages(size="limit", usual=50),
        None,
        _known,
    ),
}
_EITHER = {"log_group_name": NO_GROUP, "log_group_identifier": NO_GROUP}
BY_EITHER_NAME = Listing(groups_by_name, "", "", _EITHER, None, None)
BY_NAME = Listing(groups_by_name, "", "", {"log_group_name": NO_GROUP}, None, None)
BY_ARN = Listing(groups_by_name, "", "", {"resource_arn": NO_GROUP}, None, None)
