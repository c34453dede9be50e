"""State in Redis: every account's worlds, and their clocks."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from beanpole.model.bundles.configuration_file import CommandMode
from beanpole.model.changes.change import Change
from beanpole.model.environment.environment import Environment
from beanpole.model.time.clock import Clock
from beanpole.store import codec, commit, conditions, keys, replacement
from beanpole.store.access_log import AccessLog
from beanpole.store.announcements import announce
from beanpole.store.backend import Backend
from beanpole.store.bundle_cache import BundleCache
from beanpole.store.clocks import Clocks
from beanpole.store.conditions import Conditions
from beanpole.store.connection import Connection, is_embedded
from beanpole.store.due import Due
from beanpole.store.fleet_cache import FleetCache, ReadFleetCache
from beanpole.store.journal import Journal
from beanpole.store.output_log import OutputLog
from beanpole.store.retention import forget_old
from beanpole.store.world import World

if TYPE_CHECKING:
    from beanpole.model.health.counted_fleet import CountedFleet

_CROWD = 32  # worlds of this process at which those of deleted accounts are searched for


class Store:
    """The worlds of all accounts on one Redis; without a default clock, as in workers, it creates no accounts.

    `commands` is the way in which workers of this process carry out the commands of bundles. With `has_journal` calls
    are recorded in the journal.
    """

    def __init__(
        self,
        redis: Connection,
        default_clock: Clock | None = None,
        commands: CommandMode = "enact",
        has_journal: bool = True,
        seeds_by_chance: bool = False,
    ) -> None:
        self.redis = redis
        self.commands = commands
        self.backend = Backend.of(redis)
        self.due = Due(self.backend)
        self.clocks = Clocks(self.backend, default_clock, seeds_by_chance)
        self.fleet_cache = FleetCache()
        self.access_log = AccessLog(redis, shared=not is_embedded(redis))
        self.output_log = OutputLog(redis)
        self.journal = Journal(self.backend, has_journal)
        self.counters = self.backend.counters
        self.counters.number_of_worlds = self.number_of_worlds
        self._bundle_cache = BundleCache()
        self._read_fleet_cache = ReadFleetCache()
        self._worlds: dict[tuple[str, str], World] = {}
        self._crowd = _CROWD

    def world(self, account_id: str, region: str) -> World:
        """One account in one region."""
        cached = self._worlds.get((account_id, region))
        if cached is None:
            if len(self._worlds) >= self._crowd:
                self._forget_lost_accounts()
            new = World(self.backend, self.clocks, account_id, region, self._bundle_cache, self._read_fleet_cache)
            cached = self._worlds.setdefault((account_id, region), new)
        return cached

    def commit_all(
        self, changes: Sequence[tuple[World, Change]], meanwhile: Callable[[], None] | None = None
    ) -> list[int]:
        """Write all changes without a conflict in one call; for each the generation of its first put, 1 without puts,
        0 after a conflict. While Redis writes, `meanwhile` is called, if it is given."""
        done = commit.commit_all(self.backend, [(world.keys, change) for world, change in changes], meanwhile)
        forget_old(self.redis, [commit for commit, generation in zip(changes, done, strict=True) if generation])
        return done

    def environments_of(self, ids: Mapping[World, Sequence[str]]) -> list[list[Environment | None]]:
        """Environments of worlds by their ids, read at one moment; None for an id that does not exist."""
        pipeline = self.redis.pipeline(transaction=True)
        for world, ids_of_world in ids.items():
            world.mirror(Environment).request(pipeline, ids_of_world)
        answers = iter(pipeline.execute())
        return [world.mirror(Environment).decode(next(answers), next(answers)) for world in ids]

    def read_ahead(
        self, environments: Sequence[tuple[World, Environment]], count: int, worlds: Sequence[World] = ()
    ) -> "tuple[list[tuple[CountedFleet, tuple[bytes, ...]]], dict[World, tuple[Clock, Conditions]]]":
        """Fleets of environments, unless they are cached, and the next steps of their plans, then the clocks and the
        conditions of worlds, in one round trip where none of the conditions has changed."""
        from beanpole.model.health.counted_fleet import CountedFleet  # workers alone count fleets

        pipeline = self.redis.pipeline(transaction=False)
        fleets = [self.fleet_cache.take(environment) for _, environment in environments]
        for (world, environment), fleet in zip(environments, fleets, strict=True):
            if (activity := environment.activity) is not None and activity.steps:
                indices = range(activity.step, activity.step + count)
                pipeline.hmget(world.keys.plan(environment.id), [str(index) for index in indices])
            if fleet is None:
                pipeline.hvals(world.keys.fleet(environment.id))
        for world in worlds:
            pipeline.hget(keys.clock(world.account_id), "clock")
            conditions.request(pipeline, world)
        answers = iter(pipeline.execute())
        ahead = []
        for (_, environment), fleet in zip(environments, fleets, strict=True):
            has_plan = environment.activity is not None and environment.activity.steps
            steps = tuple(step for step in next(answers) if step is not None) if has_plan else ()
            ahead.append((CountedFleet(codec.decode_fleet(next(answers))) if fleet is None else fleet, steps))
        return ahead, {
            world: (self.clocks.decoded(world.account_id, clock), conditions.conditions(world, versions))
            for world, clock, versions in zip(worlds, answers, answers, strict=True)
        }

    def number_of_accounts(self) -> int:
        """The number of accounts that have a clock."""
        return int(self.redis.scard(keys.ACCOUNTS))

    def number_of_worlds(self) -> int:
        """The number of worlds of which this process has copies."""
        return len(self._worlds)

    def memory(self) -> int | None:
        """The bytes that the Redis server uses; None for an embedded Redis."""
        return None if is_embedded(self.redis) else int(self.redis.info("memory")["used_memory"])

    def accounts(self) -> list[str]:
        """The accounts that have a clock."""
        return sorted(account.decode() for account in self.redis.smembers(keys.ACCOUNTS))

    def scopes(self) -> list[tuple[str, str]]:
        """The account and the region of every world in which anything has happened."""
        names = [prefix.decode().split(":") for prefix in self.redis.smembers(keys.WORLDS)]
        return sorted((name[1], name[2]) for name in names)

    def regions(self, account_id: str) -> list[str]:
        """The regions in which anything has happened in an account."""
        return [region for account, region in self.scopes() if account == account_id]

    def holding(self, worlds: Sequence[World], claim: str) -> list[World]:
        """The worlds in which a unique name has a holder."""
        pipeline = self.redis.pipeline(transaction=False)
        for world in worlds:
            pipeline.hget(world.keys.claims, claim)
        return [world for world, holder in zip(worlds, pipeline.execute(), strict=True) if holder is not None]

    def must_answer(self) -> None:
        """Raise StoreError unless Redis takes writes; a full server and a replica still answer a ping."""
        self.redis.set(keys.PROBE, 1, px=10_000)
        if self.backend.permissions is not None:
            self.backend.permissions.require(again=True)

    def reset(self, account_id: str | None = None) -> None:
        """Delete an account with its clock, or every account; generations count on, so that old copies stay invalid.

        Raises Conflict for an account that changes all the time.
        """
        self.access_log.forget(account_id)
        self.journal.forget(account_id)
        if account_id is not None:
            replacement.replace(self.backend, account_id, {}, {})
            beside = keys.journal, keys.journal_count, keys.snapshots, keys.snapshots_about
            self.redis.delete(*(key(account_id) for key in beside))
        else:
            stay = {keys.GENERATION.encode(), keys.FORMAT.encode()}
            names = [key for key in self.redis.scan_iter(f"{keys.PREFIX}:*", 1000) if key not in stay]
            for start in range(0, len(names), 500):
                self.redis.delete(*names[start : start + 500])
            self.counters.forget()
            announce(self.redis)
        self.forget_copies(account_id)

    def forget_copies(self, account_id: str | None = None) -> None:
        """Drop this process's copies of an account, or of every account."""
        self.access_log.forget(account_id)
        for scope in [scope for scope in list(self._worlds) if account_id in (None, scope[0])]:
            self._worlds.pop(scope, None)
        self.fleet_cache.forget(account_id)
        self._read_fleet_cache.forget(account_id)

    def _forget_lost_accounts(self) -> None:
        """Drop the copies of accounts that another process has reset; called when the number of worlds has doubled."""
        known = sorted({account_id for account_id, _ in list(self._worlds)})
        is_there = self.redis.smismember(keys.ACCOUNTS, known)
        for account_id, exists in zip(known, is_there, strict=True):
            if not exists:
                self.forget_copies(account_id)
        self._crowd = max(_CROWD, 2 * len(self._worlds))
