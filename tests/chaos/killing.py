"""Processes are killed again and again, while the story of a schedule is told to their server.

Nothing that was acknowledged may be lost, the story must be the undisturbed one, and after each kill the server must
soon answer and time must soon pass.
"""

import json
import random
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from difflib import unified_diff
from time import perf_counter
from typing import Any, NamedTuple

from redis import Redis
from redis.exceptions import RedisError

from beanpole.machine.clock import sleep
from beanpole.store import keys
from chaos import client, schedule
from chaos.client import JSON, Answer, ask, form, request
from chaos.companions import Companions
from chaos.parties import Party, complaints, until

RECOVERY = 5.0  # seconds from the start of what was killed until its server answers, and a clock moves
PROBE = "333333333333"  # the account whose clock is moved after each kill


class Crew(NamedTuple):
    """Processes of one world: `front` answers calls, `redis` reads its store, and each victim is killed by a function.

    That function starts what it has killed, too, and returns the seconds of the recovery. `companions` calls other
    services meanwhile.
    """

    front: Party
    parties: list[Party]
    redis: Redis
    victims: Mapping[str, Callable[["Killing"], float]]
    companions: Companions | None = None


class Killing:
    """A run on a crew: `counts`, `recoveries` in seconds by victim, and `wrong`, its violations."""

    def __init__(self, crew: Crew, seed: int) -> None:
        self.counts: Counter[str] = Counter()
        self.recoveries: dict[str, list[float]] = {name: [] for name in crew.victims}
        self.wrong: list[str] = []
        self.chance = random.Random(seed)
        self._crew = crew
        self._quiet = threading.Lock()
        until(self.answers, "the server answers")
        clock = json.dumps({"mode": "manual"}).encode()
        assert ask(crew.front.port, request("PUT", "/_beanpole/clock", clock, JSON, PROBE)).status == 200
        until(self._moves, "a clock moves")

    def play(self, kills: int, pause: tuple[float, float], stories: int) -> None:
        """Tell the story undisturbed, then again and again while so many kills happen."""
        undisturbed, over = schedule.tell(self), threading.Event()
        assert undisturbed
        companions = self._crew.companions
        threads = [threading.Thread(target=self._kill_often, args=(kills, pause, over))]
        threads += [threading.Thread(target=companions.run, args=(over,))] if companions else []
        for thread in threads:
            thread.start()
        try:
            while not over.is_set() or self.counts["stories"] < stories:
                story = schedule.tell(self)
                self.counts["stories" if story else "stories given up, since an id was drawn twice"] += 1
                if story and story != undisturbed:
                    differs = "\n".join(unified_diff(undisturbed.splitlines(), story.splitlines(), n=1, lineterm=""))
                    self.wrong.append(f"the story is another one: {differs[:3000]}")
        finally:
            over.set()
            for thread in threads:
                thread.join()
        if companions:
            self.wrong += companions.violations()
            self.counts["acknowledged calls of other services"] = companions.acknowledged

    def close(self) -> None:
        """End the processes, which must end well; and hold the recoveries to their bound."""
        self.wrong += complaints(self._crew.parties)
        for party in self._crew.parties:
            if party.process.poll() is None and (status := party.end()) != 0:
                self.wrong.append(f"{party.name} ended with {status}: {party.stderr()[-2000:]}")
        self._crew.redis.close()
        for victim, recoveries in self.recoveries.items():
            if slow := [seconds for seconds in recoveries if seconds > RECOVERY]:
                self.wrong.append(f"recoveries after a kill of {victim} took {slow} s")

    def call(self, sent: bytes, what: str, party: Party | None = None) -> Answer:
        """The answer of the server; `NONE` if it was killed during the call."""
        answer, wrong = self._crew.front.ask(sent, what)
        self.wrong += wrong
        self.counts["calls"] += 1
        if answer.status != 200:
            sleep(0.02)
        return answer

    def sure(self, sent: bytes) -> Answer:
        """The answer to a read, which is repeated until it is one."""
        return client.sure(lambda sent: self.call(sent, "a read"), sent)

    def calm(self) -> None:
        """Wait until everything is up, so that what was on its way has arrived or never will."""
        with self._quiet:
            sleep(0.05)

    def set_draws(self, account: str, number: int) -> None:
        """Set the number from which an account draws its next ids."""
        self._on_redis("hset", keys.clock(account), "draws", number)

    def draws(self, account: str) -> int:
        """The number of id streams that an account has drawn."""
        return int(self._on_redis("hget", keys.clock(account), "draws"))

    def recovery(self, what: str) -> float:
        """Seconds from now until the server answers and a clock moves."""
        begun = perf_counter()
        until(self.answers, f"it answers after a kill of {what}")
        until(self._moves, f"a clock moves after a kill of {what}")
        return perf_counter() - begun

    def answers(self) -> bool:
        """Tell whether the server answers a read; then it is no longer down."""
        front = self._crew.front
        answered = ask(front.port, form("DescribeApplications", schedule.ACCOUNT)).status == 200
        front.down = front.down and not answered
        return answered

    def _moves(self) -> bool:
        """Tell whether a worker moves a clock: no killed worker holds it any more."""
        body = json.dumps({"seconds": 1}).encode()
        return ask(self._crew.front.port, request("POST", "/_beanpole/clock/advance", body, JSON, PROBE)).status == 200

    def _on_redis(self, command: str, *arguments: Any) -> Any:
        while True:
            try:
                return getattr(self._crew.redis, command)(*arguments)
            except RedisError:
                sleep(0.02)

    def _kill_often(self, kills: int, pause: tuple[float, float], over: threading.Event) -> None:
        """Kill at random instants; sometimes while what was killed before is still starting."""
        victims = list(self._crew.victims)
        for number in range(kills):
            if over.wait(self.chance.uniform(*pause)):
                return
            victim = victims[number] if number < len(victims) else self.chance.choice(victims)
            with self._quiet:
                self.recoveries[victim].append(self._crew.victims[victim](self))
            self.counts["kills"] += 1
            self.counts[f"kills of {victim}"] += 1
        over.set()


def run(crew: Crew, kills: int, seed: int, pause: tuple[float, float], stories: int) -> Killing:
    """Tell the story and kill processes; returns the run, whose processes have ended."""
    killing = None
    try:
        killing = Killing(crew, seed)
        killing.play(kills, pause, stories)
    finally:
        if killing:
            killing.close()
        for party in crew.parties:
            if party.process.poll() is None:
                party.kill()
    return killing
