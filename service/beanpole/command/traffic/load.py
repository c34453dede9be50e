"""A steady load on an environment: a request at each instant of a schedule, and who answered it.

On a wall clock the schedule is one of real time. On a manual clock it is one of the account's time: the load moves the
clock to each instant, so that what is due by then happens, without waiting in real time.
"""

from collections.abc import Iterator
from http.cookies import SimpleCookie
from urllib.parse import quote

from msgspec import Struct

from beanpole.command.client import Exchange, Service, Unreachable
from beanpole.machine.clock import real_now, sleep

_PATH = "/_beanpole/traffic/"


class NoEnvironment(Exception):
    """No environment has the name."""


class Load(Struct, frozen=True):
    """So many requests a second, for so many seconds, from so many clients that keep their cookies.

    With 0 clients each request comes from a client of its own, which has resolved the name at that moment.
    """

    name: str
    rate: float
    seconds: float
    clients: int
    path: str = "/"

    @property
    def requests(self) -> int:
        """The number of requests."""
        return max(1, round(self.rate * self.seconds))


class Answer(Struct, frozen=True):
    """The answer to the request `at` milliseconds after the first one.

    Without an instance the request is lost. The status is 0 where the connection broke.
    """

    at: int
    status: int
    version: str = ""
    instance: str = ""
    environment: str = ""

    @property
    def is_lost(self) -> bool:
        """Tell whether no instance answered."""
        return not self.instance

    @property
    def is_error(self) -> bool:
        """Tell whether its status is an error."""
        return self.status >= 400


def run(exchange: Exchange, service: Service, load: Load) -> Iterator[Answer]:
    """Each answer when it is there. Raises NoEnvironment, Unreachable for the first request, and Refused."""
    visitors = _Visitors(exchange, load, service.signature)
    if not visitors.knows_name():
        raise NoEnvironment(f"no environment in {service.scope} is called {load.name}")
    schedule = _simulated if service.control("GET", "/clock")["mode"] == "manual" else _real
    for number, at in enumerate(schedule(service, load)):
        yield visitors.visit(number, at)


def _real(_: Service, load: Load) -> Iterator[int]:
    """The instants of the schedule, each when it has come; late ones follow at once."""
    began = real_now()
    for number in range(load.requests):
        due = round(number * 1000 / load.rate)
        sleep((began + due - real_now()) / 1000)
        yield real_now() - began


def _simulated(service: Service, load: Load) -> Iterator[int]:
    """The instants of the schedule, each when the clock has been moved to it."""
    due = 0
    for number in range(load.requests):
        before, due = due, round(number * 1000 / load.rate)
        if due > before:
            service.control("POST", "/clock/advance", {"seconds": (due - before) / 1000})
        yield due


class _Visitors:
    """The clients of a load, in turn."""

    def __init__(self, exchange: Exchange, load: Load, headers: dict[str, str]) -> None:
        self._exchange = exchange
        self._address = quote(f"{_PATH}{load.name}/{load.path.removeprefix('/')}", safe="/?&=%")
        self._headers = headers | {"User-Agent": "beanpole-traffic"}
        self._cookies = [""] * load.clients

    def knows_name(self) -> bool:
        """Tell whether an environment has the name; the request is of a client that sends no other."""
        _, headers, _ = self._exchange("GET", self._address, None, self._headers)
        return headers.get("X-Beanpole-Environment") is not None

    def visit(self, number: int, at: int) -> Answer:
        """The answer to a request of the client whose turn it is."""
        cookie = self._cookies[number % len(self._cookies)] if self._cookies else ""
        try:
            status, headers, _ = self._exchange("GET", self._address, None, self._headers | _cookie_header(cookie))
        except Unreachable:
            return Answer(at, 0)
        cookies = SimpleCookie(headers.get("Set-Cookie") or "")
        if self._cookies and cookies:
            self._cookies[number % len(self._cookies)] = "; ".join(
                f"{name}={morsel.value}" for name, morsel in cookies.items()
            )
        who = (headers.get(f"X-Beanpole-{name}") or "" for name in ("Version", "Instance", "Environment"))
        return Answer(at, status, *who)


def _cookie_header(cookie: str) -> dict[str, str]:
    return {"Cookie": cookie} if cookie else {}
