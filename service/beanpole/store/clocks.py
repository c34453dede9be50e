"""The accounts' clocks, kept in Redis so that every process reads the same time."""

from hashlib import sha256
from typing import Literal

import msgspec
from msgspec.structs import replace

from beanpole.machine import entropy
from beanpole.machine.clock import real_now
from beanpole.model.names.ids import Ids
from beanpole.model.time.clock import Clock, Target
from beanpole.store import codec, due, keys
from beanpole.store.backend import Backend
from beanpole.threads.decoders import JsonDecoder

_encoder = msgspec.json.Encoder()
_target = JsonDecoder[Target](Target)
_ASK_AGAIN = 50  # milliseconds until a worker tries again to lock a clock that another worker has locked
_REMEMBERED = 300  # seconds; longer than any caller waits for its target
_KEY_REMEMBERED = 86_400  # seconds in which an advance with the same idempotency key is the same one
TARGET_LEASE = 5000  # milliseconds within which the caller of an advance must renew its target


class Clocks:
    """The clocks of all accounts; an account's clock is created from the default when it is first read.

    Workers have no default: a missing clock was reset, and workers must not create it again. With `seeds_by_chance`
    each clock has its own seed, so that two states of an account never have the same ids.
    """

    def __init__(self, backend: Backend, default: Clock | None, seeds_by_chance: bool = False) -> None:
        self._redis, self._scripts, *_ = backend
        self._default = default
        self.seeds_by_chance = seeds_by_chance

    @property
    def default(self) -> Clock:
        """The clock that a new account gets."""
        return self._default or Clock()

    def get(self, account_id: str) -> Clock:
        """The account's clock."""
        return self.decoded(account_id, self._redis.hget(keys.clock(account_id), "clock"))

    def decoded(self, account_id: str, blob: bytes | None) -> Clock:
        """The account's clock, of which Redis has just answered this; None where it has none."""
        if blob is not None:
            return codec.decode_clock(blob)
        if self._default is None:
            return self.default
        new = replace(self._default, seed=entropy.seed()) if self.seeds_by_chance else self._default
        pipeline = self._redis.pipeline(transaction=True)
        pipeline.sadd(keys.ACCOUNTS, account_id)
        pipeline.hsetnx(keys.clock(account_id), "mode", new.mode)
        pipeline.hsetnx(keys.clock(account_id), "clock", codec.encode_clock(new))
        pipeline.execute()
        return self.get(account_id)

    def accounts(self) -> tuple[str, ...]:
        """The accounts that have a clock, sorted."""
        return tuple(sorted(account.decode() for account in self._redis.smembers(keys.ACCOUNTS)))

    def set(self, account_id: str, requested: Clock) -> Clock:
        """Set the clock, but never back; due instants keep their reading on it."""
        while True:
            real, before = real_now(), self.get(account_id)
            reached = before.now(real)
            if requested.mode == "manual":
                reading = before.reading if before.mode == "manual" else reached
                clock = replace(requested, reading=max(requested.reading, reading), offset=0)
            else:
                clock = replace(requested, offset=max(0, reached - real))
            self._redis.set(keys.RESCHEDULED, real)
            written = self._scripts.set_clock(
                keys=[keys.clock(account_id), keys.DUE, keys.LEASED, keys.manual_due(account_id)],
                args=[
                    codec.encode_clock(clock),
                    clock.mode,
                    clock.offset,
                    f"{account_id}|",
                    keys.NUDGE,
                    codec.encode_clock(before),
                    keys.CHANGES,
                    account_id,
                ],
            )
            if written:
                return clock

    def move(self, account_id: str, reading: int, target: Target | None = None) -> bool:
        """Move a manual clock to a reading, never back, for a target that was added with `advance` or without one.

        Returns false if the clock no longer exists, or if the target is no longer pending.
        """
        while (blob := self._redis.hget(keys.clock(account_id), "clock")) is not None:
            clock = codec.decode_clock(blob)
            if clock.mode != "manual" or clock.reading >= reading:
                return True
            moved = codec.encode_clock(replace(clock, reading=reading))
            keys_ = [keys.clock(account_id)] + ([keys.target(account_id, target.id)] if target else [])
            written = self._scripts.move_clock(keys=keys_, args=[blob, moved, keys.CHANGES, account_id])
            if written:
                return bool(written == 1)
        return False

    def draw(self, account_id: str, region: str, seed: int) -> Ids:
        """The next stream of ids: the same calls in the same order draw the same ids."""
        number = self._redis.hincrby(keys.clock(account_id), "draws", 1)
        return Ids(seed, account_id, region, number)

    def advance(self, account_id: str, target: Target) -> None:
        """Add a target of the manual clock; a worker moves the clock to its targets in the order they came.

        The caller renews it while it waits; a target that is not renewed within `TARGET_LEASE` is withdrawn.
        """
        self._scripts.add_target(
            keys=[keys.targets(account_id), keys.target(account_id, target.id), keys.DUE],
            args=[target.id, _encoder.encode(target), TARGET_LEASE, _member(account_id), real_now(), keys.NUDGE],
        )

    def renew(self, account_id: str, target: Target) -> None:
        """Renew the lease of a target, whose caller still waits."""
        self._redis.pexpire(keys.target(account_id, target.id), TARGET_LEASE)

    def target(self, account_id: str) -> Target | None:
        """The first pending target, with its instant fixed; targets without a waiting caller are dropped."""
        while (id_ := self._redis.lindex(keys.targets(account_id), 0)) is not None:
            key = keys.target(account_id, id_.decode())
            state, blob = self._redis.hmget(key, "state", "target")
            if state == b"pending":
                target = _target.decode(blob)
                fixed = self._with_instant(account_id, target)
                if fixed is target or self._scripts.set_target(keys=[key], args=[_encoder.encode(fixed)]):
                    return fixed
            self._redis.lrem(keys.targets(account_id), 1, id_)
        return None

    def is_pending(self, account_id: str, target: Target) -> bool:
        """Tell whether a target is still pending."""
        return self._state(account_id, target) == "pending"

    def finish(
        self, account_id: str, target: Target, state: Literal["reached", "failed", "withdrawn"] = "reached"
    ) -> None:
        """End a target: it is reached, a worker failed, or the caller withdrew it."""
        self._scripts.end_target(
            keys=[keys.targets(account_id), keys.target(account_id, target.id)], args=[target.id, state, _REMEMBERED]
        )

    def failed(self, account_id: str, target: Target) -> bool:
        """Tell whether a worker failed to reach a target lately."""
        return self._state(account_id, target) == "failed"

    def repeated(self, account_id: str, key: str) -> int | None:
        """The instant of an earlier advance with the same idempotency key; None if there was none."""
        instant = self._redis.get(keys.repeated_advance(account_id, _digest(key)))
        return None if instant is None else int(instant)

    def _with_instant(self, account_id: str, target: Target) -> Target:
        """The target with its instant: a span begins at its turn, or at that of an earlier target with its key."""
        if target.by is None:
            return target
        fixed = target.from_reading(self.get(account_id).reading)
        if fixed.key is None:
            return fixed
        key = keys.repeated_advance(account_id, _digest(fixed.key))
        self._redis.set(key, fixed.to, nx=True, ex=_KEY_REMEMBERED)
        return replace(fixed, to=int(self._redis.get(key) or fixed.to))

    def _state(self, account_id: str, target: Target) -> str | None:
        state = self._redis.hget(keys.target(account_id, target.id), "state")
        return None if state is None else state.decode()

    def begin_draining(self, account_id: str, who: str, lease: int) -> bool:
        """Lock the clock for `lease` milliseconds; if another worker has it, return false, and be due again soon."""
        if self._redis.set(keys.draining(account_id), who, nx=True, px=lease):
            return True
        self._redis.zadd(keys.DUE, {_member(account_id): real_now() + _ASK_AGAIN})
        return False

    def end_draining(self, account_id: str, who: str) -> None:
        """Give up the lock."""
        self._scripts.keep(keys=[keys.draining(account_id)], args=[who, 0])


def _member(account_id: str) -> str:
    return due.member(account_id, "", "clock", account_id)


def _digest(key: str) -> str:
    """A client's text in a form for the name of a key."""
    return sha256(key.encode()).hexdigest()[:32]
