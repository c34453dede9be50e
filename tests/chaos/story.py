"""Processes and their network are killed, cut and frozen at random while clients call; the laws hold all the same."""

import http.client
import random
import re
import socket
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from urllib.parse import urlencode

from beanpole.clock import real_now, sleep
from chaos.proxy import Proxy
from clients_environment import environment
from environments import STACK
from killable import Server
from settings_of_processes import free_port

BOUND = 60_000  # milliseconds until the world is whole again
HONEST = {0, 200, 400, 403, 503}  # of a call; 0 is no answer, since the process was killed
MOST_ENVIRONMENTS = 20
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class Chaos:
    """One run. `counts` says what was done, `wrong` what should not have happened."""

    def __init__(self, folder: str, seed: int) -> None:
        self.counts: Counter[str] = Counter()
        self.wrong: list[str] = []
        self._random = random.Random(seed)
        self._redis = Server(Path(folder))
        self._proxy = Proxy(f"{folder}/redis.sock")
        self._ports = [free_port(), free_port()]
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._kept: set[str] = set()
        self._launched: set[str] = set()
        for name in ("api-0", "api-1", "worker-0", "worker-1"):
            self._start(name)

    def _start(self, name: str) -> None:
        kind, _, number = name.partition("-")
        serve = ["serve", "--speed", "instant", "--port", str(self._ports[int(number)])]
        argv = [sys.executable, "-m", "beanpole", *(serve if kind == "api" else ["worker"])]
        argv += ["--redis", self._proxy.url]
        quiet = subprocess.DEVNULL
        self._processes[name] = subprocess.Popen(argv, env=environment(), stdout=quiet, stderr=quiet)

    def call(self, number: int, action: str, **parameters: str) -> tuple[int, str]:
        """The status and the text of an answer; (0, "") if there was none."""
        body = urlencode({"Action": action, "Version": "2010-12-01", **parameters})
        try:
            with closing(http.client.HTTPConnection("127.0.0.1", self._ports[number], timeout=30)) as connection:
                connection.request("POST", "/", body, FORM)
                answer = connection.getresponse()
                status, text = answer.status, answer.read().decode()
        except (OSError, http.client.HTTPException):
            status, text = 0, ""
        self.counts["calls"] += 1
        if status not in HONEST:
            self.wrong.append(f"{action} was answered {status}: {text[:300]}")
        return status, text

    def play(self, seconds: float) -> None:
        """Disturb and call for so long, then hold what is left to the laws."""
        self._until(lambda: all(self.call(number, "DescribeApplications")[0] == 200 for number in (0, 1)), "it answers")
        self._until(lambda: self.call(0, "CreateApplication", ApplicationName="shop")[0] in (200, 400), "a shop")
        over = threading.Event()
        disturbing = threading.Thread(target=self._disturb, args=(over,))
        disturbing.start()
        begun, rounds = real_now(), 0
        with ThreadPoolExecutor(4) as pool:
            while real_now() - begun < seconds * 1000:
                self._race(pool, f"race-{rounds}")
                self._garbage(rounds % 2)
                self._raw(rounds % 2)
                rounds += 1
        over.set()
        disturbing.join()
        self._must_be_whole()

    def _race(self, pool: ThreadPoolExecutor, name: str) -> None:
        """The same creation from several threads on both processes: at most one is told that it did it."""
        racers = [pool.submit(self.call, n % 2, "CreateApplication", ApplicationName=name) for n in range(4)]
        won = sum(racer.result()[0] == 200 for racer in racers)
        self.counts["races"] += 1
        if won > 1:
            self.wrong.append(f"{won} calls created {name}")
        if won:
            self._kept.add(name)
        if len(self._launched) < MOST_ENVIRONMENTS:
            more = {"EnvironmentName": f"web-{self.counts['races']}", "SolutionStackName": STACK}
            if self.call(0, "CreateEnvironment", ApplicationName="shop", **more)[0] == 200:
                self._launched.add(more["EnvironmentName"])

    def _garbage(self, number: int) -> None:
        """A form of random bytes, which is refused."""
        body = self._random.randbytes(self._random.randrange(1, 200))
        try:
            with closing(http.client.HTTPConnection("127.0.0.1", self._ports[number], timeout=30)) as connection:
                connection.request("POST", "/", body, FORM)
                status = connection.getresponse().status
        except (OSError, http.client.HTTPException):
            status = 0
        self.counts["fuzzed requests"] += 1
        if status not in HONEST - {200}:
            self.wrong.append(f"{body!r} was answered {status}")

    def _raw(self, number: int) -> None:
        """Random bytes instead of a request, or of its end: they are refused, and nothing comes of them."""
        begin = self._random.choice(
            [b"", b"POST / HTTP/1.1\r\nHost: localhost\r\n", b"GET /_beanpole/clock HTTP/1.1\r\n"]
        )
        sent = begin + self._random.randbytes(self._random.randrange(1, 200)) + b"\r\n\r\n"
        try:
            with socket.create_connection(("127.0.0.1", self._ports[number]), timeout=30) as connection:
                connection.sendall(sent)
                connection.shutdown(socket.SHUT_WR)
                answer = connection.recv(1000)
        except OSError:
            answer = b""
        self.counts["fuzzed requests"] += 1
        if answer and answer.split(b" ", 2)[1:2] not in ([b"400"], [b"403"], [b"503"]):
            self.wrong.append(f"{sent!r} was answered {answer[:100]!r}")

    def _disturb(self, over: threading.Event) -> None:
        chance = random.Random(self._random.random())
        while not over.wait(chance.uniform(0.1, 0.5)):
            what = chance.choice(["redis", "network cut", "network frozen", "redis full", *self._processes])
            if what == "redis":
                self._redis.kill()
                self._redis.start()
            elif what == "network cut":
                self._proxy.cut()
            elif what == "network frozen":
                self._proxy.freeze()
                over.wait(chance.uniform(0.05, 0.5))
                self._proxy.thaw()
            elif what == "redis full":
                self._redis.client.config_set("maxmemory", 1)
                over.wait(0.1)
                self._redis.client.config_set("maxmemory", 0)
            else:
                self._kill(what)
                self._start(what)
            kind = what.partition("-")[0]
            self.counts[what if " " in what else f"kills of {kind}"] += 1

    def _kill(self, name: str) -> None:
        self._processes[name].kill()
        self._processes[name].wait()

    def _must_be_whole(self) -> None:
        """All that was acknowledged is there once, seen alike by both processes, and every environment is Ready."""
        for number in (0, 1):
            self._until(lambda number=number: self.call(number, "DescribeApplications")[0] == 200, "it answers again")
            names = Counter(re.findall("<ApplicationName>(.*?)<", self.call(number, "DescribeApplications")[1]))
            self.wrong += [f"{name} is lost" for name in self._kept - names.keys()]
            self.wrong += [f"{name} is there {count} times" for name, count in names.items() if count > 1]
        self._until(self._all_ready, "every environment is Ready")

    def _all_ready(self) -> bool:
        text = self.call(0, "DescribeEnvironments")[1]
        there = re.findall("<EnvironmentName>(.*?)<", text)
        return self._launched <= set(there) and text.count("<Status>Ready</Status>") == len(there)

    def _until(self, true: Callable[[], bool], what: str) -> None:
        begun = real_now()
        while not true():
            assert real_now() - begun < BOUND, f"{what}: not within {BOUND} ms; {self.wrong}"
            sleep(0.05)

    def close(self) -> None:
        """End all processes."""
        for name in self._processes:
            self._kill(name)
        self._proxy.close()
        self._redis.close()


def run(seconds: float, seed: int) -> tuple[Counter[str], list[str]]:
    """What was done in so many seconds of disturbance, and what went wrong."""
    with tempfile.TemporaryDirectory(prefix="beanpole-chaos-") as folder:
        chaos = Chaos(folder, seed)
        try:
            chaos.play(seconds)
        finally:
            chaos.close()
    return chaos.counts, chaos.wrong
