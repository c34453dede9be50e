"""The WSGI application that answers for environments, and hands every other request to the API.

By Host it takes the names and addresses of environments; below `/_beanpole/traffic/NAME/` it is for those without DNS.
There `REGION:ACCOUNT:NAME` names the environment of one account alone.
A credential only chooses between accounts, and nothing is changed: an answer carries no right to control anything.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from itertools import count
from typing import Any
from urllib.parse import quote
from weakref import WeakKeyDictionary

from msgspec import Struct

from beanpole import hosts, log_lines
from beanpole.catalog import Catalog
from beanpole.credential import is_loopback
from beanpole.files.object_store import ObjectReader
from beanpole.model.environment.environment import Environment
from beanpole.model.environment.instance import Instance
from beanpole.model.logs.accesses import Access
from beanpole.model.traffic.answerers import Answerer, Side, behind_no_balancer, sides
from beanpole.model.traffic.balancing import pick, share_hits
from beanpole.store.connection import StoreError, reason
from beanpole.store.store import Store
from beanpole.store.world import World
from beanpole.traffic import instances, requests
from beanpole.traffic.answers import Answer, Headers, no_proxy, nothing_in_service, of_error, unresolved
from beanpole.traffic.applications import Applications, passed_on
from beanpole.traffic.machines import Machines
from beanpole.traffic.requests import PREFIX, Environ, Request
from beanpole.traffic.resolver import Resolver, Target

StartResponse = Callable[..., Any]
Application = Callable[[Any, StartResponse], Iterable[bytes]]

PROXY_SERVICE = "proxy"  # among the services that a symptom stops
FLEETS = 4_096  # environments whose instances in service are remembered, until they change

# Pages below /_beanpole share their origin with the control routes, so a browser must give them an origin of their own.
_SANDBOX: Headers = (
    ("Content-Security-Policy", "sandbox allow-downloads allow-forms allow-modals allow-popups allow-scripts"),
)
_FORBIDDEN = Answer(
    "403 Forbidden", (("Content-Type", "text/plain; charset=utf-8"),), b"The server is not called so.\n"
)
_UNAVAILABLE = Answer("503 Service Unavailable", (("Content-Type", "text/plain"),), b"The store is unavailable.\n")
_log = log_lines.logger("beanpole")


def answer_before(
    app: Any,
    store: Store,
    catalog: Catalog,
    objects: ObjectReader | None = None,
    allowed_hosts: Collection[str] = (),
    applications: Applications | None = None,
) -> None:
    """Let requests to environments be answered before an app of Flask sees them; it answers all others as before."""
    app.wsgi_app = Traffic(app.wsgi_app, store, Machines(catalog, objects, applications), allowed_hosts)


class Answered(Struct, frozen=True):
    """An answer and the headers that name who gave it."""

    answer: Answer
    headers: Headers = ()


class _Reached(Struct, frozen=True):
    """The sides of an environment, and the instance that gets requests where no load balancer checks it."""

    sides: tuple[Side, ...]
    unchecked: Instance | None


class Traffic:
    """The application before the API `app`; on this machine it may be called by `allowed_hosts`, too."""

    def __init__(self, app: Application, store: Store, machines: Machines, allowed_hosts: Collection[str] = ()) -> None:
        self._app = app
        self._store = store
        self._machines = machines
        self._allowed_hosts = allowed_hosts
        self._resolver = Resolver(store)
        self._reached: dict[str, tuple[int, _Reached]] = {}
        self._turns: WeakKeyDictionary[World, defaultdict[str, count[int]]] = WeakKeyDictionary()

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request, or have the API answer it."""
        try:
            answered = self._answered(environ)
        except StoreError as error:
            _log.warning("the store is unavailable: %s", reason(error))
            answered = Answered(_UNAVAILABLE)
        if answered is None:
            return self._app(environ, start_response)
        answer = answered.answer
        headers = [*answer.headers, *answered.headers]
        if answer.code != 304:
            headers.append(("Content-Length", str(len(answer.body))))
        start_response(answer.status, headers)
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [answer.body]

    def _answered(self, environ: Environ) -> Answered | None:
        """The answer for an environment; None for a request to the API."""
        host, path = environ.get("HTTP_HOST", ""), environ.get("PATH_INFO", "")
        target = self._resolver.host(host, requests.account(environ)) if "." in host else None
        if target is not None:
            return self._from(target, Request(environ, path))
        return self._below(environ, path) if path.startswith(PREFIX) else None

    def _below(self, environ: Environ, path: str) -> Answered:
        """The answer to a request whose path names the environment."""
        host = environ.get("HTTP_HOST", "")
        if is_loopback(environ.get("REMOTE_ADDR")) and not hosts.is_ours(host, self._allowed_hosts):
            return Answered(_FORBIDDEN)
        name, slash, rest = path.removeprefix(PREFIX).partition("/")
        request = Request(environ, slash + rest, PREFIX + quote(name.encode("latin-1", "replace"), safe=":"))
        if not slash:
            return Answered(Answer("301 Moved Permanently", (("Location", f"{request.base}/{request.query}"),)))
        called = requests.called(name, environ)
        target = self._resolver.named(called.name, called.account_id, called.region)
        if target is None:
            return Answered(unresolved(ascii(name)[1:-1], "no environment has that name."), _SANDBOX)
        answered = self._from(target, request)
        return Answered(answered.answer, (*answered.headers, *_SANDBOX))

    def _from(self, target: Target, request: Request) -> Answered:
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
        return next((each for each in former if each.environment.id == environment_id), first)
    return first
