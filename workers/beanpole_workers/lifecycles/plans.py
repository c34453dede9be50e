"""The plan of every kind of activity."""

from collections.abc import Iterable
from typing import assert_never

from beanpole_workers.deployments import configuration
from beanpole_workers.deployments.plan import Scheduled, Situation, Timed, schedule
from beanpole_workers.lifecycles import launch, stages, swap, tagging, terminate


def make(situation: Situation) -> tuple[Scheduled, ...]:
    """All that will happen, and how long each part of it takes."""
    timed, durations = _told(situation)
    return schedule(situation, timed, situation.rules.timings.activities[durations])


def _told(situation: Situation) -> tuple[Iterable[Timed], str]:
    """The steps, and the name of the durations that they go by."""
    match situation.activity.kind:
        case "launch":
            table = launch.table_of(situation)
            return stages.play(launch.TABLES[table], situation), table
        case "deploy":
            return configuration.deploy(situation), "deploy"
        case "configure":
            return configuration.configure(situation), "configure"
        case "swap":
            return stages.play(swap.TABLE, situation), "swap"
        case "tag":
            return stages.play(tagging.TABLE, situation), "tag"
        case "terminate":
            return stages.play(terminate.TABLE, situation), "terminate"
        case unknown:
            assert_never(unknown)
