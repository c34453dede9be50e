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
    scaling,
    stages,
    swap,
    tagging,
    terminate,
)


def make(situation: Situation) -> tuple[Scheduled, ...]:
    """Make the plan of a situation: its steps with their durations."""
    return bundles.with_findings(situation, _scheduled(situation))


def _scheduled(situation: Situation) -> tuple[Scheduled, ...]:
    """The steps with their durations, which go by the table of that name."""
    if situation.failure is not None:
        return schedule(situation, _rollback(situation), "failure")
    timed: Iterable[Timed]
    match situation.activity.request:
        case requests.Launch():
            timed, table = launch.launch(situation), launch.table_of(situation)
        case requests.Deploy():
            timed, table = configuration.deploy(situation), "deploy"
        case requests.Configure():
            timed, table = configuration.configure(situation), "configure"
        case requests.Restart():
            timed, table = restart.restart(situation), "restart"
        case requests.Rebuild():
            return rebuild.plan(situation)
        case requests.Swap() as request:
            timed, table = stages.steps(swap.table(request), situation), "swap"
        case requests.Link():
            timed, table = stages.steps(linking.LINKED_TO, situation), "link"
        case requests.Tag():
            timed, table = stages.steps(tagging.TABLE, situation), "tag"
        case requests.Scale():
            timed, table = scaling.scale(situation), "group"
        case requests.Terminate() as request:
            timed, table = stages.steps(terminate.table(request), situation), "terminate"
        case unknown:
            assert_never(unknown)
    before = linking.before(situation) + scaling.abandoned(situation)
    return before + schedule(situation, timed, table, len(before))


def _rollback(situation: Situation) -> Iterable[Timed]:
    """The steps in the place of a plan that cannot go on."""
    failure, request = situation.failure, situation.activity.request
    if (
        failure is not None
        and failure.action == "delete"
        and isinstance(request, requests.Terminate | requests.Rebuild)
    ):
        return terminate.undo(situation)
    if isinstance(request, requests.Scale):
        return scaling.undo(situation)
    launches = isinstance(request, requests.Launch | requests.Rebuild)
    return failed_launch.undo(situation) if launches else rollbacks.undo(situation)
