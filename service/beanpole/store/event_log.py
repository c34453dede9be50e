"""The log of events: Redis streams whose ids are the events' milliseconds, read newest first.

An event is in the whole log and in the narrower streams that clients poll; a query reads the narrowest stream with all
its events, and skips the others. A request has no stream: its span, `first last stream`, has the first and the last
millisecond of its events, and their stream.
"""

import binascii
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from typing import NamedTuple

from msgspec import Struct

from beanpole.catalog import catalog
from beanpole.model import errors
from beanpole.model.events.event import Event, at_least
from beanpole.model.events.messages import Severity
from beanpole.store import codec
from beanpole.store.backend import Backend
from beanpole.store.connection import Connection
from beanpole.store.keys import WorldKeys

_CHUNK = 1000
_WARNINGS = at_least("WARN")


class EventFilter(Struct, frozen=True):
    """The filter of DescribeEvents; `start` is inclusive, `end` exclusive, in milliseconds."""

    application_name: str | None = None
    environment_name: str | None = None
    environment_id: str | None = None
    version_label: str | None = None
    template_name: str | None = None
    platform_arn: str | None = None
    request_id: str | None = None
    severity: Severity | None = None
    start: int | None = None
    end: int | None = None
    max_records: int | None = None
    next_token: str | None = None


# The members of a filter whose values an event must have.
_SAME = tuple(name for name in EventFilter.__struct_fields__ if name in Event.__struct_fields__ and name != "severity")


def streams(keys: WorldKeys, event: Event) -> list[str]:
    """Every stream that holds an event, the whole log first."""
    names = [keys.events]
    if event.environment_name is not None:
        names.append(keys.log("environment", event.environment_name))
    if event.application_name is not None:
        names.append(keys.log("application", event.application_name))
    if event.template_name is not None:
        names.append(keys.log("template", event.template_name))
    if event.platform_arn is not None:
        names.append(keys.log("platform", event.platform_arn))
    if event.severity in _WARNINGS:
        names.append(keys.log("warnings"))
    return names


def stream_of_request(keys: WorldKeys, event: Event) -> str:
    """The stream with all events of the event's request, unless one of them is of another environment."""
    if event.environment_name is not None:
        return keys.log("environment", event.environment_name)
    if event.application_name is not None:
        return keys.log("application", event.application_name)
    return keys.events


def read(redis: Connection, keys: WorldKeys, event_filter: EventFilter) -> tuple[tuple[Event, ...], str | None]:
    """The newest events that pass a filter, and the token of the next page, if there is one."""
    most = event_filter.max_records or catalog.load().quotas.max_records
    passes = _sieve(event_filter)
    page: list[tuple[bytes, Event]] = []
    for id_, event in _walk(redis, _span(redis, keys, event_filter), min(most + 1, _CHUNK)):
        if passes(event):
            if len(page) == most:
                return tuple(listed for _, listed in page), _token(page[-1][0])
            page.append((id_, event))
    return tuple(listed for _, listed in page), None


def forget(backend: Backend, keys: WorldKeys, before: int) -> None:
    """Remove the events before an instant from all their streams; an empty stream is deleted."""
    while entries := backend.redis.xrange(keys.events, "-", f"({before}-0", _CHUNK):
        events = [codec.decode_event(fields[b"e"], 0) for _, fields in entries]
        narrower = {stream for event in events for stream in streams(keys, event)} - {keys.events}
        requests = {event.request_id for event in events if event.request_id is not None}
        chains = {event.chain for event in events}
        milliseconds, _, sequence = entries[-1][0].decode().partition("-")
        backend.scripts.trim(
            keys=[keys.requests, keys.chains, *sorted(narrower), keys.events],
            args=[f"{milliseconds}-{int(sequence) + 1}", before, len(requests), *sorted(requests), *sorted(chains)],
        )


class _Span(NamedTuple):
    """A part of a stream between two ids, in the form of XREVRANGE."""

    stream: str
    oldest: str
    newest: str


def _span(redis: Connection, keys: WorldKeys, event_filter: EventFilter) -> _Span | None:
    """The shortest span with every event that can pass the filter; None if no event can."""
    stream, first = _narrowest(keys, event_filter), event_filter.start
    last = None if event_filter.end is None else event_filter.end - 1
    if event_filter.request_id is not None:
        span = redis.hget(keys.requests, event_filter.request_id)
        if span is None:
            return None
        since, until, stream = span.decode().split(" ", 2)
        first = int(since) if first is None else max(first, int(since))
        last = int(until) if last is None else min(last, int(until))
    if last is not None and last < 0:
        return None  # no event is older than the epoch
    oldest = "-" if first is None or first < 0 else str(first)
    newest = "+" if last is None else str(last)
    token = event_filter.next_token
    return _Span(stream, oldest, newest if token is None else f"({_position(token)}")


def _narrowest(keys: WorldKeys, event_filter: EventFilter) -> str:
    if event_filter.environment_name is not None:
        return keys.log("environment", event_filter.environment_name)
    if event_filter.template_name is not None:
        return keys.log("template", event_filter.template_name)
    if event_filter.platform_arn is not None:
        return keys.log("platform", event_filter.platform_arn)
    if event_filter.severity in _WARNINGS:
        return keys.log("warnings")
    if event_filter.application_name is not None:
        return keys.log("application", event_filter.application_name)
    return keys.events


def _walk(redis: Connection, span: _Span | None, count: int) -> Iterator[tuple[bytes, Event]]:
    if span is None:
        return
    stream, oldest, newest = span
    while True:
        entries = redis.xrevrange(stream, newest, oldest, count)
        for id_, fields in entries:
            yield id_, codec.decode_event(fields[b"e"], int(id_.partition(b"-")[0]))
        if len(entries) < count:
            return
        newest, count = f"({entries[-1][0].decode()}", _CHUNK


def _sieve(event_filter: EventFilter) -> Callable[[Event], bool]:
    """A function that tells whether an event passes the filter; the choice of the stream is not enough."""
    equal = [(name, value) for name in _SAME if (value := getattr(event_filter, name)) is not None]
    severities = at_least(event_filter.severity) if event_filter.severity is not None else None

    def passes(event: Event) -> bool:
        if severities is not None and event.severity not in severities:
            return False
        return all(getattr(event, name) == value for name, value in equal)

    return passes


def _token(id_: bytes) -> str:
    """The token of a page, opaque to clients; the service's own is base64 of `millis::0::millis`."""
    milliseconds, _, sequence = id_.decode().partition("-")
    return b64encode(f"{milliseconds}::{sequence}::{milliseconds}".encode()).decode()


def _position(token: str) -> str:
    try:
        milliseconds, sequence, _ = b64decode(token, validate=True).decode("ascii").split("::")
    except (binascii.Error, ValueError):
        raise errors.BadNextToken(token=token) from None
    if not (milliseconds.isdigit() and sequence.isdigit() and len(milliseconds) < 16 and len(sequence) < 16):
        raise errors.BadNextToken(token=token)
    return f"{milliseconds}-{sequence}"
