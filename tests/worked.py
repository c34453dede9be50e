"""A world whose time is made by worker processes, with the manners of the pytest plugin's own."""

from beanpole.model.time.clock import Target
from beanpole.store import keys
from beanpole.store.connection import connect
from beanpole.testing import ACCOUNT, Beanstalk
from servers import close

PATIENCE = 60  # seconds in which nothing moves, until it is believed that no worker runs


class Worked(Beanstalk):
    """On a Redis that it has to itself; `redis_url` is a server on which workers run, and which tells of its keys."""

    def __init__(self, redis_url: str, with_objects: bool = False) -> None:
        super().__init__(connect(redis_url), with_objects)
        self.store.reset()
        self._targets_change = self.store.redis.pubsub(ignore_subscribe_messages=True)
        self._targets_change.subscribe(f"__keyspace@0__:{keys.targets(ACCOUNT)}")
        self._targets_change.get_message(timeout=1)

    def close(self) -> None:
        """Let go of the connections."""
        self._targets_change.close()
        close(self.store)

    def _play(self, target: Target, account: str = ACCOUNT) -> None:
        self.store.clocks.advance(account, target)
        self._wait_for(target, account)

    def _wait_for(self, target: Target, account: str) -> None:
        reading, left = self.now, PATIENCE
        while self.store.clocks.is_pending(account, target):
            self.store.clocks.renew(account, target)
            if self._targets_change.get_message(timeout=1) is None:
                before, reading = reading, self.now
                left = left - 1 if reading == before else PATIENCE
                assert left, f"no worker moves the clock: {self._waiting()}"

    def _waiting(self) -> dict[str, object]:
        """What is due, leased and queued, and the workers that say that they live."""
        redis, sets = self.store.redis, (keys.DUE, keys.LEASED, keys.WORKERS)
        waiting: dict[str, object] = {name: redis.zrange(name, 0, 9, withscores=True) for name in sets}
        return waiting | {
            "jobs": redis.lrange("rq:queue:beanpole", 0, 9),
            "workers of RQ": redis.smembers("rq:workers"),
        }
