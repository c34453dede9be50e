"""Notices: events of the log are sent to the topics of environments, and to the bus of EventBridge.

A thread follows the log of each world, outside of every commit, so no commit waits for the receiver or fails with it.
The position of the last sent event is stored in Redis after it was sent: a message can come twice, with the same id.
While the receiver does not answer, notices wait in the log; a refused notice is dropped, with a line in the process's
log.
"""

from contextlib import suppress
from threading import Event as Signal
from threading import Thread
from typing import Protocol

from redis.exceptions import RedisError

from beanpole.catalog.catalog import Catalog
from beanpole.machine.clock import elapsed, processor_time
from beanpole.other_services.publishing import Publishing, Unanswered
from beanpole.store import keys
from beanpole.store.announcements import Announcements, announce
from beanpole.store.store import Store
from beanpole.text import log_lines
from beanpole.text.troubles import Troubles
from beanpole_workers.play import world_notices
from beanpole_workers.play.bus_channel import BusChannel
from beanpole_workers.play.leading import LASTS, leads
from beanpole_workers.play.topic_channel import TopicChannel
from beanpole_workers.play.tries import Tries
from beanpole_workers.play.world_notices import WorldNotices

GATHERING = 250  # least milliseconds between two looks, so that one look covers many changes
FULL_REST = 1000  # most milliseconds between a look and the next one, if there is something new
SHARE = 20  # times the processor time of the last look is waited, so that looks take a twentieth of a processor
QUIET = 30.0  # seconds without a change until a look at all worlds
FOLLOWING = LASTS / 1000  # seconds until a process that another one leads looks whether that has ended
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0  # seconds between two tries to send
ENDING = 2.0  # seconds that a call in progress may take to end

log = log_lines.logger(__name__)

Scope = tuple[str, str]  # account and region


class Channel(Protocol):
    """A receiver of notices."""

    name: str

    def send(self, notices: WorldNotices) -> None:
        """Send the unsent notices of a world; raises Unanswered or ValueError if the receiver cannot be reached."""


class Notices:
    """The sender of notices, a thread from `start` to `stop`; `name` is this process's."""

    def __init__(self, store: Store, catalog: Catalog, publishing: Publishing, name: str) -> None:
        self._store = store
        self._name = name
        self._troubles = Troubles(log)
        self._channels: list[Channel] = []
        if publishing.topics is not None:
            self._channels.append(TopicChannel(store, catalog, publishing.topics, self._troubles))
        if publishing.bus is not None:
            self._channels.append(BusChannel(publishing.bus, publishing.is_heard, self._troubles))
        self._leads = False
        self._stopped = Signal()
        self._thread = Thread(target=self._run, name="notices", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self) -> None:
        """End the thread without waiting for a call in progress, whose notices are sent again later."""
        self._stopped.set()
        with suppress(RedisError):  # then the thread wakes when its own wait fails
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
            notices = world_notices.read(self._store.redis, self._store.world(*scope))
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

    def _send(self, channel: Channel, notices: WorldNotices) -> bool:
        """Send notices through a channel; false if that failed, which is logged once."""
        try:
            channel.send(notices)
        except (Unanswered, ValueError) as trouble:
            self._troubles.tell(channel.name, "notices wait", trouble)
            return False
        self._troubles.end(channel.name)
        return True


def _rest(processor: float) -> float:
    """Milliseconds between a look and the next one; the time in which the companion or the machine was slow is none."""
    return min(max(GATHERING, SHARE * processor), FULL_REST)


def _union(some: frozenset[str] | None, more: frozenset[str] | None) -> frozenset[str] | None:
    """The accounts of two announcements; None stands for every account."""
    return None if some is None or more is None else some | more
