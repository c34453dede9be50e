"""Garbage over sockets: clients send drawn requests, several at once on a connection, and look at each answer."""

import json
import random
import tempfile
import threading
from collections import Counter
from contextlib import ExitStack, closing
from pathlib import Path
from xml.etree import ElementTree

from redis import Redis

from chaos.client import NONE, Answer, Connection, ask, form, is_unavailable, request
from chaos.drawn import Drawn, Generator
from chaos.drawn_services import Services
from chaos.lag import Lag
from chaos.parties import Party, complaints, gunicorn, serving, until, worker
from environments import STACK
from killable import Server

EMBEDDED = {  # servers without a Redis, with their options; `companion` has moto in its process
    "embedded": (),
    "companion": (),
    "signed": ("--verify-signatures", "--access-key", "AKID:secret"),
}
CLIENTS = 4
AT_ONCE = 20  # requests on their way on one connection
BROKEN = 0.15  # of the pieces that are sent, which are bytes that are no request
LOOKED_AT = 20  # one of this many answers is parsed
TYPES = ("text/xml", "application/json", "application/problem+json", "text/plain")
TYPES_OF_SERVICES = (
    *TYPES,
    "application/xml",
    "application/x-amz-json-1.0",
    "application/x-amz-json-1.1",
    "application/cbor",
)
TYPES_OF_PAGES = (*TYPES, "text/html", "text/javascript", "text/css")
SERVICES = 0.4  # of the requests, which are for other doors than the API and the control routes
STREAMS = 0.03  # of the pieces that are sent, which ask for a stream
MOTO_FAILED = b"moto does not carry out this call of "  # moto has handlers that fail at garbage
DOORS = {"": TYPES, "services": TYPES_OF_SERVICES, "pages": TYPES_OF_PAGES}
HONEST = {200, 201, 400, 401, 403, 404, 405, 409, 411, 413, 414, 415, 417, 431, 503}


