"""The plan of every kind of activity."""

from collections.abc import Iterable
from typing import assert_never

from beanpole.model.plan.plan import Scheduled, Situation, Timed, schedule
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
    if situation.activity.kind == "rebuild":
        return rebuild.plan(situation)
    linked = linking.before(situation)
    timed, table = _told(situation)
    return linked + schedule(situation, timed, table, len(linked))


def _undone(situation: Situation) -> Iterable[Timed]:
    """What takes the place of a plan that cannot go on."""
    launches = situation.activity.kind in ("launch", "rebuild")
    return failed_launch.undo(situation) if launches else rollbacks.undo(situation)


def _told(situation: Situation) -> tuple[Iterable[Timed], str]:
    """The steps, and the name of the durations that they go by; of a rebuild they are those of its two halves."""
    match situation.activity.kind:
        case "rebuild":
            raise ValueError("a rebuild has no durations of its own")
        case "launch":
            return launch.launch(situation), launch.table_of(situation)
        case "deploy":
            return configuration.deploy(situation), "deploy"
        case "configure":
            return configuration.configure(situation), "configure"
        case "restart":
            return restart.restart(situation), "restart"
        case "swap":
            return stages.play(swap.TABLE, situation), "swap"
        case "tag":
            return stages.play(tagging.TABLE, situation), "tag"
        case "link":
            return stages.play(linking.LINKED_TO, situation), "link"
        case "terminate":
            return stages.play(terminate.table(situation), situation), "terminate"
        case unknown:
            assert_never(unknown)
