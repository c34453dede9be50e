"""The rebuild of an environment: all its resources are deleted, then it is launched again (docs/facts.md#rebuild)."""

from beanpole.model.plan.durations import instantly
from beanpole.model.plan.plan import Scheduled, Situation, schedule
from beanpole.model.plan.steps import DeleteStack
from beanpole_workers.plans import launch, stages, terminate


def plan(situation: Situation) -> tuple[Scheduled, ...]:
    """The plan of a rebuild; each half has the durations of its own table."""
    name = launch.table_of(situation)
    teardown = (*stages.steps(terminate.TEARDOWN, situation), (DeleteStack(), instantly))
    torn_down = schedule(situation, teardown, "terminate")
    return torn_down + schedule(situation, launch.launch(situation), name, len(torn_down))
