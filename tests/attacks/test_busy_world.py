"""A world that changes all the time is exported as it was at one moment."""

from collections.abc import Iterator
from threading import Event, Thread

import pytest

from beanpole import catalog
from beanpole.api.app import create_app
from beanpole.clock import real_now
from beanpole.credential import DEFAULT_ACCOUNT
from beanpole.model.clock import Clock
from beanpole.store import world_check
from beanpole.store.store import Store
from beanpole_workers.play import jobs
from environments import STACK
from servers import empty_redis

ENVIRONMENTS = 20
LOOKS = 5
BOUND = 5_000  # milliseconds for a look, on a busy machine


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
            assert real_now() - begun < BOUND
            looks.append(world_check.decode(answer.data, DEFAULT_ACCOUNT))
    finally:
        ended.set()
        worker.join()
    events = [len(look.regions["us-east-1"].events) for look in looks]
    assert events == sorted(events)
    assert all(len(look.regions["us-east-1"].environments) == ENVIRONMENTS for look in looks)
