"""Runs of commands: side by side, repeated after the kill of a worker, and left out of snapshots."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from threading import Barrier, Lock

import pytest

from beanpole.machine.clock import real_now, sleep
from beanpole.store import keys
from beanpole.store.connection import connect
from beanpole.testing import ACCOUNT, REGION
from beanpole_workers.play import runs
from environments import STACK
from instances.walk import (
    INDEX,
    SINGLE,
    balanced,
    fetch_logs,
    fleet,
    launch,
    reports,
    shop_that_runs_v1,
    text,
    version,
)
from scenarios.mortal_workers import Workers
from worked import Worked

pytestmark = pytest.mark.usefixtures("works")


class Killed(BaseException):
    """The sudden end of a worker."""


@pytest.fixture
def world():
    return shop_that_runs_v1()


def begin(world, settings):
    world.client.create_environment(
        ApplicationName="shop",
        EnvironmentName="shop-web",
        VersionLabel="v1",
        SolutionStackName=STACK,
        OptionSettings=settings,
    )


def test_a_run_is_repeated_after_the_kill_of_its_worker_and_the_log_says_so(world, monkeypatch):
    run, commands = runs.Shell.run, []

    def once_deadly(shell, tree, words, *more):
        commands.append(words)
        if len(commands) == 2:
            raise Killed
        return run(shell, tree, words, *more)

    monkeypatch.setattr(runs.Shell, "run", once_deadly)
    with pytest.raises(Killed):
        launch(world, SINGLE)
    world.until_ready("shop-web")
    (instance,) = fleet(world)
    assert [report.tries for report in reports(world, instance) if report is not None] == [2]
    assert text(world, instance, INDEX) == "Hello World v1\n"
    assert commands.count("touch hello_world.txt") == 2
    (logs,) = fetch_logs(world)
    assert logs["eb-engine.log"].count("beanpole has begun this command 2 times") == 1


def test_commands_without_an_interruption_are_begun_once(world):
    launch(world, SINGLE)
    assert reports(world, fleet(world)[0])[-1].tries == 1
    assert "beanpole has begun" not in fetch_logs(world)[0]["eb-engine.log"]


def test_the_instances_of_a_batch_run_their_commands_side_by_side(world, monkeypatch):
    run, together = runs.Running._run, Barrier(4, timeout=60)

    def meeting(*arguments):
        together.wait()
        return run(*arguments)

    monkeypatch.setattr(runs.Running, "_run", meeting)
    launch(world, balanced(4))
    assert [text(world, instance, INDEX) for instance in fleet(world)] == ["Hello World v1\n"] * 4


def test_no_more_instances_run_at_once_than_the_bound_says(world, monkeypatch):
    lock, running, most = Lock(), set(), []
    monkeypatch.setattr(runs, "AT_ONCE", 2)
    run = runs.Running._run

    def counted(runner, environment, bundle, before, request, tries):
        with lock:
            running.add(request.instance)
            most.append(len(running))
        try:
            return run(runner, environment, bundle, before, request, tries)
        finally:
            with lock:
                running.discard(request.instance)

    monkeypatch.setattr(runs.Running, "_run", counted)
    launch(world, balanced(4))
    assert max(most) == 2


def test_a_snapshot_amid_a_run_has_no_results_of_runs(world):
    begin(world, SINGLE)
    account_world = world.store.world(ACCOUNT, REGION)
    (environment,) = account_world.environments()
    account_world.files.keep_run(environment.id, f"{keys.RUN}tries-1", b"1")
    http = world.app.test_client()
    state = http.get(f"/_beanpole/state?account={ACCOUNT}").get_json()
    answer = http.put(f"/_beanpole/state?account={ACCOUNT}", json=state)
    assert answer.status_code in (200, 204), answer.text


SLOW = "container_commands: {01_slow: {command: 'sleep 1; echo slept > /home/ec2-user/slept'}}"
TIMEOUT = 60_000  # milliseconds of real time


@pytest.mark.slow
@pytest.mark.merge
def test_a_worker_process_that_is_killed_amid_a_run_leaves_the_rest_to_another(redis_url):
    with closing(connect(redis_url)) as client:
        client.flushall()
    workers, world = Workers(redis_url, "--commands", "run"), Worked(redis_url, with_objects=True)
    try:
        workers.start()
        world.client.create_application(ApplicationName="shop")
        version(world, "v1", {".ebextensions/slow.config": SLOW, "index.html": ""})
        with ThreadPoolExecutor(1) as pool:
            killed = pool.submit(_kill_amid_a_run, workers, redis_url)
            launch(world, SINGLE)
            killed.result()
        (instance,) = fleet(world)
        assert text(world, instance, "/home/ec2-user/slept") == "slept\n"
        assert reports(world, instance)[-1].tries == 2
        assert fetch_logs(world)[0]["eb-engine.log"].count("beanpole has begun this command 2 times") == 1
    finally:
        workers.stop()
        world.close()


def _kill_amid_a_run(workers, redis_url):
    """Kill the worker as soon as it has begun to run commands."""
    end = real_now() + TIMEOUT
    with closing(connect(redis_url)) as client:
        while not any(
            name.startswith(f"{keys.RUN}tries-".encode())
            for files in client.scan_iter(f"{keys.PREFIX}:*:files:*")
            for name in client.hkeys(files)
        ):
            assert real_now() < end
            sleep(0.02)
    workers.kill()
