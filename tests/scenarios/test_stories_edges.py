"""The edges of what batches, pauses and timeouts can be set to, each held against its golden timeline.

They are told in memory: what the store makes of a story is shown by the stories of the calls. The guide says nothing of
these edges; ours are inferred:

- a percentage of a fleet is rounded up, and a batch is never larger than what it is a batch of;
- a rolling update that has to keep more in service than there are launches all its new instances first (CloudFormation
  would launch still more, and terminate those);
- a group that may not grow cannot keep its last instance in service, so that one is replaced with a downtime.
"""

import pytest

from beanpole.model.faults.fault import Fault, Where
from beanpole.model.options.configuration import merge
from engine.stories import World
from options import COMMAND, GROUP, LAUNCH, ROLLING_UPDATE, option_settings


def fleet(size, most=4):
    return option_settings(GROUP, MinSize=size, MaxSize=most)


def policy(name, size, kind="Fixed"):
    return option_settings(COMMAND, DeploymentPolicy=name, BatchSize=size, BatchSizeType=kind)


def rolling_update(**values):
    return option_settings(ROLLING_UPDATE, RollingUpdateEnabled="true", **values)


LARGER = option_settings(LAUNCH, InstanceType="m5.large")
OF_UPDATES = Where(operation="UpdateEnvironment")

DEPLOYMENTS = {
    "edge-rolling-half-of-three": (fleet(3), policy("Rolling", 50, "Percentage")),
    "edge-rolling-one-percent": (fleet(2), policy("Rolling", 1, "Percentage")),
    "edge-rolling-batch-larger-than-fleet": (fleet(2), policy("Rolling", 5)),
    "edge-rolling-one-instance": (fleet(1), policy("Rolling", 1)),
    "edge-additional-batch-of-one-instance": (fleet(1), policy("RollingWithAdditionalBatch", 1)),
    "edge-additional-batch-larger-than-fleet": (fleet(2), policy("RollingWithAdditionalBatch", 5)),
}
UPDATES = {
    "edge-update-batch-larger-than-fleet": (fleet(2, 2), rolling_update(MaxBatchSize=5, MinInstancesInService=0)),
    "edge-update-keeps-more-than-there-are": (fleet(2), rolling_update(MinInstancesInService=3)),
    "edge-update-without-pause": (fleet(2, 2), rolling_update(PauseTime="PT0S")),
    "edge-update-with-pause": (fleet(2, 2), rolling_update(PauseTime="PT5M30S")),
    "edge-update-one-instance": (fleet(1, 1), rolling_update(RollingUpdateType="Health")),
}
TROUBLES = {
    "edge-update-timeout": (
        (fleet(2, 2), rolling_update(RollingUpdateType="Health", Timeout="PT5M")),
        LARGER,
        Fault(1, "health-check-never-passes", OF_UPDATES, times=1),
    ),
    "edge-update-ignores-health": (
        (
            fleet(1, 1),
            rolling_update(RollingUpdateType="Health", Timeout="PT5M"),
            option_settings(COMMAND, IgnoreHealthCheck="true"),
        ),
        LARGER,
        Fault(1, "health-check-never-passes", OF_UPDATES, times=1),
    ),
    "edge-command-timeout": (
        (fleet(1), option_settings(COMMAND, Timeout=60)),
        None,
        Fault(1, "command-times-out", OF_UPDATES, times=1),
    ),
}


def launched(*parts):
    return World("application", [setting for one in parts for setting in one]).launched()


def tell(world, golden, story, version=None, changes=None):
    settings = merge(world.environment.settings, changes) if changes else None
    world.advance(125)
    world.events.clear()
    world.request("update", request_id="update", version_label=version, settings=settings)
    world.settle().advance(120)
    golden(story, world.events)
    return world.environment


@pytest.mark.parametrize("story", DEPLOYMENTS)
def test_batches_of_a_deployment(golden, story):
    ended = tell(launched(*DEPLOYMENTS[story]), golden, story, "v2")
    assert (ended.version_label, ended.done.outcome) == ("v2", "done")


@pytest.mark.parametrize("story", UPDATES)
def test_batches_of_a_rolling_update(golden, story):
    assert tell(launched(*UPDATES[story]), golden, story, changes=LARGER).done.outcome == "done"


@pytest.mark.parametrize("story", TROUBLES)
def test_time_that_is_up(golden, story):
    launch_settings, changes, fault = TROUBLES[story]
    world = launched(*launch_settings)
    world.arm([fault])
    ended = tell(world, golden, story, None if changes else "v2", changes)
    assert (ended.done.outcome == "done") is ("ignores" in story)
