"""The lag of a server compared with that of the machine: a bare process does some work for each ping."""

import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import closing, suppress
from time import perf_counter

from redis import Redis
from redis.exceptions import RedisError

BOUND = 250  # milliseconds for which a process may be deaf on a machine that has nothing else to do
WORK = 10  # milliseconds of processor time for each ping, about what an answer takes at first
BARE = f"""
import socket, time
listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
peer, _ = listener.accept()
while peer.recv(1):
    until = time.thread_time() + {WORK / 1000}
    while time.thread_time() < until:
        pass
    peer.sendall(b"x")
"""


class Lag:
    """A bare process beside the others; `longest` is the longest deafness in milliseconds, `ratio` in bare pings.

    A Redis that waits for its disk keeps its servers waiting: it is pinged, too, and that wait is not theirs.
    """

    def __init__(self, redis: Redis | None = None) -> None:
        self._redis = redis
        self.longest = self.ratio = self.slowest = 0
        self.wrong: list[str] = []
        self._process = subprocess.Popen([sys.executable, "-c", BARE], stdout=subprocess.PIPE)
        assert self._process.stdout is not None
        self._socket = socket.create_connection(("127.0.0.1", int(self._process.stdout.readline())))

    def measure(self, answers: Callable[[], bool], since: float | None = None) -> None:
        """Ask until there is an answer; more than `BOUND`, times as slow as the machine is meanwhile, is wrong."""
        begun = perf_counter() if since is None else since
        pings: list[float] = []
        stalls: list[float] = [0.0]
        over = threading.Event()
        pinging = threading.Thread(target=self._ping, args=(pings, stalls, over))
        pinging.start()
        try:
            while not answers() and perf_counter() - begun < 60:
                over.wait(0.005)
            deaf = (perf_counter() - begun) * 1000
        finally:
            over.set()
            pinging.join()
        slowness = max(1.0, max(pings) / WORK)
        if deaf - max(stalls) > BOUND * slowness:
            beside = f"a bare ping took {max(pings):.0f} ms, and one of Redis {max(stalls):.0f} ms"
            self.wrong.append(f"deaf for {deaf:.0f} ms, while {beside}")
        if deaf > self.longest:
            self.longest, self.ratio = round(deaf), round(deaf / max(pings))
        self.slowest = max(self.slowest, round(max(pings)))

    def _ping(self, pings: list[float], stalls: list[float], over: threading.Event) -> None:
        while not over.is_set() or not pings:
            begun = perf_counter()
            self._socket.sendall(b"x")
            self._socket.recv(1)
            pings.append((perf_counter() - begun) * 1000)
            if self._redis is not None:
                begun = perf_counter()
                with suppress(RedisError):
                    self._redis.ping()
                stalls.append((perf_counter() - begun) * 1000)

    def close(self) -> None:
        """End it."""
        with closing(self._socket):
            self._process.kill()
            self._process.wait()
        if self._process.stdout:
            self._process.stdout.close()
