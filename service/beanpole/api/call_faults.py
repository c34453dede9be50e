"""Armed faults of calls: before the handler runs, a fault refuses the call, throttles it or delays it."""

from collections.abc import Sequence

from msgspec.structs import replace

from beanpole.control import waiting
from beanpole.machine.clock import real_now, sleep
from beanpole.model import errors
from beanpole.model.changes.change import Change
from beanpole.model.faults.fault import ENVIRONMENT_MEMBERS, Fault, fits_call
from beanpole.model.plan import recent
from beanpole.model.time.clock import Clock
from beanpole.store.commit import Conflict
from beanpole.store.world import World
from beanpole.wire import spec
from beanpole.wire.schemas import Request

MESSAGE = "The request was refused by an armed fault."


def apply(world: World, faults: Sequence[Fault], clock: Clock, operation: str, request: Request) -> frozenset[str]:
    """Apply every fault that fits the call, in the order of arming; raises the error of the first refusal.

    Returns the ids of the entities that stay hidden from the call.
    """
    hidden: frozenset[str] = frozenset()
    environments, version_label = _environments(request), _version(request)
    for fault in faults:
        if fault.what == recent.WHAT:
            now = clock.now(real_now())
            ids = recent.not_found(fault, operation, now, (*world.environments(), *world.application_versions()))
            hidden |= ids if ids and _fires(world, clock, fault) else frozenset()
            continue
        fits = fault.kind == "call" and fits_call(fault.where, operation, environments, version_label)
        if fits and _fires(world, clock, fault):
            _do(fault, operation, world.account_id)
    return hidden


def _fires(world: World, clock: Clock, fault: Fault) -> bool:
    """Count the call, and tell whether the fault fires. Concurrent calls are counted one after the other."""
    while True:
        after, fires = _match(fault, clock)
        try:
            if after != fault or fires:
                world.commit(_counted(fault, after, fires))
            break
        except Conflict:
            latest = world.fault(fault.id)
            if latest is None:
                return False
            fault = latest
    return fires


def _counted(before: Fault, after: Fault, fires: bool) -> Change:
    """The change of the fault's own counts; a hit that they do not count goes to the unguarded counter."""
    counts_itself = after.fired != before.fired or not fires
    return Change(puts=(after,) if after != before else (), hits=() if counts_itself else (before.id,))


def _match(fault: Fault, clock: Clock) -> tuple[Fault, bool]:
    """The fault after a call that it fits, and whether it fires."""
    now = clock.now(real_now())
    if not fault.is_armed(now):
        return fault, False
    if fault.what == "throttle":
        return _take_token(fault, now)
    matched = fault if fault.probability is None else replace(fault, matched=fault.matched + 1)
    if not matched.draws(clock.seed, matched.matched):
        return matched, False
    return matched.with_hit() if fault.is_limited else matched, True


def _take_token(fault: Fault, now: int) -> tuple[Fault, bool]:
    """A bucket of `burst` tokens fills at `rate` a second of the account's clock; a call without a token is refused."""
    burst, rate = fault.burst or 1, fault.rate or 0.0
    filled = (
        burst if fault.tokens is None or fault.filled is None else fault.tokens + (now - fault.filled) / 1000 * rate
    )
    tokens = min(float(burst), filled)
    if tokens < 1:
        return replace(fault.with_hit(), tokens=tokens, filled=now), True
    return replace(fault, tokens=tokens - 1, filled=now), False


def _do(fault: Fault, operation: str, account_id: str) -> None:
    """Sleep, or raise the error of the fault; some codes have a sentence of the service."""
    match fault.what:
        case "delay":
            with waiting.seat() as may_wait:
                if not may_wait:
                    raise errors.RateExceeded
                sleep(fault.seconds or 0.0)
        case "throttle":
            raise errors.RateExceeded
        case _:
            code = fault.code or errors.AccessDenied.code
            declared = spec.load().errors.get(code)
            message = fault.message or errors.sentence_of(code, operation, account_id) or MESSAGE
            raise errors.Ordered(code, message, fault.status or (declared.status if declared else 400))


def _environments(request: Request) -> frozenset[str]:
    """The names and ids of all environments in a request."""
    sent_members = request.sent_members()
    values = (getattr(request, member) for member in ENVIRONMENT_MEMBERS if member in sent_members)
    return frozenset(str(name) for value in values for name in (value if isinstance(value, list | tuple) else (value,)))


def _version(request: Request) -> str | None:
    return request.version_label if "version_label" in request.sent_members() else None
