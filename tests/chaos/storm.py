"""One run: processes are disturbed at random while clients call, and the final state must keep the laws."""

import random
import re
import tempfile
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from difflib import unified_diff
from pathlib import Path
from typing import Any

from redis import Redis
from redis.exceptions import RedisError

from beanpole.machine.clock import sleep
from beanpole.store import keys
from chaos import client, disturbances, schedule
from chaos.client import JSON, Answer, ask, form, request
from chaos.lag import Lag
from chaos.ledger import ACCOUNT, Client, Ledger, read_state
from chaos.parties import Party, complaints, gunicorn, serving, until, worker
from chaos.proxy import Proxy
from killable import Server

CLIENTS = 2
MANY = 50  # applications of the server without a Redis, then it is reset
TRIES = 60  # stories until one must be told without a repeated call


class Storm:
    """The processes and the clients' ledger, with `counts`, and `wrong`, the violations."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.counts: Counter[str] = Counter()
        self.wrong: list[str] = []
        self.seed, self.ledger = seed, Ledger()
        self.disturbing = threading.Lock()
        self._chance, self._lock = random.Random(seed), threading.Lock()
        self.redis = Server(folder)
        self.lag = Lag(Redis.from_url(self.redis.url))
        self.proxy = Proxy(f"{folder}/redis.sock")
        instant = ("--speed", "instant")
        self.alone = serving("embedded", folder, None, *instant)
        self.apis = [serving("serve", folder, self.proxy.url, *instant)]
        self.apis.append(gunicorn("gunicorn", folder, self.proxy.url, "instant"))
        self.workers = [worker(f"worker-{n}", folder, self.proxy.url) for n in (0, 1)]
        self.parties = [*self.apis, *self.workers, self.alone]
        for party in (*self.apis, self.alone):
            until(lambda party=party: disturbances.answers(party), f"{party.name} answers")

    def play(self, seconds: float, pause: tuple[float, float]) -> None:
        """Disturb and call for some seconds, then check the laws."""
        over, story = threading.Event(), self._undisturbed()
        self._compare(story, self._undisturbed())
        with ThreadPoolExecutor(CLIENTS + 3) as pool:
            clients = [pool.submit(Client(self, number, over).run) for number in range(CLIENTS)]
            clients.append(pool.submit(self._tell, story, over))
            clients.append(pool.submit(self._call_alone, over))
            clients.append(pool.submit(disturbances.disturb, self, over, pause))
            try:
                over.wait(seconds)
            finally:
                over.set()
        self.wrong += [f"a client ended: {run.exception()!r}" for run in clients if run.exception()]
        self._must_be_whole()

    def call(self, sent: bytes, what: str, party: Party | None = None) -> Answer:
        """The answer of a server. Only a server that is killed during the call may leave it unanswered."""
        party = party or self._chance.choice(self.apis)
        answer, wrong = party.ask(sent, what)
        self.wrong += wrong
        with self._lock:
            self.counts["calls"] += 1
            self.counts[f"answered {answer.status or 'never, since the server was killed'}"] += 1
        if not answer.status:
            sleep(0.05)
        return answer

    def sure(self, sent: bytes) -> Answer:
        """The answer to a read, which is repeated until it is one."""
        return client.sure(lambda sent: self.call(sent, "a read"), sent)

    def calm(self) -> None:
        """Wait until nothing is disturbed, and what was on its way has arrived."""
        with self.disturbing:
            sleep(0.05)

    def must_answer(self) -> None:
        """Every server that is up answers a call soon."""
        for party in self.apis:
            if not party.down or disturbances.answers(party):
                self.lag.measure(
                    lambda party=party: ask(party.port, form("DescribeApplications", ACCOUNT)).status == 200
                )

    def set_draws(self, account: str, number: int) -> None:
        """Set the number from which an account draws its next ids."""
        self._on_redis(lambda: self.redis.client.hset(keys.clock(account), "draws", number))

    def draws(self, account: str) -> int:
        """The number of id streams that an account has drawn."""
        return int(self._on_redis(lambda: self.redis.client.hget(keys.clock(account), "draws")))

    def _on_redis(self, do: Callable[[], Any]) -> Any:
        """The answer of Redis, as soon as there is one."""
        while True:
            try:
                return do()
            except RedisError:
                sleep(0.02)

    def _tell(self, undisturbed: str, over: threading.Event) -> None:
        """Tell the story again and again."""
        while not over.is_set():
            story = schedule.tell(self)
            self.counts["stories" if story else "stories given up, since an id was drawn twice"] += 1
            if story:
                self._compare(undisturbed, story)

    def _undisturbed(self) -> str:
        """The story before anything is disturbed; on a slow machine a client may send a call twice all the same."""
        stories = (schedule.tell(self) for _ in range(TRIES))
        return next(story for story in stories if story)

    def _compare(self, undisturbed: str, story: str) -> None:
        if story != undisturbed:
            differs = "\n".join(unified_diff(undisturbed.splitlines(), story.splitlines(), n=1, lineterm=""))
            self.wrong.append(f"the story is another one: {differs[:3000]}")

    def _call_alone(self, over: threading.Event) -> None:
        """Check that the server without a Redis keeps its state as long as it lives."""
        number = 0
        while not over.wait(0.05):
            number += 1
            if number % MANY == 0:
                self.call(request("POST", "/_beanpole/reset", b"", JSON, ACCOUNT), "POST reset", self.alone)
            life, name = self.alone.process.pid, f"alone-{number}"
            created = self.call(
                form("CreateApplication", ACCOUNT, ApplicationName=name), "CreateApplication", self.alone
            )
            listing = self.call(form("DescribeApplications", ACCOUNT), "DescribeApplications", self.alone)
            if created.status != 200 and created.status:
                self.wrong.append(f"a creation of {name} was answered {created}")
            lived = self.alone.process.pid == life and created.status == listing.status == 200
            if lived and f"<ApplicationName>{name}<" not in listing.text:
                self.wrong.append(f"{name} is lost, and its server was not disturbed")

    def _must_be_whole(self) -> None:
        """Check that every acknowledged entity exists once, every environment settles, and no process complains."""
        for party in (*self.apis, self.alone):
            until(lambda party=party: disturbances.answers(party), f"{party.name} answers again")
        until(self._has_settled, "every environment has settled")
        self.wrong += self.ledger.violations(read_state(self, CLIENTS))
        self.wrong += complaints(self.parties) + self.lag.wrong
        kills = sum(self.counts[kill.__name__.replace("_", " ")] for kill in disturbances.KILLS)
        self.counts["kills"] = kills
        self.counts["longest deafness, ms"] = self.lag.longest
        self.counts["longest deafness, in bare pings"] = self.lag.ratio

    def _has_settled(self) -> bool:
        text = self.sure(form("DescribeEnvironments", ACCOUNT)).text
        return set(re.findall("<Status>(.*?)</Status>", text)) <= {"Ready", "Terminated"}

    def close(self) -> None:
        """End all processes."""
        for party in self.parties:
            party.kill()
        self.proxy.close()
        self.redis.close()
        self.lag.close()


def run(seconds: float, seed: int, pause: tuple[float, float] = (0.0, 0.2)) -> tuple[Counter[str], list[str]]:
    """The counts and the violations of some seconds of disturbance."""
    with tempfile.TemporaryDirectory(prefix="beanpole-chaos-") as folder:
        storm = Storm(Path(folder), seed)
        try:
            storm.play(seconds, pause)
        finally:
            storm.close()
    return storm.counts, storm.wrong
