"""Commands that are run in a sandbox: the same walk, with a real shell."""

import pytest

from beanpole_workers.play import run_queue
from beanpole_workers.play.worker import Embedded
from instances.walk import (
    APPLICATION,
    INDEX,
    MIGRATIONS,
    SINGLE,
    balanced,
    endings,
    files,
    fleet,
    launch,
    reports,
    shop_that_runs_v1,
    text,
    update,
    version,
)
from options import PROCESS, option

pytestmark = pytest.mark.usefixtures("works")


@pytest.fixture
def world():
    return shop_that_runs_v1()


HOOK = '#!/bin/sh\necho "$COLOUR $EB_IS_COMMAND_LEADER $(pwd) $(wc -c < index.html)" > hooked\n'


def test_the_commands_of_the_walk_are_run(world):
    launch(world, balanced(2))
    assert [text(world, instance, INDEX) for instance in fleet(world)] == ["Hello World v1\n"] * 2
    assert [text(world, instance, MIGRATIONS) for instance in fleet(world)].count("migrated\n") == 1
    leader = next(instance for instance in fleet(world) if reports(world, instance)[-1].is_leader)
    assert set(endings(reports(world, leader)[-1]).values()) == {"ran"}


def test_hooks_builds_and_pipes_are_run(world):
    more = {
        ".platform/hooks/predeploy/01_hook.sh": HOOK,
        "Buildfile": "make: ls index.html | tr a-z A-Z > built\n",
    }
    version(world, "v2", files("v2", **more))
    launch(world, SINGLE, "v2")
    (instance,) = fleet(world)
    assert text(world, instance, "/var/app/current/built") == "INDEX.HTML\n"
    assert text(world, instance, "/var/app/current/hooked") == " true /var/app/staging 15\n"


def test_each_instance_runs_its_own_commands(world):
    random = "container_commands:\n  01:\n    command: head -c 8 /dev/urandom | od -An -tx1 > drawn\n"
    version(world, "v2", files("v2") | {".ebextensions/a.config": random})
    launch(world, balanced(3), "v2")
    assert len({text(world, instance, "/var/app/current/drawn") for instance in fleet(world)}) == 3


@pytest.mark.parametrize(
    ("command", "status", "output"),
    [
        ("echo out; exit 3", 3, "out\n"),
        ("ls /absent", 2, "ls: cannot access '/absent': No such file or directory\n"),
        ("kill -KILL -1; sleep 1h", 137, "The sandbox has ended: the sandbox has ended"),
    ],
)
def test_a_command_that_fails_fails_the_deployment(world, command, status, output):
    launch(world, SINGLE)
    version(
        world, "v2", files("v2") | {".ebextensions/z.config": f"container_commands:\n  99:\n    command: {command}\n"}
    )
    update(world, VersionLabel="v2")
    (instance,) = fleet(world)
    assert (instance.failed, instance.version_label) == (True, "v1")
    assert text(world, instance, INDEX) == "Hello World v1\n"
    failed = reports(world, instance)[-1].outcomes[-1]
    assert (failed.ending, failed.status, failed.output) == ("failed", status, output)


@pytest.mark.parametrize(
    ("application", "settings", "health"),
    [
        (APPLICATION, [], "Ok"),
        (APPLICATION.replace("200 OK", "404 Not Found"), [], "Severe"),
        (APPLICATION.replace("200 OK", "404 Not Found"), [option(PROCESS, "MatcherHTTPCode", "404")], "Ok"),
        ("raise SystemExit(1)\n", [], "Severe"),
    ],
)
def test_the_application_decides_whether_it_is_healthy(world, application, settings, health):
    version(world, "v2", files("v2") | {"application.py": application})
    launch(world, balanced(1, "AllAtOnce", *settings), "v2")
    world.advance(120)
    environment = world.client.describe_environments(EnvironmentNames=["shop-web"])["Environments"][0]
    assert environment["HealthStatus"] == health


def test_results_of_runs_are_deleted_after_the_deployment(world):
    launch(world, SINGLE)
    account_world = world.store.world("123456789012", "us-east-1")
    assert not [
        name
        for name in account_world.files.digests(account_world.environment_named("shop-web").id)
        if name.startswith("run-")
    ]


def test_a_worker_on_a_wall_clock_runs_commands(world):
    """One thread plays plans and requests runs; another one runs commands."""
    from beanpole.machine.clock import real_now, sleep
    from beanpole.model.time.clock import Clock

    world.store.clocks.set("123456789012", Clock("wall", speed="instant", seed=0))
    engine = Embedded(world.store, world.objects)
    engine.start()
    try:
        launch_settings = balanced(2)
        world.client.create_environment(
            ApplicationName="shop",
            EnvironmentName="shop-web",
            VersionLabel="v1",
            SolutionStackName="64bit Amazon Linux 2023 v4.13.7 running Python 3.14",
            OptionSettings=launch_settings,
        )
        end = real_now() + 20_000
        queue = run_queue.queue_of(world.store)  # where a run may be once more, if plans are played while it goes on
        while world.client.describe_environments()["Environments"][0]["Status"] != "Ready" or queue.count:
            assert real_now() < end
            sleep(0.02)
    finally:
        engine.stop()
    assert [text(world, instance, INDEX) for instance in fleet(world)] == ["Hello World v1\n"] * 2
