"""Many fleets that are deployed to at once, and one great fleet that is rolled over an instance at a time."""

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter

from flask.testing import FlaskClient
from rq import Worker

from beanpole.api.app import create_app
from beanpole.catalog.catalog import Catalog
from beanpole.model.time.clock import Clock
from beanpole.store import keys, state_format
from beanpole.store.connection import connect
from beanpole.store.store import Store
from beanpole.testing import Beanstalk
from bench import bare_worker
from bench.processes import APPLICATION, HEADERS, form
from bench.row import Row
from servers import redis_server

ACCOUNT, REGION = "123456789012", "us-east-1"
ENVIRONMENTS, INSTANCES, WORKERS = 1_000, 10, 2
IN_TIME, LAGS = 250, 5  # milliseconds, and how many times the lag of a bare job
ROOMY = Catalog(overrides={"quotas": {"environments": 10 * ENVIRONMENTS}})
PATIENCE = 120


def rolling_in_time() -> Iterator[Row]:
    """All environments rolled over at once at sixty times the real pace: how late its due instants are worked.

    Beside the workers a bare timer thread enqueues jobs that do nothing. An instant is worked in time within `IN_TIME`,
    or within so many times the lag of that, like with like: what 99 % of the bare jobs do not exceed.
    """
    with _environments() as (store, http, url):
        store.clocks.set(ACCOUNT, Clock(speed=60.0))
        with _workers(url) as late, bare_worker.running(url) as floor:
            _deploy(store, http)
        bound = max(IN_TIME, LAGS * bare_worker.share(floor.executed, 0.99))
        fleets = f"{ENVIRONMENTS:,} fleets of {INSTANCES} rolling"
        figure = f"median {bare_worker.share(late, 0.5)} ms, 99 % {bare_worker.share(late, 0.99)} ms, of {len(late):,}"
        in_time = 100 * sum(milliseconds <= bound for milliseconds in late) / len(late)
        work = f"due instants worked within {IN_TIME} ms or {LAGS} x the bare lag, {fleets}"
        yield Row(work, figure, f"{floor}", in_time, 99, "%")
        within = 100 * sum(milliseconds <= IN_TIME for milliseconds in late) / len(late)
        bare = 100 * sum(milliseconds <= IN_TIME for milliseconds in floor.executed) / len(floor.executed)
        work = f"due instants worked within {IN_TIME} ms, beside the bare jobs, {fleets}"
        yield Row(work, f"{within:.1f} %", f"{bare:.1f} %", within / bare, 0.99, "x")


def rolling_at_once() -> Iterator[Row]:
    """The same where nothing takes time."""
    with _environments() as (store, http, url), _workers(url):
        spent = _deploy(store, http)
        rate = ENVIRONMENTS / spent
        yield Row(f"fleets of {INSTANCES} rolled over, instant", f"{rate:,.0f}/s", "", rate, 50, "fleets/s")


def cost_of_a_step() -> Iterator[Row]:
    """One fleet rolled over in batches of 1: what a step of a great one costs beside a step of a small one."""
    small, great = _step_of(50), _step_of(1_000)
    figure = f"{great * 1000:.2f} ms of 1,000"
    yield Row("a step of a rolling fleet", figure, f"{small * 1000:.2f} ms of 50", great / small, 1.5, "x", most=True)


@contextmanager
def _environments() -> Iterator[tuple[Store, FlaskClient, str]]:
    """So many environments of so many instances, Ready, on a Redis of their own whose clock is at `instant`."""
    with redis_server() as url:
        store = Store(connect(url), Clock(speed="instant"))
        state_format.settle(store.redis)
        http = create_app(store, ROOMY).test_client()
        with _workers(url):
            _call(http, "CreateApplication", ApplicationName=APPLICATION)
            for label in ("v1", "v2"):
                _call(http, "CreateApplicationVersion", ApplicationName=APPLICATION, VersionLabel=label)
            for number in range(ENVIRONMENTS):
                _create(http, f"env-{number:05}", INSTANCES, "30", "Percentage")
            _settle(store, "v1")
        yield store, http, url


