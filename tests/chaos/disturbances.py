"""The random disturbances of Redis, of the network and of the processes, each with a name."""

import random
import resource
from collections.abc import Callable
from threading import Event
from typing import TYPE_CHECKING

from redis.exceptions import RedisError

from beanpole.machine.clock import sleep
from chaos.client import ask, request
from chaos.parties import Party

if TYPE_CHECKING:
    from chaos.storm import Storm

UNLIMITED = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
MOMENT = (0.02, 0.4)  # seconds for which something is frozen
LONG = 6.5  # seconds: longer than any process waits for an answer of Redis
SELDOM = 0.05  # of the freezes, which are long
DELAY = 0.05  # seconds by which a slow network is late


def kill_redis(storm: "Storm", chance: random.Random) -> None:
    """Redis dies and comes back after a moment; it keeps what it acknowledged."""
    storm.redis.kill()
    sleep(chance.choice([0, 0, 0, 0.3]))
    storm.redis.start()


def freeze_redis(storm: "Storm", chance: random.Random) -> None:
    """Redis stops for a moment."""
    storm.redis.freeze()
    sleep(_moment(chance))
    storm.redis.thaw()


def cut_network(storm: "Storm", chance: random.Random) -> None:
    """Every connection to Redis breaks."""
    storm.proxy.cut()


def freeze_network(storm: "Storm", chance: random.Random) -> None:
    """No byte passes between Redis and the processes."""
    storm.proxy.freeze()
    sleep(_moment(chance))
    if chance.random() < 0.5:
        storm.proxy.cut()
    storm.proxy.thaw()


def delay_network(storm: "Storm", chance: random.Random) -> None:
    """Every byte between Redis and the processes is late."""
    storm.proxy.delay(DELAY)
    sleep(_moment(chance))
    storm.proxy.delay(0)


def fill_memory(storm: "Storm", chance: random.Random) -> None:
    """Redis refuses what would take memory."""
    storm.redis.client.config_set("maxmemory", 1)
    sleep(_moment(chance))
    storm.redis.client.config_set("maxmemory", 0)


def fill_disk(storm: "Storm", chance: random.Random) -> None:
    """Redis cannot write any more: it refuses writes, or ends because it may not acknowledge what it cannot keep."""
    pid = storm.redis.process.pid
    patient = chance.random() < 0.5
    if patient:
        storm.redis.client.config_set("appendfsync", "everysec")
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (storm.redis.written(), resource.RLIM_INFINITY))
    sleep(_moment(chance))
    try:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, UNLIMITED)
        if patient:
            storm.redis.client.config_set("appendfsync", "always")
    except (ProcessLookupError, RedisError):
        pass
    if storm.redis.ended():
        storm.redis.start()


def kill_api(storm: "Storm", chance: random.Random) -> None:
    """A server dies, with all its processes."""
    _again(storm, chance.choice(storm.apis), Party.kill)


def kill_child(storm: "Storm", chance: random.Random) -> None:
    """A process of gunicorn dies; gunicorn starts another."""
    for party in storm.apis:
        if not party.down and party.kill_child(chance.choice):
            return


def kill_worker(storm: "Storm", chance: random.Random) -> None:
    """A worker dies."""
    _again(storm, chance.choice(storm.workers), Party.kill)


def kill_embedded(storm: "Storm", chance: random.Random) -> None:
    """The server that has its world in memory dies; its successor has an empty world."""
    _again(storm, storm.alone, Party.kill)


def end_one(storm: "Storm", chance: random.Random) -> None:
    """A process gets SIGTERM, and ends with status 0."""

    def end(party: Party) -> None:
        status = party.end()
        if status:
            storm.wrong.append(f"{party.name} got SIGTERM, and ended with {status}: {party.stderr()[-500:]}")

    ready = [party for party in storm.parties if not party.down and party.listens_to_signals()]
    if ready:
        _again(storm, chance.choice(ready), end)


def freeze_one(storm: "Storm", chance: random.Random) -> None:
    """A process stops for a moment."""
    party = chance.choice(storm.parties)
    party.freeze()
    sleep(_moment(chance))
    party.thaw()


def _again(storm: "Storm", party: Party, end: Callable[[Party], None]) -> None:
    if party.down and party.port and not answers(party):
        return  # it is still starting
    end(party)
    party.start()


def _moment(chance: random.Random) -> float:
    return LONG if chance.random() < SELDOM else chance.uniform(*MOMENT)


def answers(party: Party) -> bool:
    """Tell whether a server answers a read; then it is no longer down."""
    answered = ask(party.port, request("GET", "/_beanpole/clock")).status == 200
    if answered:
        party.down = False
    return answered


Disturbance = Callable[["Storm", random.Random], None]
# How often each is drawn. Those that kill come first; how they are counted is their name.
DISTURBANCES: dict[Disturbance, int] = {
    kill_redis: 6,
    kill_child: 5,
    kill_worker: 3,
    kill_api: 2,
    kill_embedded: 1,
    fill_disk: 1,
    end_one: 1,
    freeze_redis: 1,
    freeze_one: 1,
    freeze_network: 1,
    delay_network: 1,
    cut_network: 2,
    fill_memory: 1,
}
KILLS = (kill_redis, kill_child, kill_worker, kill_api, kill_embedded)


def disturb(storm: "Storm", over: Event, pause: tuple[float, float]) -> None:
    """Disturb until it is over; after each disturbance every server must soon answer again."""
    chance = random.Random(storm.seed)
    while not over.wait(chance.uniform(*pause)):
        (what,) = chance.choices(list(DISTURBANCES), list(DISTURBANCES.values()))
        with storm.disturbing:
            what(storm, chance)
        storm.counts[what.__name__.replace("_", " ")] += 1
        storm.must_answer()
