"""The answers of environments: which instance answers a request, and how its symptoms let it."""

from collections import defaultdict
from itertools import count
from weakref import WeakKeyDictionary

from msgspec import Struct

from beanpole.model.environment.environment import Environment
from beanpole.model.environment.instance import Instance
from beanpole.model.logs.accesses import Access
from beanpole.model.traffic.answerers import Answerer, Side, behind_no_balancer, sides
from beanpole.model.traffic.balancing import pick, share_hits
from beanpole.store.store import Store
from beanpole.store.world import World
from beanpole.traffic import instances
from beanpole.traffic.answers import Answer, Answered, Headers, no_proxy, nothing_in_service, of_error, unresolved
from beanpole.traffic.applications import passed_on
from beanpole.traffic.machines import Machines
from beanpole.traffic.requests import Request
from beanpole.traffic.resolver import Target

PROXY_SERVICE = "proxy"  # among the services that a symptom stops
FLEETS = 4_096  # environments whose instances in service are remembered, until they change


class _Reached(Struct, frozen=True):
    """The sides of an environment, and the instance that gets requests where no load balancer checks it."""

    sides: tuple[Side, ...]
    unchecked: Instance | None


class Answering:
    """The environments of a store, whose instances are `machines`."""

    def __init__(self, store: Store, machines: Machines) -> None:
        self._store = store
        self._machines = machines
        self._reached: dict[str, tuple[int, _Reached]] = {}
        self._turns: WeakKeyDictionary[World, defaultdict[str, count[int]]] = WeakKeyDictionary()

    def answer(self, target: Target, request: Request) -> Answered:
        """The answer of the environment that the client's resolver knows, and its name for later requests."""
        answerer = _resolved(target, request)
        environment = answerer.environment
        named: Headers = (("X-Beanpole-Environment", environment.environment_name),)
        if target.cname is not None and request.resolved != environment.id:
            named = (*named, request.remember(environment.id))
        if environment.endpoint_url is None and not environment.is_worker:
            why = f"environment {environment.environment_name} has no endpoint."
            return Answered(unresolved(target.cname or environment.environment_name, why), named)
        reached = self._reached_of(target, environment)
        instance = pick(reached.sides, self._turn(target.world, environment.id)) or reached.unchecked
        if instance is None:
            answer = nothing_in_service(environment)
        else:
            answer = self._by(target, environment, instance, request)
            version = ascii(instance.version_label or "")[1:-1]
            named = (*named, ("X-Beanpole-Instance", instance.id), ("X-Beanpole-Version", version))
        self._note(target, environment, instance, request, answer)
        return Answered(answer, named)

    def _by(self, target: Target, environment: Environment, instance: Instance, request: Request) -> Answer:
        """The answer of an instance, as its symptoms let it: without its proxy, or with a share of errors."""
        if PROXY_SERVICE in instance.stopped_services:
            return no_proxy()
        machine = self._machines.machine(target.world, environment, instance)
        if not instance.in_service and machine.connect is None:  # an application would not answer its health checks
            return passed_on(None, request, request.path)
        if instance.server_errors or instance.client_errors:
            turn = self._turn(target.world, instance.id)
            error = 500 if share_hits(instance.server_errors, turn) else 0
            if error or share_hits(instance.client_errors, turn):
                return of_error(error or 404)
        return instances.answer(machine, request)

    def _reached_of(self, target: Target, environment: Environment) -> _Reached:
        """The instances that requests reach; they are read again when the environment has changed."""
        entry = self._reached.get(environment.id)
        if entry is not None and entry[0] == environment.generation:
            return entry[1]
        if len(self._reached) >= FLEETS:
            self._reached.clear()
        fleet = target.world.fleet(environment.id)
        reached = _Reached(sides(environment, fleet), behind_no_balancer(environment, fleet))
        self._reached[environment.id] = (environment.generation, reached)
        return reached

    def _turn(self, world: World, id_: str) -> int:
        """The number of requests that an environment or an instance got before, in this process."""
        turns = self._turns.get(world)
        if turns is None:
            turns = self._turns.setdefault(world, defaultdict(count))
        return next(turns[id_])

    def _note(
        self, target: Target, environment: Environment, instance: Instance | None, request: Request, answer: Answer
    ) -> None:
        """Log the answer; what the load balancer answers itself is only counted."""
        proxy_runs = instance is not None and PROXY_SERVICE not in instance.stopped_services
        access = Access(
            instance.id if instance is not None and proxy_runs else "",
            target.now,
            request.header("REMOTE_ADDR"),
            request.line,
            answer.code,
            0 if request.method == "HEAD" else len(answer.body),
            request.header("HTTP_REFERER"),
            request.header("HTTP_USER_AGENT"),
            request.header("HTTP_HOST"),
            answer.note,
        )
        self._store.access_log.add(target.world.keys, environment.id, access)


def _resolved(target: Target, request: Request) -> Answerer:
    """The environment that the client reached before, as long as resolvers remember it; else the holder."""
    first, *former = target.answerers
    if former:
        environment_id = request.resolved
        return next((answerer for answerer in former if answerer.environment.id == environment_id), first)
    return first
