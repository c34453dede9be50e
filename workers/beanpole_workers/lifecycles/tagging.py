"""How the tags of an environment reach its resources (lifecycles.md 1.15)."""

from beanpole.model import messages
from beanpole_workers.deployments.steps import AdoptTags, Announce, Finish
from beanpole_workers.lifecycles.stages import Stage

TABLE = (
    Stage(AdoptTags(), "tagged"),
    Stage(Announce(messages.TAGS_UPDATED()), "completed"),
    Stage(Finish()),
)