class Fuzz:
    """A client that sends many requests to a server; `counts` has numbers, `wrong` violations."""

    def __init__(self, party: Party, number: int, seed: int, front: str) -> None:
        self._front = front
        self.counts: Counter[str] = Counter()
        self.kinds: Counter[str] = Counter()
        self.wrong: list[str] = []
        self._party, self._left, self._seed = party, number, seed
        self._lock = threading.Lock()

    def run(self, lag: Lag) -> None:
        """Send all requests, while a ping measures for how long the server does not answer."""
        clients = [threading.Thread(target=self._client, args=(number,)) for number in range(CLIENTS)]
        for client in clients:
            client.start()
        while any(client.is_alive() for client in clients):
            lag.measure(lambda: ask(self._party.port, request("GET", "/_beanpole/clock")).status == 200)
            clients[0].join(0.5)
        self.wrong += lag.wrong
        self.counts["longest deafness, ms"] = lag.longest
        self.counts["longest deafness, in bare pings"] = lag.ratio

    def _client(self, number: int) -> None:
        account = f"{number + 1:012}"
        try:
            world = b"{}" if self._front == "signed" else self._world(account)
            generator = Generator(self._seed * CLIENTS + number, account, world)
            chance = random.Random(self._seed + number)
            services = Services(chance, account)
            while self._take():
                self._connection(generator, services, chance)
        except Exception as error:  # noqa: BLE001 - every end of a client is reported
            self.wrong.append(f"client {number} ended: {error!r}")

    def _take(self) -> bool:
        return self.counts["fuzzed requests"] < self._left and len(self.wrong) < 20

    def _world(self, account: str) -> bytes:
        """An exported world with an environment that is launching."""
        for sent in (
            request("PUT", "/_beanpole/clock", b'{"mode": "manual"}', "application/json", account),
            form("CreateApplication", account, ApplicationName="shop"),
            form("CreateApplicationVersion", account, ApplicationName="shop", VersionLabel="v1"),
            form(
                "CreateEnvironment", account, ApplicationName="shop", EnvironmentName="web-1", SolutionStackName=STACK
            ),
        ):
            answer = ask(self._party.port, sent)
            assert answer.status == 200, answer
        return ask(self._party.port, request("GET", "/_beanpole/state", account=account)).body

    def _connection(self, generator: Generator, services: Services, chance: random.Random) -> None:
        with closing(Connection(self._party.port)) as connection:
            while self._take():
                kind = chance.random()
                if kind < BROKEN:
                    self._break(connection, generator.broken())
                    return
                if kind < BROKEN + STREAMS:
                    self._stream(connection, services.stream())
                    return
                draws = [services.draw if chance.random() < SERVICES else generator.framed for _ in range(AT_ONCE)]
                if not self._pipeline(connection, [draw() for draw in draws[: chance.randint(1, AT_ONCE)]]):
                    return

    def _stream(self, connection: Connection, drawn: Drawn) -> None:
        """Open a stream, look at its head, and go."""
        connection.send(drawn.sent)
        status, headers = connection.head()
        kind = headers.get("content-type", "").partition(";")[0]
        if status not in HONEST or (status == 200) is not (kind == "text/event-stream"):
            self.wrong.append(f"{drawn.what}: {drawn.sent[:600]!r} was answered {status} {headers}")
        with self._lock:
            self.counts["streams"] += 1

    def _break(self, connection: Connection, drawn: Drawn) -> None:
        """Send bytes that are no request; the answer is a refusal, or the connection is closed."""
        connection.send(drawn.sent)
        connection.finish()
        try:
            answer = connection.read()
        except TimeoutError:
            self.wrong.append(f"nothing was answered to {drawn.sent[:300]!r}")
            return
        self._count(drawn, answer, must_answer=False)

    def _pipeline(self, connection: Connection, batch: list[Drawn]) -> bool:
        """Send requests at once and read their answers; false if the connection ends."""
        connection.send(b"".join(drawn.sent for drawn in batch))
        before = ""
        for drawn in batch:
            try:
                answer = connection.read(drawn.head)
            except TimeoutError:
                self.wrong.append(f"no answer to {drawn.sent[:300]!r} {before}")
                return False
            self._count(drawn, answer, before)
            before = f"after {drawn.sent[:1500]!r}, which was answered {answer.status} {answer.headers}"
            if answer.closes:
                return False
        return True

    def _is_of_moto(self, answer: Answer) -> bool:
        """Tell whether moto may have given this answer; its tracebacks do not count."""
        return self._front == "companion" and 200 <= answer.status < 500 and b"Traceback" not in answer.body

    def _count(self, drawn: Drawn, answer: Answer, before: str = "", must_answer: bool = True) -> None:
        with self._lock:
            self.counts["fuzzed requests"] += 1
            self.counts[f"answered {answer.status or 'by closing'}"] += 1
            self.kinds[drawn.what] += 1
            parsed = self.counts["fuzzed requests"] % LOOKED_AT == 0
        reason = ""
        if answer is NONE or not answer.status:
            reason = f"was not answered {before}" if must_answer else ""
        elif MOTO_FAILED in answer.body or (drawn.head and answer.status == 501 and self._front == "companion"):
            self.counts["failures of moto"] += 1
        elif (drawn.door == "services" or not drawn.framed) and self._is_of_moto(answer):
            reason = ""
        elif answer.status not in HONEST:
            reason = f"was answered {answer.status}"
        elif not drawn.head and answer.headers.get("content-type", "").partition(";")[0] not in DOORS[drawn.door]:
            reason = f"was answered with {answer.headers}"
        elif b"Traceback" in answer.body or (drawn.door != "pages" and b"<html" in answer.body.lower()):
            reason = "was answered with what is none of ours"
        elif answer.status == 503 and not drawn.head and not is_unavailable(answer):
            reason = "was answered with an odd 503"
        elif parsed and not drawn.head:
            reason = _unreadable(answer)
        if reason:
            self.wrong.append(f"{drawn.what}: {drawn.sent[:600]!r} {reason}: {answer.body[:300]!r}")


def run(front: str, number: int, seed: int) -> tuple[Counter[str], list[str]]:
    """The counts and the violations of a run against a kind of server."""
    with tempfile.TemporaryDirectory(prefix="beanpole-chaos-") as name, ExitStack() as stack:
        parties, redis = _served(front, Path(name), stack)
        until(lambda: ask(parties[0].port, request("GET", "/_beanpole/health")).status == 200, "it answers")
        lag = stack.enter_context(closing(Lag(redis)))
        fuzz = Fuzz(parties[0], number, seed, front)
        fuzz.run(lag)
        fuzz.counts["resident kilobytes"] = parties[0].resident()
        fuzz.counts["kinds of requests"] = len(fuzz.kinds)
        return fuzz.counts, fuzz.wrong + ([] if front == "companion" else complaints(parties))


def _served(front: str, folder: Path, stack: ExitStack) -> tuple[list[Party], Redis | None]:
    """A server with all that it needs, which `stack` ends; the server comes first. Its Redis, if it has one."""
    client = None
    if front in EMBEDDED:
        parties = [serving(front, folder, None, "--clock", "manual", *EMBEDDED[front])]
    else:
        redis = stack.enter_context(closing(Server(folder)))
        client = redis.client
        server = gunicorn(front, folder, redis.url, "60") if front == "gunicorn" else serving(front, folder, redis.url)
        parties = [server, worker("worker", folder, redis.url)]
    for party in parties:
        stack.callback(party.kill)
    return parties, client


def _unreadable(answer: Answer) -> str:
    try:
        if "json" in answer.headers["content-type"]:
            json.loads(answer.body)
        elif "xml" in answer.headers["content-type"]:
            ElementTree.fromstring(answer.body)
    except ValueError as error:
        return f"was answered with what cannot be read ({error})"
    return ""
