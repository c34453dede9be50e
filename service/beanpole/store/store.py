"""State in Redis: every account's worlds, and their clocks."""

from beanpole.model.clock import Clock
from beanpole.store import commit_script, keys, scripts
from beanpole.store.clocks import Clocks
from beanpole.store.connection import Connection
from beanpole.store.due import Due
from beanpole.store.fleet_cache import FleetCache
from beanpole.store.world import World


class Store:
    """Every account's worlds on one Redis; without a default clock it makes no accounts, and so it is for workers."""

    def __init__(self, redis: Connection, default_clock: Clock | None = None) -> None:
        self.redis = redis
        self.due = Due(redis)
        self.clocks = Clocks(redis, default_clock)
        self.commit_script = redis.register_script(commit_script.COMMIT)
        self.trim_script = redis.register_script(scripts.TRIM)
        self.fleet_cache = FleetCache()
        self._worlds: dict[tuple[str, str], World] = {}

    def world(self, account_id: str, region: str) -> World:
        """One account in one region."""
        known = self._worlds.get((account_id, region))
        return known or self._worlds.setdefault((account_id, region), World(self, account_id, region))

    def ready(self) -> bool:
        """Redis answers."""
        return bool(self.redis.ping())

    def reset(self, account_id: str | None = None) -> None:
        """Forget an account, or every account, with clock and all; generations go on, so no copy is taken for new."""
        if account_id:
            self._forget_dues(account_id)
        pattern = keys.account(account_id) if account_id else f"{keys.PREFIX}:"
        kept = keys.GENERATION.encode()
        doomed = [key for key in self.redis.scan_iter(match=f"{pattern}*", count=1000) if key != kept]
        for start in range(0, len(doomed), 500):
            self.redis.delete(*doomed[start : start + 500])
        if account_id:
            self.redis.srem(keys.ACCOUNTS, account_id)
        for known in [it for it in self._worlds if account_id in (None, it[0])]:
            self._worlds.pop(known, None)

    def _forget_dues(self, account_id: str) -> None:
        """Before anything else goes: a due instant left over is harmless, one lost from what comes next is not."""
        for key in (keys.DUE, keys.LEASED):
            mine = [it for it in self.redis.zrange(key, 0, -1) if it.startswith(f"{account_id}|".encode())]
            for start in range(0, len(mine), 500):
                self.redis.zrem(key, *mine[start : start + 500])
