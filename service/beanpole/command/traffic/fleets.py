"""The fleets behind a load: the instances of each environment that answered, over the time of the load."""

from collections.abc import Iterator, Sequence
from urllib.parse import quote

from msgspec import Struct

from beanpole.command import lane_reading
from beanpole.command.client import Refused, Service
from beanpole.command.traffic.load import Answer
from beanpole.model.environment.lanes import Lane


class Fleet(Struct, frozen=True):
    """The lanes of an environment; `began` is the instant of the first request."""

    environment: str
    began: int
    lanes: tuple[Lane, ...]


def now(service: Service) -> int:
    """The present instant of the account's clock."""
    return lane_reading.instant(service.control("GET", "/clock")["now"])


def read(service: Service, answers: Sequence[Answer], began: int) -> Iterator[Fleet]:
    """The fleets, in the order in which their environments answered first; one that is no longer there has none."""
    for environment in dict.fromkeys(answer.environment for answer in answers if answer.environment):
        try:
            document = service.control("GET", f"/environments/{quote(environment)}/lanes")
        except Refused:
            continue
        yield Fleet(environment, began, lane_reading.lanes(document))