def _deploy(store: Store, http: FlaskClient) -> float:
    """Ask every environment for the other version; the seconds until nothing is due any more."""
    began = perf_counter()
    for number in range(ENVIRONMENTS):
        _call(http, "UpdateEnvironment", EnvironmentName=f"env-{number:05}", VersionLabel="v2")
    _settle(store, "v2")
    return perf_counter() - began


@contextmanager
def _workers(url: str) -> Iterator[list[int]]:
    """Workers, and how late they were in milliseconds, known once they have ended."""
    late: list[int] = []
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder) / str(number) for number in range(WORKERS)]
        command = [sys.executable, "-m", "bench.timed_worker", url]
        crew = [subprocess.Popen([*command, str(file)], cwd=bare_worker.FOLDER) for file in files]
        try:
            _wait(lambda: Worker.count(connection=connect(url)) == WORKERS)
            yield late
        finally:
            for worker in crew:
                worker.terminate()
            for worker in crew:
                worker.wait()
        late += [int(line) for file in files for line in file.read_text().split()]


def _step_of(instances: int) -> float:
    """Seconds that a due instant costs in the middle of the roll."""
    world = Beanstalk()
    http = world.app.test_client()
    _call(http, "CreateApplication", ApplicationName=APPLICATION)
    for label in ("v1", "v2"):
        _call(http, "CreateApplicationVersion", ApplicationName=APPLICATION, VersionLabel=label)
    _create(http, "env-00000", instances, "1", "Fixed")
    world.until_ready("env-00000")
    _call(http, "UpdateEnvironment", EnvironmentName="env-00000", VersionLabel="v2")
    world.advance(60)
    spent, played = 0.0, 0
    while played < 100 and (due := world.store.due.next_manual(ACCOUNT, world.now + 10**9)) is not None:
        ahead = (due[1] - world.now) / 1000
        began = perf_counter()
        world.advance(ahead)
        spent += perf_counter() - began
        played += 1
    return spent / played


def _create(http: FlaskClient, name: str, instances: int, batch: str, batch_type: str) -> None:
    scaling, command = "aws:autoscaling:asg", "aws:elasticbeanstalk:command"
    options = [
        (scaling, "MinSize", str(instances)),
        (scaling, "MaxSize", str(instances)),
        ("aws:elasticbeanstalk:environment", "LoadBalancerType", "application"),
        (command, "DeploymentPolicy", "Rolling"),
        (command, "BatchSize", batch),
        (command, "BatchSizeType", batch_type),
    ]
    settings = {
        f"OptionSettings.member.{number}.{word}": value
        for number, option in enumerate(options, 1)
        for word, value in zip(("Namespace", "OptionName", "Value"), option, strict=True)
    }
    stack = next(stack.name for stack in ROOMY.platforms.stacks if "Python 3" in stack.name)
    named = {"ApplicationName": APPLICATION, "EnvironmentName": name, "VersionLabel": "v1"}
    _call(http, "CreateEnvironment", SolutionStackName=stack, **named, **settings)


def _call(http: FlaskClient, action: str, **parameters: str) -> None:
    answer = http.post("/", data=form(action, **parameters), headers=HEADERS)
    assert answer.status_code == 200, answer.text


def _settle(store: Store, version_label: str) -> None:
    """Wait until nothing is due any more, which costs Redis nothing, and see that all went well."""
    _wait(lambda: store.redis.zcard(keys.DUE) + store.redis.zcard(keys.LEASED) == 0)
    environments = store.world(ACCOUNT, REGION).environments()
    assert {(environment.status, environment.version_label) for environment in environments} == {
        ("Ready", version_label)
    }


def _wait(done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not done():
        if time.monotonic() > deadline:
            raise RuntimeError("the workers do not come to an end")
        time.sleep(0.1)
