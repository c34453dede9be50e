"""The linking of environments: for a moment both have a status for it (docs/facts.md#links-and-groups)."""

from beanpole.model.plan.durations import after
from beanpole.model.plan.plan import Scheduled, Situation, schedule
from beanpole.model.plan.steps import Finish, Linked, Wait
from beanpole_workers.plans import stages
from beanpole_workers.plans.stages import Stage

LINKED_TO = (Stage(Wait("links to be made"), after("linking")), Stage(Finish()))
LINKED_FROM = (Stage(Wait("links to be made"), after("linking")), Stage(Linked()))


def before(situation: Situation) -> tuple[Scheduled, ...]:
    """The steps before all others where the environments that this one links to have just come up."""
    if situation.environment.status != "LinkingFrom":
        return ()
    return schedule(situation, stages.steps(LINKED_FROM, situation), "link")
