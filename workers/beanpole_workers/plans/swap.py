"""How two environments tell that they changed CNAMEs: the exchange itself was one commit (lifecycles.md 1.15)."""

from beanpole.model.events import messages
from beanpole.model.plan.plan import Situation
from beanpole.model.plan.steps import Announce, Finish
from beanpole_workers.plans.stages import Stage


def pair(situation: Situation) -> dict[str, object]:
    """Source and destination, in both environments as the request named them."""
    own, other = situation.environment.environment_name, situation.activity.partner
    source, destination = (own, other) if situation.activity.leads else (other, own)
    return {"source": source, "destination": destination}


def points(situation: Situation) -> Announce:
    """The environment's new CNAME leads to its own endpoint, which stays."""
    environment = situation.environment
    return Announce(messages.NOW_POINTS_TO(cname=environment.cname, endpoint=environment.endpoint_url))


TABLE = (
    Stage(lambda situation: Announce(messages.SWAPPING(**pair(situation))), "swapping"),
    Stage(points, "points"),
    Stage(lambda situation: Announce(messages.SWAPPED(**pair(situation))), "swapped"),
    Stage(Finish()),
)
