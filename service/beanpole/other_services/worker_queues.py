"""The queues of worker environments in an SQS: created, changed and deleted as the environments say.

A worker that empties queues does it before each round, and the gateway before each call of SQS, so that a client finds
the queues that events have announced. Redis has their names, by environment and SQS, so each of these processes deletes
the queues that another one has created.
"""

from collections.abc import Iterable, Mapping

from msgspec import Struct

from beanpole.catalog.catalog import Catalog
from beanpole.model.environment.environment import Environment
from beanpole.model.options.configuration import configuration
from beanpole.model.traffic import worker_daemon
from beanpole.model.traffic.worker_daemon import Daemon
from beanpole.other_services.queues import Queues, QueuesOf, Unanswered
from beanpole.store.store import Store
from beanpole.store.world import World
from beanpole.text import log_lines
from beanpole.text.troubles import Troubles

log = log_lines.logger("beanpole")

Scope = tuple[str, str]  # account and region
Names = dict[str, set[str]]  # names of queues by the ids of environments


class _Created(Struct, frozen=True):
    """The queues that this process has created for an environment, and the URL that its messages come to."""

    scope: Scope
    daemon: Daemon
    url: str


class WorkerQueues:
    """The queues of worker environments in an SQS; one thread at a time may use them."""

    def __init__(self, store: Store, catalog: Catalog, queues: QueuesOf) -> None:
        self._store = store
        self._catalog = catalog
        self._queues_of = queues
        self._queues: dict[Scope, Queues] = {}
        self._created: dict[str, _Created] = {}
        self._daemons: dict[Scope, dict[str, tuple[int, Daemon | None]]] = {}
        self._troubles = Troubles(log)

    def of(self, world: World) -> Queues:
        """The SQS as the account of a world; raises ValueError if there can be no client for it."""
        scope = world.account_id, world.region
        if scope not in self._queues:
            self._queues[scope] = self._queues_of(*scope)
        return self._queues[scope]

    def settle(self, world: World) -> None:
        """Have exactly those queues exist that the environments of a world have.

        Raises Unanswered or ValueError if the SQS refuses one.
        """
        for environment, daemon in self.live(world):
            self.url(world, environment, daemon)

    def live(self, world: World) -> list[tuple[Environment, Daemon]]:
        """The environments with queues, and their daemons; queues that no environment has any more are deleted."""
        recorded = self._store.redis.hgetall(world.keys.queues)  # before the environments, so that none is newer
        live = self._live(world)
        scope = world.account_id, world.region
        if recorded or live or any(created.scope == scope for created in self._created.values()):
            self._delete_left(world, recorded, {environment.id: _names(daemon) for environment, daemon in live})
        return live

    def url(self, world: World, environment: Environment, daemon: Daemon) -> str:
        """The URL of a queue, which is created or changed as the options say, unless it is the user's.

        The names are recorded first, so that queues are deleted even if this process ends before it knows of them.
        """
        if daemon.url is not None:
            return daemon.url
        known = self._created.get(environment.id)
        if known is not None and known.daemon == daemon:
            return known.url
        queues = self.of(world)
        self._record(world, queues, environment.id, _names(daemon))
        attributes = dict(daemon.attributes)
        if daemon.dead_letters is not None:
            attributes = daemon.redrive(queues.arn(queues.make(daemon.dead_letters, daemon.attributes)))
        url = queues.make(daemon.queue or "", attributes)
        self._created[environment.id] = _Created((world.account_id, world.region), daemon, url)
        return url

    def lose(self, environment_id: str) -> None:
        """Forget that an environment's queues were created, because the SQS may have lost them."""
        self._created.pop(environment_id, None)

    def _live(self, world: World) -> list[tuple[Environment, Daemon]]:
        """The environments with a daemon, whose settings are read again only if the environment has changed."""
        scope = world.account_id, world.region
        before, now = self._daemons.get(scope, {}), {}
        live = []
        for environment in world.environments():
            if not environment.is_worker or not environment.live:
                continue
            known = before.get(environment.id)
            if known is None or known[0] != environment.generation:
                known = environment.generation, self._daemon(environment)
            now[environment.id] = known
            if known[1] is not None:
                live.append((environment, known[1]))
        self._daemons[scope] = now
        return live

    def _daemon(self, environment: Environment) -> Daemon | None:
        stack = self._catalog.platforms.of(environment.solution_stack_name, environment.platform_arn)
        settings = configuration(self._catalog.options, environment.option_settings, stack, environment.tier.name)
        return worker_daemon.daemon(environment, settings)

    def _delete_left(self, world: World, recorded: Mapping[bytes, bytes], live: Names) -> None:
        """Delete the queues that are recorded or known here and belong to no environment any more."""
        queues = self.of(world)
        there = _of_endpoint(recorded, queues.endpoint)
        scope, in_use = (world.account_id, world.region), set().union(*live.values())
        for id_, created in list(self._created.items()):
            if created.scope == scope and there.get(id_) != live.get(id_):
                self.lose(id_)
                there.setdefault(id_, set()).update(_names(created.daemon))
        for id_, names in there.items():
            if names != live.get(id_) and self._delete(queues, names - in_use):
                self._record(world, queues, id_, live.get(id_, set()))

    def _delete(self, queues: Queues, names: Iterable[str]) -> bool:
        """Delete queues; false if one could not be deleted, which is logged once and tried again later."""
        are_gone = True
        for name in names:
            try:
                queues.remove(name)
                self._troubles.end(name)
            except Unanswered as trouble:
                are_gone = False
                self._troubles.tell(name, f"queue {name} cannot be deleted", trouble)
        return are_gone

    def _record(self, world: World, queues: Queues, id_: str, names: set[str]) -> None:
        """Record the names of an environment's queues in the SQS, or that it has none."""
        field = f"{id_} {queues.endpoint}"
        if names:
            self._store.redis.hset(world.keys.queues, field, " ".join(sorted(names)))
        else:
            self._store.redis.hdel(world.keys.queues, field)


def _of_endpoint(recorded: Mapping[bytes, bytes], endpoint: str) -> Names:
    """The recorded names of queues in the SQS of an endpoint."""
    fields = ((field.decode().partition(" "), names) for field, names in recorded.items())
    return {id_: set(names.decode().split()) for (id_, _, at), names in fields if at == endpoint}


def _names(daemon: Daemon) -> set[str]:
    """The names of the queues that are created for an environment."""
    return {name for name in (daemon.queue, daemon.dead_letters) if name}
