"""The instance that answers a request, by the turn of the request: round robin, and by share while traffic is split."""

from collections.abc import Sequence

from beanpole.model.environment.instance import Instance
from beanpole.model.traffic.answerers import ALL, Side


def pick(sides: Sequence[Side], turn: int) -> Instance | None:
    """The instance for the request number `turn` of an environment, from 0; None if its side has none in service.

    Of any 100 requests in a row each side gets exactly its percentage, as evenly as that goes.
    """
    number = turn
    for side in sides[:-1]:
        before, after = (turn * side.percent // ALL, (turn + 1) * side.percent // ALL)
        if after > before:
            return _of(side, before)
        number -= before
    return _of(sides[-1], number) if sides else None


def share_hits(share: float, turn: int) -> bool:
    """Tell whether request number `turn`, from 0, belongs to a share of all requests, spread as evenly as possible."""
    return int((turn + 1) * share) > int(turn * share)


def _of(side: Side, number: int) -> Instance | None:
    return side.instances[number % len(side.instances)] if side.instances else None
