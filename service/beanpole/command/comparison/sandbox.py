"""A world of its own on a manual clock, moved from one due instant to the next, and looked at after each."""

from collections.abc import Callable
from typing import Any

from flask import Flask

from beanpole.api.app import create_app
from beanpole.catalog import Catalog
from beanpole.command.client import Parameters, Send, Service
from beanpole.command.comparison.moment import Moment, Seat, Side
from beanpole.credential import DEFAULT_ACCOUNT, DEFAULT_REGION
from beanpole.model.clock import Clock, Target
from beanpole.model.environment.environment import Environment
from beanpole.model.environment.fleet import Fleet
from beanpole.store.connection import embedded
from beanpole.store.store import Store

LONGEST = 86_400_000  # milliseconds that anything may take


class Stuck(Exception):
    """What was waited for did not come."""


class Sandbox:
    """One account; `moments` is what was seen since `watch`, of the environments whose users call `cname`."""

    def __init__(self, catalog: Catalog, seed: int, cname: str) -> None:
        self._catalog = catalog
        self._cname = cname
        self._store = Store(embedded(), Clock("manual", seed=seed))
        self._service = Service(_in_process(create_app(self._store, catalog)))
        self._world = self._store.world(DEFAULT_ACCOUNT, DEFAULT_REGION)
        self._wishes = 0
        self.moments: list[Moment] = []

    @property
    def now(self) -> int:
        """What the clock shows, in milliseconds."""
        return self._store.clocks.get(DEFAULT_ACCOUNT).reading

    def call(self, action: str, parameters: Parameters) -> dict[str, Any]:
        """Ask the service something."""
        answer = self._service.call(action, parameters)
        self._look()
        return answer

    def arm(self, fault: Parameters) -> None:
        """Let something fail from now on."""
        self._service.control("POST", "/faults", fault)

    def watch(self) -> None:
        """Forget what was seen so far."""
        self.moments = []
        self._look()

    def until(self, done: Callable[[Moment], bool]) -> int:
        """Play one due instant after the other until something is so; the instant at which it is."""
        patience = self.now + LONGEST
        while not done(self._look()):
            due = self._store.due.next_manual(DEFAULT_ACCOUNT, patience)
            if due is None:
                raise Stuck(f"nothing is due any more at {self.now}, and what was waited for has not come")
            self._move(due[1])
        return self.now

    def rest(self, milliseconds: int) -> None:
        """Let time pass."""
        end = self.now + milliseconds
        while (due := self._store.due.next_manual(DEFAULT_ACCOUNT, end)) is not None:
            self._move(due[1])
            self._look()
        self._move(end)
        self._look()

    def _move(self, to: int) -> None:
        from beanpole_workers.play import manual

        self._wishes += 1
        manual.advance(self._store, self._catalog, DEFAULT_ACCOUNT, Target(str(self._wishes), max(to, self.now)))

    def _look(self) -> Moment:
        """What there is now; of two looks at one instant the later one counts."""
        live = [it for it in self._world.environments() if it.live]
        moment = Moment(self.now, tuple(_side(it, self._world.fleet(it.id), self._cname) for it in live))
        if self.moments and self.moments[-1].at == moment.at:
            self.moments.pop()
        self.moments.append(moment)
        return moment


def _side(environment: Environment, fleet: Fleet, cname: str) -> Side:
    return Side(
        environment.environment_name,
        (environment.cname or "").startswith(f"{cname}."),
        environment.endpoint_url,
        environment.status,
        environment.health_status or environment.health,
        environment.traffic,
        tuple(Seat(it.id, it.version_label, it.state, it.in_service, it.group) for it in fleet.values()),
        max((it.until for it in environment.former_cnames if it.cname.startswith(f"{cname}.")), default=0),
    )


def _in_process(app: Flask) -> Send:
    client = app.test_client()

    def send(method: str, path: str, content: str | None, headers: Parameters) -> tuple[int, bytes]:
        answer = client.open(path, method=method, data=content, headers=dict(headers))
        return answer.status_code, answer.data

    return send
