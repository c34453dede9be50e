"""What the pytest plugin promises: nothing is left running, and worlds know nothing of each other."""

import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from botocore.exceptions import ClientError

from environments import STACK
from options import SINGLE

OTHER = {"account": "222222222222", "region": "eu-west-1"}


def shop(world, **where):
    client = world.clients(**where)
    client.create_application(ApplicationName="shop")
    client.create_environment(
        ApplicationName="shop", EnvironmentName="web1", SolutionStackName=STACK, OptionSettings=[SINGLE]
    )
    return client


def test_a_world_leaves_no_thread_behind(fresh_world):
    before = threading.active_count()
    world = fresh_world()
    world.client.create_application(ApplicationName="shop")
    world.advance(60)
    assert threading.active_count() == before


def test_worlds_accounts_and_regions_see_nothing_of_each_other(fresh_world):
    world, other = fresh_world(), fresh_world()
    world.client.create_application(ApplicationName="shop")
    strangers = [other.client, world.clients(region="eu-west-1"), world.clients(account="222222222222")]
    assert [stranger.describe_applications()["Applications"] for stranger in strangers] == [[], [], []]
    assert [stranger.describe_events()["Events"] for stranger in strangers] == [[], [], []]


def test_whoever_waits_moves_the_clock(fresh_world):
    world = fresh_world()
    client, sleep = shop(world), time.sleep
    with world.waiting():
        client.get_waiter("environment_exists").wait(EnvironmentNames=["web1"])
        while client.describe_environments()["Environments"][0]["Status"] != "Ready":
            time.sleep(10)
    assert time.sleep is sleep


def test_a_client_may_try_again_while_the_clock_moves(fresh_world):
    world = fresh_world()
    world.arm("throttle", rate=1, burst=1)
    with world.waiting():
        patient = world.clients(retries=4)
        assert [patient.describe_applications()["Applications"] for _ in range(3)] == [[], [], []]


def test_faults_are_armed_listed_and_disarmed(fresh_world):
    world = fresh_world()
    id_ = world.arm("refuse", code="AccessDenied", times=3)
    with pytest.raises(ClientError):
        world.client.describe_events()
    assert [(fault["id"], fault["fired"]) for fault in world.faults()] == [(id_, 1)]
    assert world.faults(**OTHER) == []
    world.disarm(id_)
    assert world.faults() == []
    with pytest.raises(ValueError, match="share"):
        world.arm("client-errors", share=2)


def test_other_accounts_and_regions_are_played_like_the_own_one(fresh_world):
    world = fresh_world()
    before = world.now
    shop(world, **OTHER)
    world.until_ready("web1", **OTHER)
    world.advance(timedelta(minutes=2), account=OTHER["account"])
    assert world.events("web1", **OTHER)[0].message == "createEnvironment is starting."
    assert (world.events("web1"), world.now) == ((), before)
    assert world.now_of(OTHER["account"]) > before


def test_words_that_mean_nothing_are_refused_at_once(fresh_world):
    world = fresh_world()
    shop(world)
    before = world.now
    with pytest.raises(ValueError, match="'Redy' is no status of an environment"):
        world.until("web1", "Redy")
    with pytest.raises(ValueError, match="does not go back"):
        world.advance(-5)
    assert world.now == before


def test_the_clock_begins_where_the_test_says(fresh_world):
    world = fresh_world()
    start = datetime(2031, 5, 6, 7, 8, 9, tzinfo=UTC)
    world.begin_at(start)
    world.client.create_application(ApplicationName="shop")
    assert world.client.describe_events(StartTime=start)["Events"][-1]["EventDate"] == start
    with pytest.raises(ValueError, match="has a past already"):
        world.begin_at(datetime(2032, 1, 1, tzinfo=UTC))


def test_threads_may_move_the_clock_together(fresh_world):
    world = fresh_world()
    shop(world)
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda _: world.until_ready("web1"), range(4)))
        list(threads.map(lambda _: world.advance(1), range(40)))
    assert [event.message for event in world.events("web1")].count("Successfully launched environment: web1") == 1


def test_a_profile_that_is_not_there_is_not_looked_at():
    script = "from beanpole.testing import Beanstalk; print(Beanstalk().client.describe_events()['Events'])"
    ran = subprocess.run(
        [sys.executable, "-c", script],
        env={"AWS_PROFILE": "nobody", "PYTHONPATH": ":".join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (ran.stdout, ran.returncode) == ("[]\n", 0), ran.stderr
