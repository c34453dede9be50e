"""A plan: steps with how long each lasts, made once and stored, one JSON document a step."""

from collections.abc import Iterable
from typing import Protocol

import msgspec
from msgspec import Struct

from beanpole.model.environment import Activity, Environment
from beanpole.model.fleet import Fleet
from beanpole.model.ids import chance
from beanpole.model.options import Configuration
from beanpole_workers.deployments.rules import Durations, Rules
from beanpole_workers.deployments.steps import Step


class Scheduled(Struct, frozen=True):
    """A step and its duration in simulated seconds."""

    step: Step
    lasts: float


class Steps(Protocol):
    """The steps of a plan by index, wherever they are kept."""

    def __getitem__(self, index: int, /) -> Scheduled:
        """The step at an index; IndexError beyond the plan."""


class Situation(Struct, frozen=True, eq=False):
    """What a plan is made from: an environment with something to do, and its configuration as it is before that."""

    environment: Environment
    activity: Activity
    fleet: Fleet
    rules: Rules
    configuration: Configuration


# A step and the name of its duration in the timings; without a name it lasts no time.
Timed = tuple[Step, str | None]

_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Scheduled)


def schedule(
    situation: Situation, timed: Iterable[Timed], durations: Durations, first: int = 0
) -> tuple[Scheduled, ...]:
    """Give every step its duration: as the table says, varied by chance, the same chance for the same seed.

    `first` is the index of the first of them, where others stand before it.
    """
    seed = situation.rules.clock.seed, situation.environment.environment_id, situation.activity.serial

    def lasting(index: int, name: str | None) -> float:
        if name is None:
            return 0.0
        swing = durations.jitter * (2 * chance(*seed, index) - 1)
        return round(durations.lasts[name] * (1 + swing), 3)

    return tuple(Scheduled(step, lasting(index, name)) for index, (step, name) in enumerate(timed, first))


def encode(scheduled: Scheduled) -> bytes:
    """A step as it is stored."""
    return _encoder.encode(scheduled)


def decode(blob: bytes) -> Scheduled:
    """A step as it was stored; msgspec.ValidationError for anything else."""
    return _decoder.decode(blob)
