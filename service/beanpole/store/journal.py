"""The journal: the last calls of each account, in the order in which they were answered.

A call is put down in the process when it is answered, and written later, many at once: soon where other processes or a
stream may read it, and else before this process reads it. So no call waits for its own record. Secrets are masked
before anything is written. The journal is no part of an account's state, but a reset forgets it.
"""

from collections import deque
from collections.abc import Sequence
from threading import Lock, Timer
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from beanpole import limits, log_lines
from beanpole.model.changes.change import Entity
from beanpole.store import keys, masking
from beanpole.store.backend import Backend
from beanpole.store.codec import KINDS
from beanpole.store.connection import StoreError, is_embedded
from beanpole.store.masking import MOST_TEXT

MOST = limits.most("journal_calls")
MOST_VALUES = limits.most("journal_values")
LASTS = 86_400  # seconds of real time after the last call
PAUSE = 0.2  # seconds of real time between two writings

_encoder = msgspec.json.Encoder()
_log = log_lines.logger("beanpole")


class Call(Struct, frozen=True, omit_defaults=True):
    """A call: `at` in real time, `now` on the account's clock; a refused one has an `error` and its `message`.

    `changed` names what the call has written: a kind and a name each. `number` counts the calls of the account.
    `service` is the one that was called: of others there are only calls that change what an environment owns.
    """

    at: int
    region: str
    operation: str | None
    status: int
    request_id: str
    milliseconds: float
    now: int | None = None
    parameters: dict[str, Any] = {}
    error: str | None = None
    message: str | None = None
    client: str | None = None
    changed: tuple[str, ...] = ()
    number: int = 0
    service: str = "elasticbeanstalk"

    @property
    def environments(self) -> tuple[str, ...]:
        """The names and ids of environments that the call names, and the names of those that it has changed."""
        named = (self.parameters.get(member) for member in ("EnvironmentName", "EnvironmentId"))
        changed = (name.removeprefix("environment ") for name in self.changed if name.startswith("environment "))
        return (*(name for name in named if isinstance(name, str)), *changed)


_decoder = msgspec.json.Decoder(Call)


def named(entity: Entity) -> str:
    """The kind of an entity and its name: an environment is known by its name, anything else by its id."""
    return f"{KINDS[type(entity)]} {getattr(entity, 'environment_name', None) or entity.id}"


class Journal:
    """The journal of all accounts on one Redis; `is_on` says whether this process puts calls down.

    `is_watched` while somebody in this process waits for calls.
    """

    def __init__(self, backend: Backend, is_on: bool = True) -> None:
        self._backend = backend
        self._is_shared = not is_embedded(backend.redis)
        self._lock = Lock()
        self._writing = Lock()  # taken before the other one, so that a reader waits for what is being written
        self._calls: dict[str, deque[Call]] = {}
        self._timer: Timer | None = None
        self.is_on = is_on
        self.is_watched = False

    def add(self, account_id: str, call: Call) -> None:
        """Put a call down; of those that are not written yet the last ones are kept."""
        with self._lock:
            calls = self._calls.get(account_id)
            if calls is None:
                calls = self._calls[account_id] = deque(maxlen=MOST)
            calls.append(call)
            if self._timer is None and (self._is_shared or self.is_watched):
                self._timer = Timer(PAUSE, self._write_later)
                self._timer.daemon = True
                self._timer.start()

    def calls(self, account_id: str) -> list[Call]:
        """The calls of an account that are kept, the oldest first."""
        self.write()
        return [_decode(entry) for entry in self._backend.redis.lrange(keys.journal(account_id), 0, -1)]

    def forget(self, account_id: str | None = None) -> None:
        """Drop what is not written yet of an account, or of every account."""
        with self._writing, self._lock:
            for known in [known for known in self._calls if account_id in (None, known)]:
                del self._calls[known]

    def write(self) -> None:
        """Write what was put down; raises StoreError, and then it is lost, so that it never grows."""
        with self._writing:
            with self._lock:
                pending, self._calls, self._timer = self._calls, {}, None
            for account_id, calls in pending.items():
                self._written(account_id, calls)

    def _write_later(self) -> None:
        try:
            self.write()
        except StoreError as error:
            _log.warning("calls are not in the journal: %s", error)

    def _written(self, account_id: str, calls: Sequence[Call]) -> None:
        self._backend.scripts.keep_calls(
            keys=[keys.journal(account_id), keys.journal_count(account_id)],
            args=[MOST, LASTS, keys.CHANGES, account_id, *(_encoder.encode(_bounded(call)) for call in calls)],
        )


def since(entries: Sequence[bytes], number: int) -> tuple[Call, ...]:
    """The calls of entries as Redis has them that come after a number."""
    calls = map(_decode, entries)
    return tuple(call for call in calls if call.number > number)


def _decode(entry: bytes) -> Call:
    number, _, blob = entry.partition(b" ")
    return replace(_decoder.decode(blob), number=int(number))


def _bounded(call: Call) -> Call:
    values = iter(range(MOST_VALUES))
    return replace(
        call,
        operation=None if call.operation is None else call.operation[:MOST_TEXT],
        parameters=masking.masked(call.parameters, values),
        message=None if call.message is None else masking.sentence(call.message, call.parameters),
        client=None if call.client is None else call.client[:MOST_TEXT],
        changed=call.changed[:MOST_VALUES],
    )
