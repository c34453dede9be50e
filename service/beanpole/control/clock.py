"""The routes of an account's clock: read it, set it, and advance it to a target.

Workers play an advance. The route waits until they have finished with the target, then compares: an answer of
200 means that the clock has reached the target, and every other end is a problem that names its cause.
"""

from http import HTTPStatus
from typing import Any

from flask import Response, request
from msgspec.structs import replace

from beanpole.control import advancing, descriptions
from beanpole.control.instants import format_instant
from beanpole.control.problems import Problem, as_json
from beanpole.control.schemas import ADVANCE, CLOCK, body, load
from beanpole.control.scope import Scope
from beanpole.machine import entropy
from beanpole.machine.clock import real_now
from beanpole.model.time.clock import LATEST, Clock, Target
from beanpole.store import replacement, restoration
from beanpole.store.snapshot import FORMAT, Snapshot
from beanpole.tables import limits

KEY_HEADER, MOST_OF_KEY = "Idempotency-Key", limits.most("idempotency_key")
WITHIN = 86_400  # simulated seconds that `until` waits by default


def get(scope: Scope) -> Response:
    """The account's clock."""
    return as_json(descriptions.of_clock(scope.clock))


def put(scope: Scope) -> Response:
    """Set the members that the body names; `now` only on a manual clock of an account that has nothing yet."""
    settings, before = load(CLOCK, body()), scope.clock
    reading = settings.pop("now", None)
    clock: Clock = replace(before, **settings)
    if reading is not None and clock.mode == "wall":
        raise Problem(HTTPStatus.CONFLICT, "A wall clock shows real time; now can be set on a manual one only.")
    if not replacement.regions(scope.store.redis, scope.account_id):
        initial = clock if reading is None else replace(clock, reading=reading)
        restoration.restore(scope.store, Snapshot(FORMAT, scope.account_id, initial, 0, {}))
    elif reading is None or (before.mode == "manual" and reading == before.reading):
        scope.store.clocks.set(scope.account_id, clock)
    else:
        raise Problem(HTTPStatus.CONFLICT, "This account has a past already: its clock is moved by clock/advance only.")
    return get(scope)


def advance(scope: Scope) -> Response:
    """Play everything that is due up to the target, and answer once the clock has reached it."""
    document, clock = load(ADVANCE, body()), scope.clock
    if clock.mode == "wall":
        raise Problem(
            HTTPStatus.CONFLICT, "A wall clock moves by itself; PUT clock with mode manual to move it by hand."
        )
    target = _target(scope, document, _idempotency_key())
    to = _instant(scope, target, target.from_reading(clock.reading).to)
    if "to" in document and to < clock.reading:
        raise Problem(HTTPStatus.CONFLICT, f"The clock shows {format_instant(clock.reading)}, and it does not go back.")
    if to > LATEST:
        raise Problem(HTTPStatus.BAD_REQUEST, f"No clock goes beyond {format_instant(LATEST)}.")
    advancing.play(scope, target)
    _must_be_reached(scope, target, _instant(scope, target, to))
    return get(scope)


def _target(scope: Scope, document: dict[str, Any], key: str | None) -> Target:
    """The target's id is not drawn from the account's seed: how the clock is moved must not show in what happens."""
    id_ = entropy.request_id()
    if "seconds" in document:
        return Target(id_, by=round(document["seconds"] * 1000), key=key)
    if "to" in document:
        return Target(id_, document["to"])
    until = document["until"]
    environment = scope.environment(until["environment"])
    bound = round(until.get("within", WITHIN) * 1000)
    return Target(id_, 0, environment.id, scope.region, until["status"], by=bound, key=key)


def _idempotency_key() -> str | None:
    """The name of this advance, the same in a repeated call; raises Problem for a malformed one."""
    key = request.headers.get(KEY_HEADER)
    if key is not None and not (0 < len(key) <= MOST_OF_KEY and key.isascii() and key.isprintable()):
        raise Problem(HTTPStatus.BAD_REQUEST, limits.sentence("idempotency_key"))
    return key


def _instant(scope: Scope, target: Target, to: int) -> int:
    """The least that the target can mean: the instant of an earlier call with the same key, if there was one."""
    earlier = None if target.key is None else scope.store.clocks.repeated(scope.account_id, target.key)
    return to if earlier is None else min(to, earlier)


def _must_be_reached(scope: Scope, target: Target, to: int) -> None:
    """Raise Problem, with the cause, unless the clock shows `to` or the environment has the status.

    `to` is the least that the target can mean: targets that are given in seconds add up.
    """
    clock = scope.clock
    now = clock.now(real_now())
    if scope.store.clocks.failed(scope.account_id, target):
        detail = f"The clock stopped at {format_instant(now)} because a worker failed; its log says how."
        raise Problem(HTTPStatus.INTERNAL_SERVER_ERROR, detail)
    if target.environment is not None and _status(scope, target.environment) == target.status:
        return
    if clock.mode == "wall":
        raise Problem(HTTPStatus.CONFLICT, "The clock was set to mode wall while it was advanced.")
    if now < to:
        detail = (
            f"The clock shows {format_instant(now)}, not {format_instant(to)}: "
            "the account was reset or restored, or the advance was withdrawn, while it was played."
        )
        raise Problem(HTTPStatus.CONFLICT, detail)
    if target.environment is not None:
        detail = f"By {format_instant(now)} environment {target.environment} is not {target.status}."
        raise Problem(HTTPStatus.CONFLICT, detail)


def _status(scope: Scope, environment_id: str) -> str | None:
    environment = scope.world.environment(environment_id)
    return None if environment is None else environment.status
