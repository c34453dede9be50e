"""The plan of every kind of activity."""

from collections.abc import Iterable
from typing import assert_never

from beanpole.model.environment import requests
from beanpole.model.plan.durations import Timed
from beanpole.model.plan.plan import Scheduled, Situation, schedule
from beanpole_workers.plans import (
    bundles,
    configuration,
    failed_launch,
    launch,
    linking,
    rebuild,
    restart,
    rollbacks,
    stages,
    swap,
    tagging,
    terminate,
)


def make(situation: Situation) -> tuple[Scheduled, ...]:
    """All that will happen, and how long each part of it takes."""
    return bundles.found(situation, _scheduled(situation))


def _scheduled(situation: Situation) -> tuple[Scheduled, ...]:
    if situation.failure is not None:
        return schedule(situation, _undone(situation), "failure")
    if isinstance(situation.activity.request, requests.Rebuild):
        return rebuild.plan(situation)
    linked = linking.before(situation)
    timed, table = _steps(situation)
    return linked + schedule(situation, timed, table, len(linked))


def _undone(situation: Situation) -> Iterable[Timed]:
    """What takes the place of a plan that cannot go on."""
    launches = isinstance(situation.activity.request, requests.Launch | requests.Rebuild)
    return failed_launch.undo(situation) if launches else rollbacks.undo(situation)


def _steps(situation: Situation) -> tuple[Iterable[Timed], str]:
    """The steps, and the name of their table of durations; a rebuild has a table for each of its halves."""
    match situation.activity.request:
        case requests.Rebuild():
            raise ValueError("a rebuild has no durations of its own")
        case requests.Launch():
            return launch.launch(situation), launch.table_of(situation)
        case requests.Deploy():
            return configuration.deploy(situation), "deploy"
        case requests.Configure():
            return configuration.configure(situation), "configure"
        case requests.Restart():
            return restart.restart(situation), "restart"
        case requests.Swap() as exchange:
            return stages.steps(swap.table(exchange), situation), "swap"
        case requests.Tag():
            return stages.steps(tagging.TABLE, situation), "tag"
        case requests.Link():
            return stages.steps(linking.LINKED_TO, situation), "link"
        case requests.Terminate() as termination:
            return stages.steps(terminate.table(termination), situation), "terminate"
        case unknown:
            assert_never(unknown)
