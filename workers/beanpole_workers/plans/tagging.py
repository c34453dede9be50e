"""The tagging of an environment and its resources (docs/facts.md#tags)."""

from beanpole.model.events import messages
from beanpole.model.plan.durations import after
from beanpole.model.plan.steps import AdoptTags, Announce, Finish
from beanpole_workers.plans.stages import Stage

TABLE = (
    Stage(AdoptTags(), after("tagged")),
    Stage(Announce(messages.TAGS_UPDATED()), after("completed")),
    Stage(Finish()),
)
