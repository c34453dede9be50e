"""The accounts' clocks, kept in Redis so that every process reads the same time."""

import msgspec
from msgspec.structs import replace

from beanpole.clock import real_now
from beanpole.model.clock import Clock, Target
from beanpole.model.names.ids import Ids
from beanpole.store import due, keys
from beanpole.store.backend import Backend

_encoder = msgspec.json.Encoder()
_clock = msgspec.json.Decoder(Clock)
_target = msgspec.json.Decoder(Target)
_ASK_AGAIN = 50  # milliseconds until a worker tries again to lock a clock that another has locked
_FAILURE_KEPT = 300  # seconds; longer than any caller waits for its target


class Clocks:
    """The clock of an account is created from the default when it is first read.

    Workers have no default: a clock that does not exist was reset, and workers must not create it again.
    """

    def __init__(self, backend: Backend, default: Clock | None) -> None:
        self._redis, self._scripts = backend
        self._default = default

    @property
    def default(self) -> Clock:
        """The clock that a new account gets."""
        return self._default or Clock()

    def get(self, account_id: str) -> Clock:
        """The account's clock."""
        blob = self._redis.hget(keys.clock(account_id), "clock")
        if blob is not None:
            return _clock.decode(blob)
        if self._default is None:
            return self.default
        pipeline = self._redis.pipeline(transaction=True)
        pipeline.sadd(keys.ACCOUNTS, account_id)
        pipeline.hsetnx(keys.clock(account_id), "mode", self._default.mode)
        pipeline.hsetnx(keys.clock(account_id), "clock", _encoder.encode(self._default))
        pipeline.execute()
        return self.get(account_id)

    def set(self, account_id: str, wanted: Clock) -> Clock:
        """Set the clock, but never back; due instants stay the same instants of the account."""
        while True:
            real, before = real_now(), self.get(account_id)
            reached = before.now(real)
            if wanted.mode == "manual":
                reading = before.reading if before.mode == "manual" else reached
                clock = replace(wanted, reading=max(wanted.reading, reading), offset=0)
            else:
                clock = replace(wanted, offset=max(0, reached - real))
            written = self._scripts.set_clock(
                keys=[keys.clock(account_id), keys.DUE, keys.LEASED, keys.manual_due(account_id)],
                args=[
                    _encoder.encode(clock),
                    clock.mode,
                    clock.offset,
                    f"{account_id}|",
                    keys.NUDGE,
                    _encoder.encode(before),
                ],
            )
            if written:
                return clock

    def move(self, account_id: str, reading: int) -> None:
        """Move a manual clock to a reading, never back; does nothing if the clock was reset or is a wall clock now."""
        while (blob := self._redis.hget(keys.clock(account_id), "clock")) is not None:
            clock = _clock.decode(blob)
            if clock.mode != "manual" or clock.reading >= reading:
                return
            moved = _encoder.encode(replace(clock, reading=reading))
            if self._scripts.move_clock(keys=[keys.clock(account_id)], args=[blob, moved]):
                return

    def draw(self, account_id: str, region: str, seed: int) -> Ids:
        """The next stream of ids: the same calls in the same order draw the same ids."""
        number = self._redis.hincrby(keys.clock(account_id), "draws", 1)
        return Ids(seed, account_id, region, number)

    def advance(self, account_id: str, target: Target) -> None:
        """Append a target for the manual clock; a worker moves the clock to the targets in turn."""
        pipeline = self._redis.pipeline(transaction=True)
        pipeline.rpush(keys.targets(account_id), _encoder.encode(target))
        pipeline.zadd(keys.DUE, {_member(account_id): 0})
        pipeline.publish(keys.NUDGE, 0)
        pipeline.execute()

    def target(self, account_id: str) -> Target | None:
        """The first target, its instant counted from the present reading; None if there is none."""
        blob = self._redis.lindex(keys.targets(account_id), 0)
        if blob is None:
            return None
        stored = _target.decode(blob)
        target = stored.from_reading(self.get(account_id).reading)
        if target is not stored:
            self._redis.lset(keys.targets(account_id), 0, _encoder.encode(target))
        return target

    def is_pending(self, account_id: str, target: Target) -> bool:
        """Whether a target is neither reached nor withdrawn nor given up."""
        return self._found(account_id, target) is not None

    def finish(self, account_id: str, target: Target, failed: bool = False) -> None:
        """Remove a target that is reached or withdrawn, or that a worker gave up because it `failed`."""
        blob = self._found(account_id, target)
        if blob is None:
            return
        pipeline = self._redis.pipeline(transaction=True)
        if failed:
            pipeline.set(keys.failed_target(account_id, target.id), 1, ex=_FAILURE_KEPT)
        pipeline.lrem(keys.targets(account_id), 1, blob)
        pipeline.execute()

    def failed(self, account_id: str, target: Target) -> bool:
        """Whether a worker lately gave a target up because it failed."""
        return bool(self._redis.exists(keys.failed_target(account_id, target.id)))

    def begin_draining(self, account_id: str, who: str, lease: int) -> bool:
        """Lock the clock for `lease` milliseconds, to move it; if another has the lock: false, and due again soon."""
        if self._redis.set(keys.draining(account_id), who, nx=True, px=lease):
            return True
        self._redis.zadd(keys.DUE, {_member(account_id): real_now() + _ASK_AGAIN})
        return False

    def keep_draining(self, account_id: str, who: str, lease: int) -> None:
        """Keep the lock."""
        self._scripts.keep(keys=[keys.draining(account_id)], args=[who, lease])

    def end_draining(self, account_id: str, who: str) -> None:
        """Give up the lock."""
        self._scripts.keep(keys=[keys.draining(account_id)], args=[who, 0])

    def _found(self, account_id: str, target: Target) -> bytes | None:
        blobs = self._redis.lrange(keys.targets(account_id), 0, -1)
        return next((blob for blob in blobs if _target.decode(blob).id == target.id), None)


def _member(account_id: str) -> str:
    return due.member(account_id, "", "clock", account_id)
