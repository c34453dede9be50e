"""Notices: events of the log are sent to the topics of environments, and to the bus of EventBridge.

A thread follows the log of each world, outside of every commit, so no commit waits for the receiver or fails with it.
The position of the last sent event is stored in Redis after it was sent: a message can come twice, with the same id.
While the receiver does not answer, notices wait in the log; a refused notice is dropped, with a line in the process's
log.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from threading import Event as Signal
from threading import Thread
from typing import TypeVar

from msgspec import Struct
from redis.exceptions import RedisError

from beanpole.catalog.catalog import Catalog
from beanpole.machine.clock import elapsed, processor_time
from beanpole.model.events.event import Event
from beanpole.model.notices import bus, mails, topics
from beanpole.other_services.publishing import Bus, Entry, Missing, Publishing, Refused, Topics, Unanswered
from beanpole.store import codec, keys
from beanpole.store.announcements import Announcements, announce
from beanpole.store.store import Store
from beanpole.store.world import World
from beanpole.text import log_lines
from beanpole_workers.play.leading import LASTS, leads
from beanpole_workers.play.topics import Keeper, OwnTopic
from beanpole_workers.play.tries import Tries

GATHERING = 250  # least milliseconds between two looks, so that one look covers many changes
FULL_REST = 1000  # most milliseconds between a look and the next one, if there is something new
SHARE = 20  # times the processor time of the last look is waited, so that looks take a twentieth of a processor
QUIET = 30.0  # seconds without a change until a look at all worlds
FOLLOWING = LASTS / 1000  # seconds until a process that another one leads looks whether that has ended
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0  # seconds between two tries to send
ENDING = 2.0  # seconds that a call in progress may take to end
CHUNK = 50  # events that are read, and counted as sent, at once
BEFORE_ALL = "0-0"
CLIENTS = 32  # the most clients, one for each world

log = log_lines.logger(__name__)

C = TypeVar("C")
Scope = tuple[str, str]  # account and region
LogEntry = tuple[str, Event]  # an event with its id in the log


class WorldNotices(Struct, frozen=True):
    """The stored fields of a world's notices, and the id of the last event in its log."""

    world: World
    fields: Mapping[bytes, bytes]
    last: str


