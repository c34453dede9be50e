"""The open streams of a process: one thread writes to all of them, and it lives as long as there is one.

It waits for announcements, reads once for all streams that stand at the same position of the same world, and writes to
each. A client that reads slowly is passed over until it has read; a client that is gone is noticed by its connection,
or by a heartbeat that cannot be written.
"""

from itertools import groupby
from threading import Event, Lock, Thread
from typing import Protocol

from beanpole.control import messages
from beanpole.control.messages import ALL, Wish
from beanpole.machine.clock import real_now
from beanpole.store import watch
from beanpole.store.announcements import Announcements, announce
from beanpole.store.connection import StoreError, reason
from beanpole.store.store import Store
from beanpole.store.watch import Position
from beanpole.store.world import World
from beanpole.tables import limits
from beanpole.text import log_lines

BEAT = 15.0  # seconds of silence after which a stream gets a heartbeat, and a lost announcement is made up for
GATHERING = 100  # milliseconds between two looks: what is announced in between is read at once
PER_STREAM = 5  # more of them for each stream, because to write to many leaves the process less time to answer
BEHIND = 0.2  # seconds until a client that reads slowly is looked at again
UNREAD = 1 << 18  # bytes that a client may leave unread
PAUSE = 1.0  # seconds between two tries to reach Redis

MOST = limits.most("streams")

_log = log_lines.logger("beanpole")


class Sink(Protocol):
    """The receiver of a stream."""

    def write(self, data: bytes) -> bool:
        """Write without waiting; false if the client is gone."""

    def unread(self) -> int:
        """The bytes that the client has not taken yet."""

    def close(self) -> None:
        """End the answer."""


class Stream:
    """A stream of a world from a position on, with the messages that its client wishes; it has a seat until it ends."""

    def __init__(self, streams: "Streams", world: World, position: Position, wish: Wish) -> None:
        self._streams = streams
        self.world = world
        self.position = position
        self.wish = wish
        self.sink: Sink | None = None
        self.written = 0

    def begin(self, sink: Sink) -> None:
        """Write to this sink from now on."""
        self.sink = sink
        self._streams.begin(self)

    def end(self) -> None:
        """Give up the seat; nothing is written any more."""
        self._streams.end(self)

    def send(self, data: bytes, position: Position, now: int) -> None:
        """Write what moves the stream to a position; it ends if the client is gone."""
        if data:
            self.written = now
            if self.sink is not None and not self.sink.write(data):
                self.end()
        self.position = position


class Streams:
    """All streams of a process on one store."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = Lock()
        self._seated: set[Stream] = set()
        self._begun: list[Stream] = []
        self._thread: Thread | None = None
        self._pause = Event()

    def seat(self, world: World, position: Position, wish: Wish = ALL) -> Stream | None:
        """A stream with a seat; None if all seats are taken."""
        with self._lock:
            if len(self._seated) >= MOST:
                return None
            stream = Stream(self, world, position, wish)
            self._seated.add(stream)
            return stream

    def begin(self, stream: Stream) -> None:
        """Let a stream with a seat be written to."""
        stream.written = real_now()
        with self._lock:
            if stream not in self._seated:
                return
            self._begun.append(stream)
            runs = self._thread is not None
            self._store.journal.is_watched = self._are_calls_wanted()
            if self._thread is None:
                self._thread = Thread(target=self._run, name="beanpole-streams", daemon=True)
                self._thread.start()
        if runs:
            self._hasten(stream.world.account_id)

    def end(self, stream: Stream) -> None:
        """Take a stream out; the thread ends with the last one. Its end does not wait for the store."""
        with self._lock:
            self._seated.discard(stream)
            if stream not in self._begun:
                return
            self._begun.remove(stream)
            is_last = not self._begun
        if is_last:
            Thread(target=self._hasten, args=[stream.world.account_id], daemon=True).start()

    def _hasten(self, account_id: str) -> None:
        try:
            announce(self._store.redis, account_id)
        except StoreError as error:
            _log.warning("the streams wait for the store: %s", reason(error))

    def _run(self) -> None:
        while self._goes_on():
            try:
                self._follow()
            except StoreError as error:
                _log.warning("the streams cannot reach the store and try again in %g s: %s", PAUSE, reason(error))
                self._beat(real_now())
                self._pause.wait(PAUSE)

    def _goes_on(self) -> bool:
        with self._lock:
            if not self._begun:
                self._thread = None
            self._store.journal.is_watched = self._are_calls_wanted()
            return bool(self._begun)

    def _are_calls_wanted(self) -> bool:
        return any("call" in stream.wish.names for stream in self._begun)

    def _follow(self) -> None:
        """Look at everything first: announcements from before the subscription are lost."""
        with Announcements(self._store.redis) as announcements:
            is_behind, looked = self._look(None), real_now()
            while self._begun:
                accounts = announcements.wait(BEHIND if is_behind else self._silence())
                now = real_now()
                pause = looked + GATHERING + PER_STREAM * len(self._begun) - now
                if self._begun and pause > 0:
                    self._pause.wait(pause / 1000)
                more = announcements.waiting()
                beat = self._beat(real_now())
                every = accounts is None or more is None or beat or is_behind
                is_behind = self._look(None if every else accounts | more)  # type: ignore[operator]  # neither is None
                looked = real_now()

    def _silence(self) -> float:
        """The seconds until a stream has been silent for too long."""
        first = min((stream.written for stream in list(self._begun)), default=real_now())
        return BEAT - (real_now() - first) / 1000

    def _look(self, accounts: frozenset[str] | None) -> bool:
        """Write what is new to the streams of some accounts, or of all; true if some are not at the end of it."""
        streams = [stream for stream in list(self._begun) if accounts is None or stream.world.account_id in accounts]
        ready = [stream for stream in streams if stream.sink is not None and stream.sink.unread() < UNREAD]
        is_behind = len(ready) < len(streams)
        for (_, _, position), group in groupby(sorted(ready, key=_place), key=_place):
            is_behind |= self._tell(list(group), position)
        return is_behind

    def _tell(self, streams: list[Stream], position: Position) -> bool:
        """Write what is new to streams of one world that stand at one position; true if there is more."""
        world = streams[0].world
        news = watch.look(self._store, world, position)
        now = real_now()
        texts: dict[Wish, bytes] = {}
        for stream in streams:
            if stream.wish not in texts:
                texts[stream.wish] = messages.write(news, position, world, stream.wish)
            stream.send(texts[stream.wish], news.position, now)
        return news.more

    def _beat(self, now: int) -> bool:
        """Write a heartbeat to the streams that were silent for long; true if there are any."""
        silent = [stream for stream in list(self._begun) if now - stream.written >= BEAT * 1000]
        for stream in silent:
            stream.send(messages.HEARTBEAT, stream.position, now)
        return bool(silent)


def _place(stream: Stream) -> tuple[str, str, Position]:
    return stream.world.account_id, stream.world.region, stream.position
