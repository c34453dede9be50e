"""How environments are linked: for a moment both sides say so, then each goes on (docs/facts.md#links-and-groups)."""

from beanpole.model.plan.durations import after
from beanpole.model.plan.plan import Scheduled, Situation, schedule
from beanpole.model.plan.steps import Finish, Linked, Wait
from beanpole_workers.plans import stages
from beanpole_workers.plans.stages import Stage

LINKED_TO = (Stage(Wait("links to be made"), after("linking")), Stage(Finish()))
LINKED_FROM = (Stage(Wait("links to be made"), after("linking")), Stage(Linked()))


def before(situation: Situation) -> tuple[Scheduled, ...]:
    """What comes before anything else where an environment has just found those it links to."""
    if situation.environment.status != "LinkingFrom":
        return ()
    return schedule(situation, stages.steps(LINKED_FROM, situation), "link")
