"""What armed faults do to a call before its handler sees it: refuse it, throttle it, or keep it waiting."""

from msgspec.structs import replace

from beanpole.clock import real_now, sleep
from beanpole.model import errors
from beanpole.model.changes.change import Change
from beanpole.model.clock import Clock
from beanpole.model.faults.fault import CALL_FAULTS, NAMES, Fault, fits_call
from beanpole.store.commit import Conflict
from beanpole.store.world import World
from beanpole.wire import spec
from beanpole.wire.schemas import Request

MESSAGE = "The request was refused by an armed fault."


def apply(world: World, clock: Clock, operation: str, request: Request) -> None:
    """Let every fault that fits a call strike it, in the order of arming; raises what one of them refuses with."""
    for fault in world.faults():
        if fault.what in CALL_FAULTS and fits_call(fault.where, operation, _named(request), _version(request)):
            _apply(world, clock, fault, operation)


def _apply(world: World, clock: Clock, fault: Fault, operation: str) -> None:
    """Count it, and do it if it is its turn; whoever counts at the same time counts one after the other."""
    while True:
        after, hit = _turn(fault, clock)
        try:
            if after != fault or hit:
                world.commit(_counted(fault, after, hit))
            break
        except Conflict:
            again = world.fault(fault.id)
            if again is None:
                return
            fault = again
    if hit:
        _do(fault, operation, world.account_id)


def _counted(before: Fault, after: Fault, hit: bool) -> Change:
    """What changes if its state does, and what is only counted otherwise."""
    own_count = after.fired != before.fired or not hit
    return Change(puts=(after,) if after != before else (), hits=() if own_count else (before.id,))


def _turn(fault: Fault, clock: Clock) -> tuple[Fault, bool]:
    """The fault after it was asked, and whether it strikes."""
    now = clock.now(real_now())
    if not fault.is_armed(now):
        return fault, False
    if fault.what == "throttle":
        return _take_token(fault, now)
    asked = fault if fault.probability is None else replace(fault, asked=fault.asked + 1)
    if not fault.fires(clock.seed, fault.asked):
        return asked, False
    return asked.hit() if fault.counts else asked, True


def _take_token(fault: Fault, now: int) -> tuple[Fault, bool]:
    """A bucket of `burst` tokens fills at `rate` a second of the account's clock; a call that finds none is refused."""
    burst, rate = fault.burst or 1, fault.rate or 0.0
    filled = (
        burst if fault.tokens is None or fault.filled is None else fault.tokens + (now - fault.filled) / 1000 * rate
    )
    tokens = min(float(burst), filled)
    if tokens < 1:
        return replace(fault, tokens=tokens, filled=now, fired=fault.fired + 1), True
    return replace(fault, tokens=tokens - 1, filled=now), False


def _do(fault: Fault, operation: str, account_id: str) -> None:
    """Raises what a refusal orders: its sentence is known for codes of rights, keys and subscriptions."""
    match fault.what:
        case "delay":
            sleep(fault.seconds or 0.0)
        case "throttle":
            raise errors.RateExceeded
        case _:
            code = fault.code or errors.AccessDenied.code
            known = spec.load().errors.get(code)
            message = fault.message or errors.sentence_of(code, operation, account_id) or MESSAGE
            raise errors.Ordered(code, message, fault.status or (known.status if known else 400))


def _named(request: Request) -> frozenset[str]:
    """Every environment that a call names."""
    given = request.given()
    values = (getattr(request, it) for it in NAMES if it in given)
    return frozenset(str(it) for value in values for it in (value if isinstance(value, list | tuple) else (value,)))


def _version(request: Request) -> str | None:
    return request.version_label if "version_label" in request.given() else None
