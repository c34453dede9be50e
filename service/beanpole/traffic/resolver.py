"""The stand-in for DNS: it finds the world of a name, and in that world the environments that answer the name.

Names are unique in an account and region only. Where several accounts have one, the newest environment answers, unless
the credential of the request names an account.
"""

from collections.abc import Iterable, Sequence
from weakref import WeakKeyDictionary, ref

from msgspec import Struct

from beanpole.caller import hosts
from beanpole.machine.clock import real_now
from beanpole.model.changes.change import cname_claim
from beanpole.model.environment.environment import Environment
from beanpole.model.names import naming
from beanpole.model.traffic.answerers import Answerer, answerers
from beanpole.store.store import Store
from beanpole.store.world import World

AGAIN = 1_000  # milliseconds after which another account may have taken a name that an account has
REMEMBERED = 4_096  # names whose accounts are remembered
_DOMAINS = (".elasticbeanstalk.com", ".eb.amazonaws.com.cn", ".elb.amazonaws.com", ".elb.amazonaws.com.cn")


class Target(Struct, frozen=True):
    """The environments behind a name, in their world; with a `cname`, clients remember which of them they reached."""

    world: World
    answerers: tuple[Answerer, ...]
    now: int
    cname: str | None = None


class _Names:
    """The environments of a world by each name that they have or had; it holds as long as the listing does."""

    def __init__(self, listing: Sequence[Environment]) -> None:
        self.listing = listing
        self.by_cname: dict[str, list[Environment]] = {}
        self.by_endpoint: dict[str, Environment] = {}
        self.by_name: dict[str, Environment] = {}
        for environment in listing:
            if environment.live:
                self._add(environment)

    def _add(self, environment: Environment) -> None:
        former = (old.cname for old in environment.former_cnames)
        for cname in dict.fromkeys((environment.cname, *former)):
            if cname is not None:
                self.by_cname.setdefault(cname.lower(), []).append(environment)
        self.by_name[environment.environment_name] = self.by_name[environment.id] = environment
        if environment.endpoint_url is not None:
            self.by_endpoint[environment.endpoint_url.lower()] = environment


class Resolver:
    """Finds what is behind a Host, or behind a name in a path."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._names: WeakKeyDictionary[World, _Names] = WeakKeyDictionary()
        self._scopes: list[tuple[str, str]] = []
        self._worlds_at: int | None = None
        self._found: dict[tuple[str, str | None], tuple[ref[World], int]] = {}

    def host(self, host: str, account_id: str | None) -> Target | None:
        """The environments behind a Host header; None if no environment has that name."""
        name = hosts.of_environment(host)
        if name is None:
            return None
        world = self._remembered(name, account_id)
        target = None if world is None else self._target(world, name)
        if target is not None:
            return target
        targets = [target for world in self._worlds(name, account_id) if (target := self._target(world, name))]
        newest = max(targets, key=_age, default=None)
        if newest is not None:
            self._remember(name, account_id, newest.world)
        return newest

    def named(self, name: str, account_id: str | None, region: str) -> Target | None:
        """The environments behind a CNAME or its first label, or the live environment of a name or id."""
        domain = name.lower() if "." in name else naming.cname(name.lower(), region)
        target = self.host(domain, account_id)
        if target is not None or "." in name:
            return target
        accounts = [account_id] if account_id else self._store.accounts()
        targets = [target for account in accounts if (target := self._direct(self._store.world(account, region), name))]
        return max(targets, key=_age, default=None)

    def _direct(self, world: World, name: str) -> Target | None:
        """The live environment of a name or id, whatever its CNAME is."""
        environment = self._index(world).by_name.get(name)
        return None if environment is None else Target(world, (Answerer(environment),), self._now(world))

    def _target(self, world: World, name: str) -> Target | None:
        """The target behind a name in a world."""
        names, now = self._index(world), self._now(world)
        candidates = names.by_cname.get(name)
        if candidates is not None:
            environments = answerers(candidates, name, now)
            return Target(world, environments, now, name) if environments else None
        environment = names.by_endpoint.get(name)
        return None if environment is None else Target(world, (Answerer(environment),), now)

    def _index(self, world: World) -> _Names:
        listing, names = world.environments(), self._names.get(world)
        if names is None or names.listing is not listing:
            names = self._names[world] = _Names(listing)
        return names

    def _now(self, world: World) -> int:
        return world.clock().now(real_now())

    def _worlds(self, name: str, account_id: str | None) -> Iterable[World]:
        """The worlds that may have a name: by its region, and for a CNAME by who holds it."""
        region = _region(name)
        if region is None:
            return [world for world in self._all() if account_id in (None, world.account_id)]
        accounts = [account_id] if account_id else self._store.accounts()
        worlds = [self._store.world(account, region) for account in accounts]
        return worlds if ".elb." in name else self._store.holding(worlds, cname_claim(name))

    def _all(self) -> list[World]:
        """All worlds, as they were a moment ago: no caller has all keys looked through again and again."""
        now = real_now()
        if self._worlds_at is None or now - self._worlds_at >= AGAIN:
            self._scopes, self._worlds_at = self._store.scopes(), now
        return [self._store.world(*scope) for scope in self._scopes]

    def _remembered(self, name: str, account_id: str | None) -> World | None:
        """The world in which a name was found a moment ago, unless its account was reset since."""
        reference, at = self._found.get((name, account_id), (None, 0))
        world = reference() if reference is not None else None
        if world is None or real_now() - at >= AGAIN:
            return None
        return world if self._store.world(world.account_id, world.region) is world else None

    def _remember(self, name: str, account_id: str | None, world: World) -> None:
        if len(self._found) >= REMEMBERED:
            self._found.clear()
        self._found[name, account_id] = (ref(world), real_now())


def _age(target: Target) -> tuple[int, str]:
    return target.answerers[0].environment.date_created, target.world.account_id


def _region(name: str) -> str | None:
    """The region in a name; None for an address."""
    for domain in _DOMAINS:
        if name.endswith(domain):
            return name.removesuffix(domain).rpartition(".")[2]
    return None
