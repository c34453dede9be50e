"""Messages about the changes of a world, as server-sent events (the HTML standard, "Server-sent events").

The id of a message is the position right after it, so a client that reconnects with `Last-Event-ID` misses none and
gets none twice.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

import msgspec

from beanpole.control import descriptions
from beanpole.model.environment.environment import Environment
from beanpole.model.events.event import Event
from beanpole.store.journal import Call
from beanpole.store.watch import News, Position
from beanpole.store.world import World

HEARTBEAT = b":\n\n"  # a comment: clients see none of it
NAMES = frozenset(("call", "clock", "environment", "event", "faults", "forgotten"))  # `open` and `reset` come always
RETRY = 2_000  # milliseconds until a browser reconnects


def opening(position: Position) -> bytes:
    """The first bytes of a stream: a message that only moves the position, so that it has one from the start."""
    return f"retry: {RETRY}\n\n".encode() + _message("open", {}, position)


class Wish(NamedTuple):
    """The messages that a stream has: about one environment or all, of some names or all."""

    environment_id: str | None = None
    names: frozenset[str] = NAMES


ALL = Wish()


def write(news: News, before: Position, world: World, wish: Wish = ALL) -> bytes:
    """The messages of what has changed since a position."""
    if news.replaced:
        assert news.clock is not None
        reading = descriptions.of_clock(news.clock, news.has_seed)
        return _message("reset", {}, news.position) + _message("clock", reading, news.position)
    passes = _sieve(world, wish.environment_id)
    return b"".join(
        _message(*message) for message in _messages(news, before, world, passes) if message[0] in wish.names
    )


Passes = Callable[[Environment | Event | Call], bool]


def _messages(
    news: News, position: Position, world: World, passes: Passes
) -> Iterator[tuple[str, Mapping[str, object], Position]]:
    if news.clock is not None:
        position = position._replace(clock=news.position.clock)
        yield "clock", descriptions.of_clock(news.clock, news.has_seed), position
    for id_, event in news.events:
        position = position._replace(events=id_)
        if passes(event):
            yield "event", descriptions.of_event(event), position
    for summary in news.environments:
        position = position._replace(environments=summary.environment.generation)
        if passes(summary.environment):
            yield "environment", descriptions.of_summary(summary), position
    if news.forgotten:
        yield "forgotten", {"total": len(world.environments())}, position
    for call in news.calls:
        position = position._replace(calls=call.number)
        if passes(call):
            yield "call", descriptions.of_call(call), position
    if news.faults:
        yield "faults", {"armed": len(world.faults())}, news.position


def _sieve(world: World, environment_id: str | None) -> Passes:
    if environment_id is None:
        return lambda _: True
    environment = world.environment(environment_id)
    name = None if environment is None else environment.environment_name

    def passes(about: Environment | Event | Call) -> bool:
        if isinstance(about, Call):
            return name in about.environments or environment_id in about.environments
        if about.environment_id is None:
            return about.environment_name == name
        return about.environment_id == environment_id

    return passes


def _message(name: str, document: object, position: Position) -> bytes:
    return b"id: %b\nevent: %b\ndata: %b\n\n" % (str(position).encode(), name.encode(), msgspec.json.encode(document))
