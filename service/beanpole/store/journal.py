"""The journal: the last calls of each account, in the order in which they were answered.

The process collects the answered calls and writes many at once: soon if other processes or a stream may read them, else
before it reads them itself. So no call waits for its own record. Secrets are masked before the calls are written. The
journal is no part of an account's state, but a reset deletes it.
"""

from collections import deque
from collections.abc import Sequence
from threading import Lock, Timer
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from beanpole.model.changes.change import Entity
from beanpole.store import keys, masking
from beanpole.store.backend import Backend
from beanpole.store.codec import KINDS
from beanpole.store.connection import StoreError, is_embedded, reason
from beanpole.store.masking import MOST_TEXT
from beanpole.tables import limits
from beanpole.text import log_lines
from beanpole.threads.decoders import JsonDecoder

MOST = limits.most("journal_calls")
MOST_VALUES = limits.most("journal_values")
LASTS = 86_400  # seconds of real time after the last call
PAUSE = 0.2  # seconds of real time between two writings

_encoder = msgspec.json.Encoder()
_log = log_lines.logger("beanpole")


class Call(Struct, frozen=True, omit_defaults=True):
    """A call: `at` in real time, `now` on the account's clock; a refused call has an `error` and its `message`.

    `changed` has the labels of the entities that it wrote. `number` counts the calls of the account. Calls of another
    `service` are only here if they change resources of environments.
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
        """The names and ids of environments in the call, and the names of the environments that it changed."""
        names = (self.parameters.get(member) for member in ("EnvironmentName", "EnvironmentId"))
        changed = (name.removeprefix("environment ") for name in self.changed if name.startswith("environment "))
        return (*(name for name in names if isinstance(name, str)), *changed)


_decoder = JsonDecoder[Call](Call)


def label(entity: Entity) -> str:
    """The kind of an entity, and the name of an environment or the id of any other entity."""
    return f"{KINDS[type(entity)]} {getattr(entity, 'environment_name', None) or entity.id}"


class Journal:
    """The journal of all accounts on one Redis; `is_on`: this process records calls.

    `is_watched`: a stream in this process waits for calls.
    """

    def __init__(self, backend: Backend, is_on: bool = True) -> None:
        self._backend = backend
        self._is_shared = not is_embedded(backend.redis)
        self._lock = Lock()
        self._writing = Lock()  # taken before the other lock, so that a reader waits for a write in progress
        self._calls: dict[str, deque[Call]] = {}
        self._timer: Timer | None = None
        self.is_on = is_on
        self.is_watched = False

    def add(self, account_id: str, call: Call) -> None:
        """Record a call; of too many unwritten calls only the last are kept."""
        with self._lock:
            calls = self._calls.get(account_id)
            if calls is None:
                calls = self._calls[account_id] = deque(maxlen=MOST)
            calls.append(call)
            if self._timer is None and (self._is_shared or self.is_watched):
                self._timer = Timer(PAUSE, self.write)
                self._timer.daemon = True
                self._timer.start()

    def calls(self, account_id: str) -> list[Call]:
        """The recorded calls of an account, the oldest first."""
        self.write()
        return [_decode(entry) for entry in self._backend.redis.lrange(keys.journal(account_id), 0, -1)]

    def forget(self, account_id: str | None = None) -> None:
        """Drop the unwritten calls of an account, or of every account."""
        with self._writing, self._lock:
            for account in [account for account in self._calls if account_id in (None, account)]:
                del self._calls[account]

    def write(self) -> None:
        """Write the collected calls; where Redis refuses them they are lost, so that they never grow. No read fails."""
        try:
            self._write()
        except StoreError as error:
            _log.warning("calls are not in the journal: %s", reason(error))

    def _write(self) -> None:
        with self._writing:
            with self._lock:
                pending, self._calls, self._timer = self._calls, {}, None
            for account_id, calls in pending.items():
                self._write_calls(account_id, calls)

    def _write_calls(self, account_id: str, calls: Sequence[Call]) -> None:
        self._backend.scripts.keep_calls(
            keys=[keys.journal(account_id), keys.journal_count(account_id)],
            args=[MOST, LASTS, keys.CHANGES, account_id, *(_encoder.encode(_bounded(call)) for call in calls)],
        )


def since(entries: Sequence[bytes], number: int) -> tuple[Call, ...]:
    """The calls after a number, of entries in Redis."""
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
        parameters=masking.mask(call.parameters, values),
        message=None if call.message is None else masking.sentence(call.message, call.parameters),
        client=None if call.client is None else call.client[:MOST_TEXT],
        changed=call.changed[:MOST_VALUES],
    )
