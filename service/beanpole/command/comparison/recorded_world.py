"""A world of its own on a manual clock, which moves from one due instant to the next and is recorded after each."""

from collections.abc import Callable
from typing import Any

from flask import Flask

from beanpole.api.app import create_app
from beanpole.caller.credential import DEFAULT_ACCOUNT, DEFAULT_REGION
from beanpole.catalog.catalog import Catalog
from beanpole.command.client import Parameters, Send, Service
from beanpole.command.comparison.moment import Moment, Seat, Side
from beanpole.model.environment.environment import Environment
from beanpole.model.environment.fleet import Fleet
from beanpole.model.names import naming
from beanpole.model.time.clock import Clock, Target
from beanpole.model.traffic.answerers import Answerer, answerers, serving
from beanpole.store.connection import embedded
from beanpole.store.store import Store

LONGEST = 86_400_000  # milliseconds on the simulated clock that one wait may take


class Stuck(Exception):
    """A wait that did not end."""


class RecordedWorld:
    """One account; `moments` are those since `watch`, for users of the CNAME with the prefix `cname`."""

    def __init__(self, catalog: Catalog, seed: int, cname: str) -> None:
        self._catalog, self._seed, self._cname = catalog, seed, cname
        self._store = Store(embedded(), Clock("manual", seed=seed))
        self._service = Service(_in_process(create_app(self._store, catalog)))
        self._world = self._store.world(DEFAULT_ACCOUNT, DEFAULT_REGION)
        self._targets = 0
        self.moments: list[Moment] = []

    @property
    def now(self) -> int:
        """The reading of the clock, in milliseconds."""
        return self._store.clocks.get(DEFAULT_ACCOUNT).reading

    def copy(self) -> "RecordedWorld":
        """Another world that is where this one is, and goes on by itself."""
        twin = RecordedWorld(self._catalog, self._seed, self._cname)
        read = self._store.redis.pipeline(transaction=False)
        written = twin._store.redis.pipeline(transaction=False)
        for key in (names := sorted(self._store.redis.scan_iter())):
            read.dump(key)
        for key, content in zip(names, read.execute(), strict=True):
            written.restore(key, 0, content)
        written.execute()
        twin.moments = list(self.moments)
        return twin

    def call(self, action: str, parameters: Parameters) -> dict[str, Any]:
        """The result of an operation."""
        answer = self._service.call(action, parameters)
        self._record()
        return answer

    def arm(self, fault: Parameters) -> None:
        """Arm a fault."""
        self._service.control("POST", "/faults", fault)

    def watch(self) -> None:
        """Forget the moments so far."""
        self.moments = []
        self._record()

    def until(self, is_over: Callable[[Moment], bool]) -> int:
        """Play due instants until `is_over` holds; returns the instant at which it does. Raises Stuck."""
        deadline = self.now + LONGEST
        while not is_over(self._record()):
            due = self._store.due.next_manual(DEFAULT_ACCOUNT, deadline)
            if due is None:
                raise Stuck(f"nothing more is due at {self.now}, and the wait has not ended")
            self._move(due[1])
        return self.now

    def wait(self, milliseconds: int) -> None:
        """Let time pass, and record each moment."""
        end = self.now + milliseconds
        while (due := self._store.due.next_manual(DEFAULT_ACCOUNT, end)) is not None:
            self._move(due[1])
            self._record()
        self._move(end)
        self._record()

    def _move(self, to: int) -> None:
        from beanpole_workers.play import manual

        self._targets += 1
        manual.advance(self._store, self._catalog, DEFAULT_ACCOUNT, Target(str(self._targets), max(to, self.now)))

    def _record(self) -> Moment:
        """Record the present moment; a later one at the same instant replaces it."""
        live = [environment for environment in self._world.environments() if environment.live]
        cname = naming.cname(self._cname, self._world.region)
        now = self.now
        reached = {answerer.environment.id: answerer for answerer in answerers(live, cname, now)}
        fleets = {environment.id: self._world.fleet(environment.id) for environment in live}
        sides = (_side(environment, fleets[environment.id], reached.get(environment.id)) for environment in live)
        moment = Moment(now, tuple(sides))
        if self.moments and self.moments[-1].at == moment.at:
            self.moments.pop()
        self.moments.append(moment)
        return moment


def _side(environment: Environment, fleet: Fleet, answerer: Answerer | None) -> Side:
    """An environment, as users of the CNAME meet it: `answerer` is None where they do not."""
    serves = {instance.id for instance in serving(environment, fleet)}
    return Side(
        environment.environment_name,
        answerer is not None and answerer.until is None,
        environment.endpoint_url,
        environment.status,
        environment.health_status or environment.health,
        environment.traffic,
        tuple(
            Seat(instance.id, instance.version_label, instance.state, instance.id in serves, instance.group)
            for instance in fleet.values()
        ),
        (answerer.until if answerer else None) or 0,
    )


def _in_process(app: Flask) -> Send:
    client = app.test_client()

    def send(method: str, path: str, content: str | None, headers: Parameters) -> tuple[int, bytes]:
        answer = client.open(path, method=method, data=content, headers=dict(headers))
        return answer.status_code, answer.data

    return send
