"""The log of events: Redis streams whose ids are the events' milliseconds, read newest first.

An event is in the whole log and in the narrower streams that clients poll; a query reads the narrowest stream that
holds every event it wants, and leaves the others out. A request has no stream of its own: its span, `first last
stream`, says between which milliseconds of which stream its events are.
"""

import binascii
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from typing import NamedTuple

from msgspec import Struct

from beanpole import catalog
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


# The members of a filter that an event must have the same value of.
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
    """The stream that holds all events of the event's request, unless one of them is of another environment."""
    if event.environment_name is not None:
        return keys.log("environment", event.environment_name)
    if event.application_name is not None:
        return keys.log("application", event.application_name)
    return keys.events


def read(redis: Connection, keys: WorldKeys, wanted: EventFilter) -> tuple[tuple[Event, ...], str | None]:
    """The newest events wanted, and the token of the page after them if there is one."""
    most = wanted.max_records or catalog.load().quotas.max_records
    passes = _sieve(wanted)
    page: list[tuple[bytes, Event]] = []
    for id_, event in _walk(redis, _span(redis, keys, wanted), min(most + 1, _CHUNK)):
        if passes(event):
            if len(page) == most:
                return tuple(listed for _, listed in page), _token(page[-1][0])
            page.append((id_, event))
    return tuple(listed for _, listed in page), None


def forget(backend: Backend, keys: WorldKeys, before: int) -> None:
    """Remove the events before an instant from every stream that holds them; a stream left empty is deleted."""
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
    """A stream between two ids, both as XREVRANGE takes them."""

    stream: str
    oldest: str
    newest: str


def _span(redis: Connection, keys: WorldKeys, wanted: EventFilter) -> _Span | None:
    """The shortest span that holds every event wanted; None if there is none."""
    stream, first, last = _narrowest(keys, wanted), wanted.start, None if wanted.end is None else wanted.end - 1
    if wanted.request_id is not None:
        requested = redis.hget(keys.requests, wanted.request_id)
        if requested is None:
            return None
        begun, ended, stream = requested.decode().split(" ", 2)
        first = int(begun) if first is None else max(first, int(begun))
        last = int(ended) if last is None else min(last, int(ended))
    if last is not None and last < 0:
        return None  # no event is older than the epoch
    oldest = "-" if first is None or first < 0 else str(first)
    newest = "+" if last is None else str(last)
    return _Span(stream, oldest, newest if wanted.next_token is None else f"({_position(wanted.next_token)}")


def _narrowest(keys: WorldKeys, wanted: EventFilter) -> str:
    if wanted.environment_name is not None:
        return keys.log("environment", wanted.environment_name)
    if wanted.template_name is not None:
        return keys.log("template", wanted.template_name)
    if wanted.platform_arn is not None:
        return keys.log("platform", wanted.platform_arn)
    if wanted.severity in _WARNINGS:
        return keys.log("warnings")
    if wanted.application_name is not None:
        return keys.log("application", wanted.application_name)
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


def _sieve(wanted: EventFilter) -> Callable[[Event], bool]:
    """Whether an event passes the filter; the stream that is read assures only a part of it."""
    equal = [(name, value) for name in _SAME if (value := getattr(wanted, name)) is not None]
    severities = at_least(wanted.severity) if wanted.severity is not None else None

    def passes(event: Event) -> bool:
        if severities is not None and event.severity not in severities:
            return False
        return all(getattr(event, name) == value for name, value in equal)

    return passes


def _token(id_: bytes) -> str:
    """Opaque to clients; in the service it is base64 of `millis::0::millis`."""
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