class Notices:
    """The sender of notices, a thread from `start` to `stop`; `name` is this process's."""

    def __init__(self, store: Store, catalog: Catalog, publishing: Publishing, name: str) -> None:
        self._store = store
        self._publishing = publishing
        self._name = name
        self._keeper = Keeper(store, catalog)
        self._topics: dict[Scope, Topics] = {}
        self._buses: dict[Scope, Bus] = {}
        self._channels: list[Callable[[WorldNotices], None]] = []
        if publishing.topics is not None:
            self._channels.append(self._mail)
        if publishing.bus is not None:
            self._channels.append(self._put)
        self._leads = False
        self._troubles: dict[str, str] = {}
        self._stopped = Signal()
        self._thread = Thread(target=self._run, name="notices", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self) -> None:
        """End the thread without waiting for a call in progress, whose notices are sent again later."""
        self._stopped.set()
        with suppress(RedisError):
            announce(self._store.redis, self._name)  # no account has the name of a process
        self._thread.join(ENDING)

    def look(self, accounts: frozenset[str] | None = None) -> bool:
        """Send the unsent notices of some accounts, or with None of all, unless another process does.

        Returns false if some are still unsent.
        """
        led, self._leads = self._leads, leads(self._store.redis, keys.NOTIFIER, self._name)
        if not self._leads:
            return True
        done = True
        for scope in self._scopes_of(accounts if led else None):
            notices = self._notices_of(self._store.world(*scope))
            for channel in self._channels:
                done = self._send(channel, notices) and done
        return done

    def _run(self) -> None:
        tries = Tries(log, "the thread that sends notices cannot reach Redis")
        pause = FIRST_PAUSE
        while not self._stopped.is_set():
            try:
                self._follow()
            except RedisError as trouble:
                self._stopped.wait(tries.failed(trouble))
            except Exception:
                log.exception("notices could not be sent")
                self._stopped.wait(pause)
                pause = min(2 * pause, LONGEST_PAUSE)

    def _follow(self) -> None:
        pause = FIRST_PAUSE
        with Announcements(self._store.redis) as announcements:
            accounts: frozenset[str] | None = None
            while not self._stopped.is_set():
                begun = processor_time()
                if self.look(accounts):
                    rested, pause = elapsed() + _rest(processor_time() - begun), FIRST_PAUSE
                    accounts = announcements.wait(QUIET if self._leads else FOLLOWING) or None
                    self._stopped.wait(max(0, rested - elapsed()) / 1000)
                else:
                    self._stopped.wait(pause)
                    accounts, pause = None, min(2 * pause, LONGEST_PAUSE)
                accounts = _union(accounts, announcements.waiting())

    def _scopes_of(self, accounts: frozenset[str] | None) -> list[Scope]:
        """The worlds of accounts, or of all."""
        return [scope for scope in self._store.scopes() if accounts is None or scope[0] in accounts]

    def _notices_of(self, world: World) -> WorldNotices:
        pipeline = self._store.redis.pipeline(transaction=True)
        pipeline.hgetall(world.keys.notices)
        pipeline.xrevrange(world.keys.events, count=1)
        fields, last = pipeline.execute()
        return WorldNotices(world, fields, last[0][0].decode() if last else BEFORE_ALL)

    def _send(self, channel: Callable[[WorldNotices], None], notices: WorldNotices) -> bool:
        """Send notices through a channel; false if that failed, which is logged once."""
        about = channel.__name__
        try:
            channel(notices)
        except (Unanswered, ValueError) as trouble:
            self._tell(about, "notices wait", trouble)
            return False
        self._troubles.pop(about, None)
        return True

    def _mail(self, notices: WorldNotices) -> None:
        """Send events to the topics of environments; the topics are created and deleted with the environments."""
        requests, topics_made = self._keeper.requests(notices.world), self._keeper.topics_of(notices.fields)
        if not requests and not topics_made:
            self._skip(notices, keys.MAILED)
            return
        calls = self._topics_of(notices.world)
        topics_made |= {
            id_: self._keeper.make(notices.world, calls, environment, topic, topics_made.get(id_))
            for id_, (environment, topic) in requests.items()
        }
        for events in self._events(notices, keys.MAILED):
            for position, event in events:
                if event.environment_id in topics_made and topics.is_notable(event):
                    self._publish(notices.world, position, event, topics_made)
        for id_ in topics_made.keys() - requests.keys():
            self._keeper.delete(notices.world, calls, id_, topics_made[id_])

    def _publish(self, world: World, position: str, event: Event, topics_made: dict[str, OwnTopic]) -> None:
        """Send an event to the topic of its environment, which is created again if the companion has lost it."""
        environment = world.environment(event.environment_id or "")
        if environment is None or not (arn := topics_made[environment.id].arn):
            return
        calls, message = self._topics_of(world), (mails.subject(event), mails.body(event, environment, position))
        try:
            try:
                calls.publish(arn, *message)
            except Missing:
                lost = topics_made[environment.id]
                if not lost.is_own and lost.subscription is None:
                    raise
                topics_made[environment.id] = self._keeper.make_again(world, calls, environment, lost)
                calls.publish(arn, *message)
        except Refused as refusal:
            self._tell(environment.id, f"a notice of {environment.environment_name} is lost", refusal)

    def _put(self, notices: WorldNotices) -> None:
        """Send events to the bus, if there is a rule for them."""
        if not self._publishing.is_heard():
            self._skip(notices, keys.BUSSED)
            return
        has_rules: bool | None = None
        for events in self._events(notices, keys.BUSSED):
            entries = [entry for _, event in events if (entry := _entry(notices.world, event)) is not None]
            if entries and has_rules is None:
                has_rules = self._has_rules(notices.world)
            for entry in self._put_together(notices.world, entries) if has_rules else ():
                try:
                    self._bus_of(notices.world).put([entry])
                except Refused as refusal:
                    self._tell("bus", "an event for EventBridge is lost", refusal)

    def _has_rules(self, world: World) -> bool:
        try:
            return self._bus_of(world).has_rules()
        except Refused:
            return True  # it is unknown, so the events are sent

    def _put_together(self, world: World, entries: Sequence[Entry]) -> Sequence[Entry]:
        """Send entries together; returns the entries to send one by one: all after a refusal, else none."""
        try:
            if entries:
                self._bus_of(world).put(entries)
        except Refused:
            return entries
        return ()

    def _events(self, notices: WorldNotices, field: str) -> Iterator[list[LogEntry]]:
        """The events after the position in a field, which is updated after each part."""
        position = notices.fields.get(field.encode(), BEFORE_ALL.encode()).decode()
        if _order(notices.last) < _order(position):
            position = BEFORE_ALL  # it is a position of an earlier world
        while entries := self._store.redis.xrange(notices.world.keys.events, f"({position}", "+", CHUNK):
            yield [
                (id_.decode(), codec.decode_event(fields[b"e"], int(id_.partition(b"-")[0]))) for id_, fields in entries
            ]
            position = entries[-1][0].decode()
            self._store.redis.hset(notices.world.keys.notices, field, position)

    def _skip(self, notices: WorldNotices, field: str) -> None:
        """Count all events of a world as sent, because nothing receives them."""
        if notices.fields.get(field.encode(), BEFORE_ALL.encode()).decode() != notices.last:
            self._store.redis.hset(notices.world.keys.notices, field, notices.last)

    def _topics_of(self, world: World) -> Topics:
        return _client(self._topics, world, self._publishing.topics)

    def _bus_of(self, world: World) -> Bus:
        return _client(self._buses, world, self._publishing.bus)

    def _tell(self, about: str, what: str, trouble: Exception) -> None:
        """Log an error once, until it changes or ends."""
        if self._troubles.get(about) != str(trouble):
            log.warning("%s: %s", what, trouble)
        self._troubles[about] = str(trouble)


def _rest(processor: float) -> float:
    """Milliseconds between a look and the next one; the time in which the companion or the machine was slow is none."""
    return min(max(GATHERING, SHARE * processor), FULL_REST)


def _client(clients: dict[Scope, C], world: World, make: Callable[[str, str], C] | None) -> C:
    """The client of a world; each takes megabytes, so their number is bounded."""
    scope = world.account_id, world.region
    if scope not in clients and make is not None:
        if len(clients) >= CLIENTS:
            clients.clear()
        clients[scope] = make(*scope)
    return clients[scope]


def _entry(world: World, event: Event) -> Entry | None:
    """The entry of an event for the bus; None for an event that the service does not send."""
    kind = bus.kind(event)
    if kind is None:
        return None
    environment = world.environment(event.environment_id) if event.environment_id is not None else None
    resources = () if environment is None else (environment.environment_arn,)
    return Entry(bus.SOURCE, kind.detail_type, json.dumps(bus.detail(event, kind.status)), event.at / 1000, resources)


def _order(position: str) -> tuple[int, int]:
    """The sort key of an id of a stream, in Redis's order."""
    milliseconds, _, sequence = position.partition("-")
    return int(milliseconds), int(sequence)


def _union(some: frozenset[str] | None, more: frozenset[str] | None) -> frozenset[str] | None:
    """The accounts of two announcements; None stands for every account."""
    return None if some is None or more is None else some | more
