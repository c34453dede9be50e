"""A server that keeps its state in a directory is killed again and again, while the story of a schedule is told.

Its server of the directory is killed with it, by the system. Nothing that was acknowledged may be lost, the story must
be the undisturbed one, and after each kill the server must answer soon.
"""

import random
import threading
from collections import Counter
from difflib import unified_diff
from pathlib import Path
from time import perf_counter
from typing import Any

from redis import Redis
from redis.exceptions import RedisError

from beanpole.clock import sleep
from beanpole.store import keys
from chaos import schedule
from chaos.client import Answer, ask, form
from chaos.parties import MODULE, Party, until
from chaos.storm import PATIENCE
from clients_environment import environment
from settings_of_processes import free_port

RECOVERY = 5.0  # seconds within which a server that was killed must answer again


class Kept:
    """A server with its directory, and what was seen: `counts`, `recoveries` in seconds, and `wrong`."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.counts: Counter[str] = Counter()
        self.recoveries: list[float] = []
        self.wrong: list[str] = []
        self._chance = random.Random(seed)
        port, data = free_port(), folder / "data"
        argv = [*MODULE, "serve", "--port", str(port), "--control-token", "secret", "--companion", "off"]
        self.party = Party("kept", folder, [*argv, "--speed", "instant", "--data", str(data)], environment(), port)
        self._redis = Redis.from_url(f"unix://{data.absolute()}/valkey.sock")
        self._quiet = threading.Lock()
        until(self._answers, "the server answers")

    def play(self, kills: int, pause: tuple[float, float], stories: int) -> None:
        """Tell the story undisturbed, then again and again while the server is killed so many times."""
        undisturbed, over = schedule.tell(self), threading.Event()
        assert undisturbed
        killing = threading.Thread(target=self._kill_often, args=(kills, pause, over))
        killing.start()
        try:
            while not over.is_set() or self.counts["stories"] < stories:
                told = schedule.tell(self)
                self.counts["stories" if told else "stories given up, since an id was drawn twice"] += 1
                if told and told != undisturbed:
                    differs = "\n".join(unified_diff(undisturbed.splitlines(), told.splitlines(), n=1, lineterm=""))
                    self.wrong.append(f"the story is another one: {differs[:3000]}")
        finally:
            over.set()
            killing.join()

    def close(self) -> None:
        """End the server, which must end well."""
        if (status := self.party.end()) != 0:
            self.wrong.append(f"it ended with {status}: {self.party.said()[-2000:]}")
        if "Traceback" in self.party.said():
            self.wrong.append(self.party.said()[-4000:])
        self._redis.close()

    def call(self, sent: bytes, what: str, party: Party | None = None) -> Answer:
        """The answer of the server; none where it was killed meanwhile."""
        answer, wrong = self.party.ask(sent, what)
        self.wrong += wrong
        self.counts["calls"] += 1
        if not answer.status:
            sleep(0.02)
        return answer

    def sure(self, sent: bytes) -> Answer:
        """The answer to a read, which is repeated until it is one."""
        begun = perf_counter()
        while (answer := self.call(sent, "a read")).status != 200:
            assert perf_counter() - begun < PATIENCE, f"{sent[:200]!r} is answered {answer}"
        return answer

    def calm(self) -> None:
        """Wait until the server is up, so that what was on its way has arrived or never will."""
        with self._quiet:
            sleep(0.05)

    def set_draws(self, account: str, number: int) -> None:
        """Have an account draw its next ids from there."""
        self._on_redis("hset", keys.clock(account), "draws", number)

    def draws(self, account: str) -> int:
        """How often an account has drawn ids."""
        return int(self._on_redis("hget", keys.clock(account), "draws"))

    def _on_redis(self, command: str, *arguments: Any) -> Any:
        while True:
            try:
                return getattr(self._redis, command)(*arguments)
            except RedisError:
                sleep(0.02)

    def _kill_often(self, kills: int, pause: tuple[float, float], over: threading.Event) -> None:
        """Kill the server at random instants; sometimes while it is still starting."""
        for _ in range(kills):
            if over.wait(self._chance.uniform(*pause)):
                return
            with self._quiet:
                self.party.kill()
                self._start_and_measure()
        over.set()

    def _start_and_measure(self) -> None:
        begun = perf_counter()
        self.party.start()
        until(self._answers, "it answers after a kill")
        self.recoveries.append(perf_counter() - begun)
        self.party.down = False
        self.counts["kills"] += 1

    def _answers(self) -> bool:
        answered = ask(self.party.port, form("DescribeApplications", schedule.ACCOUNT)).status == 200
        self.party.down = self.party.down and not answered
        return answered


def run(folder: Path, kills: int, seed: int, pause: tuple[float, float] = (0.05, 1.0), stories: int = 1) -> Kept:
    """Tell and kill; what was seen."""
    kept = Kept(folder, seed)
    try:
        kept.play(kills, pause, stories)
    finally:
        kept.close()
    slow = [taken for taken in kept.recoveries if taken > RECOVERY]
    if slow:
        kept.wrong.append(f"recoveries took {slow} s")
    return kept
