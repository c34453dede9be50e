"""A worker dies in the middle of every policy, and the timeline is that of a world in which none died."""

import pytest

from beanpole.clock import real_now
from beanpole.store import keys
from beanpole.testing import ACCOUNT, REGION, Beanstalk
from scenarios.test_stories_deployments import (
    BY_HEALTH,
    BY_TIME,
    GREEN,
    IMMUTABLY,
    LARGER,
    POLICIES,
    STACK,
    TWO,
    V2,
    settings,
)
from scenarios.test_survival import Workers
from servers import redis_server
from worked import PATIENCE, Worked

# What is set before, and what is asked for: each policy, and each way in which a configuration is updated.
UPDATES = {
    "deploy-all-at-once": ([TWO], V2),
    **{name: (given, V2) for name, given in POLICIES.items()},
    "configure-in-place": ([TWO], settings(GREEN)),
    "replace-at-once": ([TWO], settings(LARGER)),
    "replace-by-time": ([TWO, BY_TIME], settings(LARGER)),
    "replace-by-health": ([TWO, BY_HEALTH], settings(LARGER)),
    "replace-immutably": ([TWO, IMMUTABLY], settings(LARGER)),
}
SPANS = (8, 15, 70, 120, 250)  # simulated seconds; in the middle of each the worker that moves the clock dies


class Mortal(Worked):
    """A world whose clock is moved by workers that may die on the way; `struck` are the updates that it happened to."""

    def __init__(self, redis_url, workers):
        super().__init__(redis_url)
        self._workers = workers
        self.struck = set()

    def advance_and_die(self, seconds):
        """The worker that moves the clock dies before it is through, if it is not too fast."""
        before, target = self.now, self._target(self.now + seconds * 1000)
        self.store.clocks.advance(ACCOUNT, target)
        given_up = real_now() + PATIENCE
        while self.now == before:
            assert real_now() < given_up, "no worker moved the clock"
        mover = self.store.redis.get(keys.draining(ACCOUNT))
        if mover is not None:
            self._workers.kill(int(mover.decode().rpartition("-")[2]))
        if self.store.clocks.wished(ACCOUNT, target):
            environments = self.store.world(ACCOUNT, REGION).environments()
            self.struck |= {it.environment_name for it in environments if it.activity is not None}
        self._wait_for(target)


@pytest.fixture
def mortal():
    with redis_server() as url:
        workers = Workers(url)
        workers.start()
        workers.start()
        world = Mortal(url, workers)
        yield world
        workers.stop()
        world.close()


def told(world, advance):
    """All that is told of every update at once, moved through in the spans and then to the end."""
    client = world.client
    client.create_application(ApplicationName="shop")
    for label in ("v1", "v2"):
        client.create_application_version(ApplicationName="shop", VersionLabel=label)
    for name, (given, _) in UPDATES.items():
        client.create_environment(
            ApplicationName="shop",
            EnvironmentName=name,
            SolutionStackName=STACK,
            VersionLabel="v1",
            **settings(*given),
        )
    world.advance(600)
    for name, (_, change) in UPDATES.items():
        client.update_environment(EnvironmentName=name, **change)
    for seconds in SPANS:
        advance(seconds)
    world.advance(1200)
    assert {it["Status"] for it in client.describe_environments()["Environments"]} == {"Ready"}
    return [(it.at, it.severity, it.environment_name, it.request_id, it.message) for it in world.events()]


def test_a_worker_that_dies_in_the_middle_of_any_policy_changes_nothing_in_its_timeline(mortal):
    undisturbed = Beanstalk()
    assert told(mortal, mortal.advance_and_die) == told(undisturbed, undisturbed.advance)
    assert mortal.struck == UPDATES.keys()
