"""Notices: events of the log are sent to the topics of environments, and to the bus of EventBridge.

A thread follows the log of each world, outside of every commit, so a commit neither waits for whoever is to have the
notices nor fails with it. How far they were sent is kept in Redis, after they were: a message can come twice, with the
same id. While nobody answers, notices wait in the log; one that is refused is dropped, and the log of the process says
so.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from threading import Event as Signal
from threading import Thread
from typing import TypeVar

from msgspec import Struct
from redis.exceptions import RedisError

from beanpole import log_lines
from beanpole.catalog import Catalog
from beanpole.clock import real_now
from beanpole.files.publishing import Bus, Entry, Missing, Publishing, Refused, Topics, Unanswered
from beanpole.model.events.event import Event
from beanpole.model.notices import bus, mails, topics
from beanpole.store import codec, keys
from beanpole.store.announcements import Announcements, announce
from beanpole.store.store import Store
from beanpole.store.world import World
from beanpole_workers.play.leading import leads
from beanpole_workers.play.topics import Keeper, Made

GATHERING = 250  # milliseconds in which changes are gathered for one look, at least
SHARE = 20  # times what the last look took is gathered, so that a busy world spends a twentieth of a processor on looks
QUIET = 30.0  # seconds without a change until all worlds are looked at
SCOPES = 30_000  # milliseconds between two looks for accounts and regions through all keys
SCANS = 1_000  # milliseconds between two of them for accounts that have just come
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0  # seconds between two tries to send
ENDING = 2.0  # seconds that a call on its way may take to end
CHUNK = 50  # events that are read, and counted as sent, at once
BEFORE_ALL = "0-0"
CLIENTS = 32  # of as many worlds

log = log_lines.logger(__name__)

C = TypeVar("C")
Scope = tuple[str, str]  # account and region
Placed = tuple[str, Event]  # an event with its id in the log


class _Kept(Struct, frozen=True):
    """What is kept of the notices of a world, and the id of the last event of its log."""

    world: World
    fields: Mapping[bytes, bytes]
    last: str


class Notices:
    """Sends notices from `start` to `stop`; `name` is this process's."""

    def __init__(self, store: Store, catalog: Catalog, publishing: Publishing, name: str) -> None:
        self._store = store
        self._publishing = publishing
        self._name = name
        self._keeper = Keeper(store, catalog)
        self._topics: dict[Scope, Topics] = {}
        self._buses: dict[Scope, Bus] = {}
        self._channels: list[Callable[[_Kept], None]] = []
        if publishing.topics is not None:
            self._channels.append(self._mail)
        if publishing.bus is not None:
            self._channels.append(self._put)
        self._leads = False
        self._troubles: dict[str, str] = {}
        self._scopes: tuple[int, list[Scope]] = (0, [])
        self._stopped = Signal()
        self._thread = Thread(target=self._run, name="notices", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self) -> None:
        """End the thread; a call on its way is not waited for, and what it was to send is sent again."""
        self._stopped.set()
        with suppress(RedisError):
            announce(self._store.redis, self._name)  # no account has the name of a process
        self._thread.join(ENDING)

    def look(self, accounts: frozenset[str] | None = None) -> bool:
        """Send what some accounts, or with None all, have not sent yet, unless another process does.

        Returns whether everything was sent.
        """
        led, self._leads = self._leads, leads(self._store.redis, keys.NOTIFIER, self._name)
        if not self._leads:
            return True
        done = True
        for scope in self._scopes_of(accounts if led else None):
            kept = self._kept(self._store.world(*scope))
            for channel in self._channels:
                done = self._sent(channel, kept) and done
        return done

    def _run(self) -> None:
        pause = FIRST_PAUSE
        while not self._stopped.is_set():
            try:
                self._follow()
            except RedisError as trouble:
                log.warning("notices cannot be sent without Redis; the next try is in %g s: %s", pause, trouble)
            except Exception:
                log.exception("notices could not be sent")
            self._stopped.wait(pause)
            pause = min(2 * pause, LONGEST_PAUSE)

    def _follow(self) -> None:
        pause = FIRST_PAUSE
        with Announcements(self._store.redis) as announcements:
            accounts: frozenset[str] | None = None
            while not self._stopped.is_set():
                begun = real_now()
                if self.look(accounts):
                    took, pause = real_now() - begun, FIRST_PAUSE
                    accounts = announcements.wait(QUIET) or None
                    self._stopped.wait(max(GATHERING, SHARE * took) / 1000)
                else:
                    self._stopped.wait(pause)
                    accounts, pause = None, min(2 * pause, LONGEST_PAUSE)
                accounts = _together(accounts, announcements.waiting())

    def _scopes_of(self, accounts: frozenset[str] | None) -> list[Scope]:
        """The accounts' worlds. All keys are looked through for those that this process has not met, but not often."""
        known = {*self._scopes[1], *self._store.known_scopes()}
        met = {account_id for account_id, _ in known}
        age = real_now() - self._scopes[0]
        if age > SCOPES or not met.issuperset(accounts or ()):
            self._stopped.wait(max(0, SCANS - age) / 1000)
            self._scopes = real_now(), self._store.scopes()
            known |= set(self._scopes[1])
        return sorted(scope for scope in known if accounts is None or scope[0] in accounts)

    def _kept(self, world: World) -> _Kept:
        pipeline = self._store.redis.pipeline(transaction=True)
        pipeline.hgetall(world.keys.notices)
        pipeline.xrevrange(world.keys.events, count=1)
        fields, last = pipeline.execute()
        return _Kept(world, fields, last[0][0].decode() if last else BEFORE_ALL)

    def _sent(self, channel: Callable[[_Kept], None], kept: _Kept) -> bool:
        """Whether a channel has sent everything; what stands in its way is logged once."""
        about = channel.__name__
        try:
            channel(kept)
        except (Unanswered, ValueError) as trouble:
            self._tell(about, "notices wait", trouble)
            return False
        self._troubles.pop(about, None)
        return True

    def _mail(self, kept: _Kept) -> None:
        """Send events to the topics of environments, which are made before and deleted with them."""
        wanted, made = self._keeper.wanted(kept.world), self._keeper.made(kept.fields)
        if not wanted and not made:
            self._pass_over(kept, keys.MAILED)
            return
        calls = self._topics_of(kept.world)
        made |= {
            id_: self._keeper.make(kept.world, calls, environment, topic, made.get(id_))
            for id_, (environment, topic) in wanted.items()
        }
        for events in self._events(kept, keys.MAILED):
            for place, event in events:
                if event.environment_id in made and topics.is_notable(event):
                    self._publish(kept.world, place, event, made)
        for id_ in made.keys() - wanted.keys():
            self._keeper.unmake(kept.world, calls, id_, made[id_])

    def _publish(self, world: World, place: str, event: Event, made: dict[str, Made]) -> None:
        """Send an event to the topic of its environment, which is made again if the companion has lost it."""
        environment = world.environment(event.environment_id or "")
        if environment is None or not (arn := made[environment.id].arn):
            return
        calls, message = self._topics_of(world), (mails.subject(event), mails.body(event, environment, place))
        try:
            try:
                calls.publish(arn, *message)
            except Missing:
                lost = made[environment.id]
                if not lost.is_own and lost.subscription is None:
                    raise
                made[environment.id] = self._keeper.make_again(world, calls, environment, lost)
                calls.publish(arn, *message)
        except Refused as refusal:
            self._tell(environment.id, f"a notice of {environment.environment_name} is lost", refusal)

    def _put(self, kept: _Kept) -> None:
        """Send events to the bus, if anybody has a rule for it."""
        if not self._publishing.is_heard():
            self._pass_over(kept, keys.BUSSED)
            return
        has_rules: bool | None = None
        for events in self._events(kept, keys.BUSSED):
            entries = [entry for _, event in events if (entry := _entry(kept.world, event)) is not None]
            if entries and has_rules is None:
                has_rules = self._has_rules(kept.world)
            for entry in self._refused(kept.world, entries) if has_rules else ():
                try:
                    self._bus_of(kept.world).put([entry])
                except Refused as refusal:
                    self._tell("bus", "an event for EventBridge is lost", refusal)

    def _has_rules(self, world: World) -> bool:
        try:
            return self._bus_of(world).has_rules()
        except Refused:
            return True  # nobody knows, so the events are sent

    def _refused(self, world: World, entries: Sequence[Entry]) -> Sequence[Entry]:
        """Send entries together: all of them if that is refused, since one alone may be the reason, else none."""
        try:
            if entries:
                self._bus_of(world).put(entries)
        except Refused:
            return entries
        return ()

    def _events(self, kept: _Kept, field: str) -> Iterator[list[Placed]]:
        """The events after the place that a field has; it follows as soon as they are dealt with."""
        place = kept.fields.get(field.encode(), BEFORE_ALL.encode()).decode()
        if _order(kept.last) < _order(place):
            place = BEFORE_ALL  # it is a place in another world, which was here before
        while entries := self._store.redis.xrange(kept.world.keys.events, f"({place}", "+", CHUNK):
            yield [
                (id_.decode(), codec.decode_event(fields[b"e"], int(id_.partition(b"-")[0]))) for id_, fields in entries
            ]
            place = entries[-1][0].decode()
            self._store.redis.hset(kept.world.keys.notices, field, place)

    def _pass_over(self, kept: _Kept, field: str) -> None:
        """Count all events of a world as sent: nobody wants them."""
        if kept.fields.get(field.encode(), BEFORE_ALL.encode()).decode() != kept.last:
            self._store.redis.hset(kept.world.keys.notices, field, kept.last)

    def _topics_of(self, world: World) -> Topics:
        return _kept_in(self._topics, world, self._publishing.topics)

    def _bus_of(self, world: World) -> Bus:
        return _kept_in(self._buses, world, self._publishing.bus)

    def _tell(self, about: str, what: str, trouble: Exception) -> None:
        """Log a trouble, once until it is another one or over."""
        if self._troubles.get(about) != str(trouble):
            log.warning("%s: %s", what, trouble)
        self._troubles[about] = str(trouble)


def _kept_in(clients: dict[Scope, C], world: World, make: Callable[[str, str], C] | None) -> C:
    """The client of a world. Each takes megabytes, so only so many are kept."""
    scope = world.account_id, world.region
    if scope not in clients and make is not None:
        if len(clients) >= CLIENTS:
            clients.clear()
        clients[scope] = make(*scope)
    return clients[scope]


def _entry(world: World, event: Event) -> Entry | None:
    """An event as the bus takes it; None for one that the service does not send."""
    kind = bus.kind(event)
    if kind is None:
        return None
    environment = world.environment(event.environment_id) if event.environment_id is not None else None
    resources = () if environment is None else (environment.environment_arn,)
    return Entry(bus.SOURCE, kind.detail_type, json.dumps(bus.detail(event, kind.status)), event.at / 1000, resources)


def _order(place: str) -> tuple[int, int]:
    """An id of a stream, as Redis compares them."""
    milliseconds, _, sequence = place.partition("-")
    return int(milliseconds), int(sequence)


def _together(some: frozenset[str] | None, more: frozenset[str] | None) -> frozenset[str] | None:
    """The accounts of two announcements; None stands for every account."""
    return None if some is None or more is None else some | more
