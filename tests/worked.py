"""A world whose time is made by worker processes, with the manners of the pytest plugin's own."""

from beanpole.clock import sleep
from beanpole.model.clock import Target
from beanpole.store.connection import connect
from beanpole.testing import ACCOUNT, Beanstalk

LOOKS = 20_000  # while nothing moves, until nobody is believed to work; a busy machine looks less often, too


class Worked(Beanstalk):
    """On a Redis that it has to itself; `redis_url` is a server on which workers run."""

    def __init__(self, redis_url: str, with_objects: bool = False) -> None:
        super().__init__(connect(redis_url), with_objects)
        self.store.reset()

    def close(self) -> None:
        """Let go of the connection."""
        self.store.redis.close()

    def _play(self, target: Target) -> None:
        self.store.clocks.advance(ACCOUNT, target)
        self._wait_for(target)

    def _wait_for(self, target: Target) -> None:
        shown, left = self.now, LOOKS
        while self.store.clocks.wished(ACCOUNT, target):
            before, shown = shown, self.now
            left = left - 1 if shown == before else LOOKS
            assert left, "no worker moves the clock"
            sleep(0.001)
