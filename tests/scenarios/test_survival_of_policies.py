"""A worker dies in the middle of whatever goes on, and the timeline is that of a world in which none died.

What goes on is every policy, every way in which a configuration is updated, aborts of them, and failures that are
undone.
"""

import pytest

from beanpole.machine.clock import sleep
from beanpole.store import keys
from beanpole.testing import ACCOUNT, REGION, Beanstalk
from environments import STACK, STACK_BEFORE, arm
from options import ALB, ENVIRONMENT, GROUP, SINGLE, options
from scenarios.deployments import (
    BY_HEALTH,
    BY_TIME,
    GREEN,
    IMMUTABLY,
    LARGER,
    POLICIES,
    THREE,
    TWO,
    V2,
    policy,
    settings,
)
from scenarios.mortal_workers import Workers
from servers import redis_server
from worked import Worked

LOOKS = 20_000  # a millisecond each, until it is believed that no worker runs

# What is set before, and what is asked for: each policy, and each way in which a configuration is updated.
UPDATES = {
    "deploy-all-at-once": ([TWO], V2),
    **{name: (start, V2) for name, start in POLICIES.items()},
    "configure-in-place": ([TWO], settings(GREEN)),
    "replace-at-once": ([TWO], settings(LARGER)),
    "replace-by-time": ([TWO, BY_TIME], settings(LARGER)),
    "replace-by-health": ([TWO, BY_HEALTH], settings(LARGER)),
    "replace-immutably": ([TWO, IMMUTABLY], settings(LARGER)),
    "scale-up": ([TWO], settings(options(GROUP, MinSize="4"))),
    "scale-down": ([THREE], settings(options(GROUP, MinSize="1"))),
    "to-a-single-instance": ([TWO], settings([SINGLE], options(GROUP, MinSize="1"))),
    "to-a-load-balancer": ([[ALB, SINGLE]], settings(options(ENVIRONMENT, EnvironmentType="LoadBalanced"))),
    "another-platform": ([TWO, BY_TIME], {"SolutionStackName": STACK_BEFORE}),
    "version-and-options": ([TWO, policy("Rolling")], V2 | settings(GREEN)),
}
BRIEF = ("scale-up", "scale-down", "configure-in-place", "to-a-single-instance")  # all but over before the late aborts
FAULTS = {
    "failing-deploy": ("deploy-rolling", {"what": "command-fails", "where": {"instance": 1}}),
    "failing-replacement": ("replace-by-time", {"what": "command-fails", "where": {"step": "deploy"}}),
    "failing-new-side": ("replace-immutably", {"what": "instance-dies", "where": {"step": "await-health"}}),
    "failing-group": ("replace-at-once", {"what": "launch-refused"}),
}
EARLY = {f"1-{name}": UPDATES[name] for name in UPDATES}
LATE = {f"2-{name}": UPDATES[name] for name in UPDATES if name not in ("deploy-all-at-once", *BRIEF)}
LASTING = {"2-deploy-immutable", "2-deploy-traffic-splitting"}  # to abort: a new side goes that has come already
FAILING = {name: UPDATES[update] for name, (update, _) in FAULTS.items()}
ALL = {**UPDATES, **EARLY, **LATE, **FAILING}

# Simulated seconds; in the middle of each the worker that moves the clock dies. Who is aborted after those before.
SPANS = ((8, ()), (15, EARLY), (70, LATE), (120, ()), (250, ()))


class Mortal(Worked):
    """A world whose clock is moved by workers that may die on the way.

    `struck` are the updates that it happened to, each with the status that it had.
    """

    def __init__(self, redis_url, workers):
        super().__init__(redis_url)
        self._workers = workers
        self.struck = set()

    def advance_and_die(self, seconds):
        """The worker that moves the clock dies before it is through, if it is not too fast."""
        before, target = self.now, self._target(self.now + seconds * 1000)
        self.store.clocks.advance(ACCOUNT, target)
        left = LOOKS
        while self.now == before:
            left -= 1
            assert left, "no worker moved the clock"
            self.store.clocks.renew(ACCOUNT, target)
            sleep(0.001)
        mover = self.store.redis.get(keys.draining(ACCOUNT))
        if mover is not None:
            self._workers.kill(int(mover.decode().rpartition("-")[2]))
        if self.store.clocks.is_pending(ACCOUNT, target):
            environments = self.store.world(ACCOUNT, REGION).environments()
            self.struck |= {
                (environment.environment_name, environment.status)
                for environment in environments
                if environment.activity is not None
            }
        self._wait_for(target, ACCOUNT)


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


def story_of(world, advance):
    """The events of every update at once, while the world advances in spans and then to the end."""
    client = world.client
    client.create_application(ApplicationName="shop")
    for label in ("v1", "v2"):
        client.create_application_version(ApplicationName="shop", VersionLabel=label)
    for name, (start, _) in ALL.items():
        client.create_environment(
            ApplicationName="shop",
            EnvironmentName=name,
            SolutionStackName=STACK,
            VersionLabel="v1",
            **settings(*start),
        )
    world.advance(600)
    for name, (_, fault) in FAULTS.items():
        arm(world, **{"times": 2} | fault | {"where": {"environment": name} | fault.get("where", {})})
    for name, (_, change) in ALL.items():
        client.update_environment(EnvironmentName=name, **change)
    for seconds, aborted in SPANS:
        advance(seconds)
        for name in aborted:
            client.abort_environment_update(EnvironmentName=name)
    world.advance(3600)
    assert {environment["Status"] for environment in client.describe_environments()["Environments"]} == {"Ready"}
    return [
        (event.at, event.severity, event.environment_name, event.request_id, event.message) for event in world.events()
    ]


@pytest.mark.slow
def test_a_worker_that_dies_in_the_middle_of_whatever_goes_on_changes_nothing_in_its_timeline(mortal):
    undisturbed = Beanstalk()
    assert story_of(mortal, mortal.advance_and_die) == story_of(undisturbed, undisturbed.advance)
    assert {name for name, _ in mortal.struck} == ALL.keys()
    assert {name for name, status in mortal.struck if status == "Aborting"} >= LASTING
