"""A world that changes all the time is exported as it was at one moment."""

import json
import subprocess
from collections.abc import Iterator
from threading import Event, Thread
from urllib.parse import urlencode
from urllib.request import urlopen

import pytest

from beanpole.api.app import create_app
from beanpole.caller.credential import DEFAULT_ACCOUNT
from beanpole.catalog import catalog
from beanpole.machine.clock import real_now, sleep
from beanpole.model.time.clock import Clock
from beanpole.store import world_check
from beanpole.store.store import Store
from beanpole_workers.play import jobs
from clients_environment import environment
from environments import STACK
from programs import Program
from promptness import slowness
from servers import empty_redis, redis_server, worker_processes
from settings_of_processes import free_port

ENVIRONMENTS = 20
LOOKS = 5
BOUND = 5_000  # milliseconds for a look, on a busy machine
MEDIAN = 1_000  # milliseconds for the half of all looks


@pytest.fixture(params=["fakeredis", "redis"])
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    """A store in which environments are launched as fast as it can."""
    with empty_redis(request) as redis:
        yield Store(redis, Clock(speed=600))


def test_a_world_in_which_everything_launches_is_read_at_once_and_could_go_on(store: Store) -> None:
    api = create_app(store, catalog.load()).test_client()
    api.post("/", data={"Action": "CreateApplication", "ApplicationName": "shop"})
    for number in range(ENVIRONMENTS):
        named = {"ApplicationName": "shop", "EnvironmentName": f"shop-{number}", "SolutionStackName": STACK}
        assert api.post("/", data={"Action": "CreateEnvironment", **named}).status_code == 200
    ended = Event()

    def work() -> None:
        while not ended.is_set():
            members, _ = store.due.pop(real_now(), 100, 2000)
            jobs.play(store, catalog.load(), members)

    worker = Thread(target=work)
    worker.start()
    try:
        looks = []
        for _ in range(LOOKS):
            begun = real_now()
            answer = api.get("/_beanpole/state")
            assert answer.status_code == 200
            assert real_now() - begun < BOUND * slowness()
            looks.append(world_check.decode(answer.data, DEFAULT_ACCOUNT))
    finally:
        ended.set()
        worker.join()
    events = [len(look.regions["us-east-1"].events) for look in looks]
    assert events == sorted(events)
    assert all(len(look.regions["us-east-1"].environments) == ENVIRONMENTS for look in looks)


@pytest.mark.merge
@pytest.mark.parametrize("workers", [0, 2], ids=["embedded", "redis"])
def test_a_hundred_launches_are_read_within_a_second(workers: int) -> None:
    """By a server of its own, over a socket, while its workers, or those beside it, launch; it took 18 seconds once."""
    with redis_server() as url, worker_processes(url, workers):
        port = free_port()
        command = ["serve", "--port", str(port), *(["--redis", url] if workers else [])]
        with Program(command, env=environment(), stdout=subprocess.DEVNULL) as server:
            try:
                times = _looks(f"http://127.0.0.1:{port}")
            finally:
                server.terminate()
    assert sorted(times)[len(times) // 2] < MEDIAN * slowness()


def _looks(server: str) -> list[int]:
    """The milliseconds of each look at a world in which a hundred environments launch."""
    begun = real_now()
    while not _answers(server):
        assert real_now() - begun < BOUND * 4
        sleep(0.02)
    _post(server, Action="CreateApplication", ApplicationName="shop")
    for number in range(100):
        named = {"ApplicationName": "shop", "EnvironmentName": f"shop-{number}", "SolutionStackName": STACK}
        _post(server, Action="CreateEnvironment", **named)
    times = []
    for _ in range(11):
        begun = real_now()
        with urlopen(f"{server}/_beanpole/state", timeout=BOUND / 1000) as answer:
            state = json.loads(answer.read())
        times.append(real_now() - begun)
        assert len(state["regions"]["us-east-1"]["environments"]) == 100
    return times


def _answers(server: str) -> bool:
    try:
        with urlopen(f"{server}/_beanpole/health", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def _post(server: str, **parameters: str) -> None:
    with urlopen(server, urlencode(parameters).encode(), timeout=BOUND / 1000) as answer:
        assert answer.status == 200
