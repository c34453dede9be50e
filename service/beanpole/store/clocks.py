"""The accounts' clocks, kept in Redis so that every process reads the same time."""

import msgspec
from msgspec.structs import replace

from beanpole.clock import real_now
from beanpole.model.clock import Clock, Target
from beanpole.model.ids import Ids
from beanpole.store import due, keys, scripts
from beanpole.store.connection import Connection

_encoder = msgspec.json.Encoder()
_clock = msgspec.json.Decoder(Clock)
_target = msgspec.json.Decoder(Target)


class Clocks:
    """An account's clock comes into being, as the default says, when it is first asked for."""

    def __init__(self, redis: Connection, default: Clock) -> None:
        self._redis = redis
        self.default = default
        self._set = redis.register_script(scripts.SET_CLOCK)
        self._move = redis.register_script(scripts.MOVE_CLOCK)

    def get(self, account_id: str) -> Clock:
        """The account's clock."""
        blob = self._redis.hget(keys.clock(account_id), "clock")
        if blob is not None:
            return _clock.decode(blob)
        pipeline = self._redis.pipeline(transaction=True)
        pipeline.sadd(keys.ACCOUNTS, account_id)
        pipeline.hsetnx(keys.clock(account_id), "mode", self.default.mode)
        pipeline.hsetnx(keys.clock(account_id), "clock", _encoder.encode(self.default))
        pipeline.execute()
        return self.get(account_id)

    def set(self, account_id: str, clock: Clock) -> Clock:
        """Set the clock, but never back; what is due stays due at the same instant of the account."""
        real, before = real_now(), self.get(account_id)
        reached = before.now(real)
        if clock.mode == "manual":
            reading = clock.reading if before.mode == "manual" else max(clock.reading, reached)
            clock = replace(clock, reading=max(reading, reached), offset=0)
        else:
            clock = replace(clock, offset=max(0, reached - real))
        self._set(
            keys=[keys.clock(account_id), keys.DUE, keys.LEASED, keys.manual_due(account_id)],
            args=[_encoder.encode(clock), clock.mode, clock.offset, f"{account_id}|", keys.NUDGE],
        )
        return clock

    def move(self, account_id: str, reading: int) -> None:
        """Move a manual clock to a reading, never back."""
        while (clock := self.get(account_id)).reading < reading:
            before, after = _encoder.encode(clock), _encoder.encode(replace(clock, reading=reading))
            if self._move(keys=[keys.clock(account_id)], args=[before, after]):
                return

    def draw(self, account_id: str, region: str, seed: int) -> Ids:
        """The next stream of ids: the same calls in the same order draw the same ids."""
        number = self._redis.hincrby(keys.clock(account_id), "draws", 1)
        return Ids(seed, account_id, region, number)

    def advance(self, account_id: str, target: Target) -> None:
        """Wish the manual clock moved; a worker moves it, wishes in the order they came."""
        pipeline = self._redis.pipeline(transaction=True)
        pipeline.rpush(keys.targets(account_id), _encoder.encode(target))
        pipeline.zadd(keys.DUE, {due.member(account_id, "", "clock", account_id): 0})
        pipeline.publish(keys.NUDGE, 0)
        pipeline.execute()

    def target(self, account_id: str) -> Target | None:
        """The wish that is worked on."""
        blob = self._redis.lindex(keys.targets(account_id), 0)
        return None if blob is None else _target.decode(blob)

    def wished(self, account_id: str, target: Target) -> bool:
        """Whether a wish is still open."""
        return _encoder.encode(target) in self._redis.lrange(keys.targets(account_id), 0, -1)

    def finish(self, account_id: str, target: Target) -> None:
        """A wish is fulfilled."""
        self._redis.lrem(keys.targets(account_id), 1, _encoder.encode(target))
