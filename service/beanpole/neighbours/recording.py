"""The journal's record of a call that changes resources of environments; calls that only read have none."""

from typing import Any

from msgspec import Struct
from werkzeug.wrappers import Request as WebRequest
from werkzeug.wrappers import Response

from beanpole.machine.clock import elapsed, real_now
from beanpole.model.changes.change import Change
from beanpole.neighbours.protocols import Call
from beanpole.store import journal
from beanpole.store.world import World
from beanpole.wire.errors import ProtocolError
from beanpole.wire.spec import Operation

_RECORD = "beanpole.neighbours.record"  # in the environment of WSGI


class _Record(Struct):
    """A call to a service in progress, begun at the instant `begun` of the process's monotonic clock."""

    world: World
    service: str
    operation: str
    begun: float
    parameters: dict[str, Any] = {}
    now: int | None = None
    changed: tuple[str, ...] = ()
    refusal: ProtocolError | None = None


def begin(request: WebRequest, world: World, service: str, call: Call, operation: Operation) -> None:
    """Begin the record of a call; raises ProtocolError if its parameters cannot be read."""
    record = request.environ[_RECORD] = _Record(world, service, operation.name, elapsed())
    record.parameters = dict(call.nested(operation))


def changed(request: WebRequest, change: Change) -> None:
    """Record a change of the call that was committed."""
    record: _Record = request.environ[_RECORD]
    record.now = record.world.clock().now(real_now())
    record.changed = tuple(dict.fromkeys([*record.changed, *map(journal.label, change.puts)]))


def refused(request: WebRequest, refusal: ProtocolError) -> None:
    """Record that this server refused the call."""
    record: _Record | None = request.environ.get(_RECORD)
    if record is not None:
        record.refusal = refusal


def end(request: WebRequest, answer: Response, to: journal.Journal) -> None:
    """Add the call to the journal, if it changed anything or was refused; any other call was the companion's."""
    record: _Record | None = request.environ.pop(_RECORD, None)
    if record is None or not to.is_on or not (record.changed or record.refusal):
        return
    call = journal.Call(
        real_now(),
        record.world.region,
        record.operation,
        answer.status_code,
        answer.headers.get("x-amzn-RequestId", ""),
        round(elapsed() - record.begun, 3),
        record.now,
        record.parameters,
        None if record.refusal is None else record.refusal.code,
        None if record.refusal is None else record.refusal.message,
        request.headers.get("User-Agent"),
        record.changed,
        service=record.service,
    )
    to.add(record.world.account_id, call)
