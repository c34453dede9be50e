"""The events of a swap of CNAMEs in both environments; the exchange was one commit (docs/facts.md#cname-swap).

Only the source's carry the RequestId: a client that reads by it sees every line once.
"""

from msgspec.structs import replace

from beanpole.model.environment.requests import Swap
from beanpole.model.events import messages
from beanpole.model.events.messages import Message
from beanpole.model.plan.durations import after
from beanpole.model.plan.plan import Situation
from beanpole.model.plan.steps import Announce, Finish
from beanpole_workers.plans.stages import Stage


def table(swap: Swap) -> tuple[Stage, ...]:
    """The events of one side of a swap; both sides name the source and the destination as the request did."""
    return (
        Stage(lambda situation: _announce(swap, messages.SWAPPING(**pair(swap, situation))), after("swapping")),
        Stage(lambda situation: _announce(swap, points(situation)), after("points")),
        Stage(lambda situation: _announce(swap, messages.SWAPPED(**pair(swap, situation))), after("swapped")),
        Stage(Finish()),
    )


def pair(swap: Swap, situation: Situation) -> dict[str, object]:
    """The names of the source and the destination."""
    own, other = situation.environment.environment_name, swap.partner
    source, destination = (own, other) if swap.leads else (other, own)
    return {"source": source, "destination": destination}


def points(situation: Situation) -> Message:
    """The environment's new CNAME points to its endpoint, which stays."""
    environment = situation.environment
    return messages.NOW_POINTS_TO(cname=environment.cname, endpoint=environment.endpoint_url)


def _announce(swap: Swap, message: Message) -> Announce:
    """The announcement; the destination has the same event, without a RequestId [inferred]."""
    return Announce(message if swap.leads else replace(message, own_request=False))
