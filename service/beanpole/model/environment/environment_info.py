"""Logs that were asked of the instances of an environment, as they were at the moment of the sample."""

from typing import Literal

from msgspec import Struct

from beanpole.model.environment.instance import Instance

InfoType = Literal["tail", "bundle", "analyze"]

# Seconds for which the service keeps logs: what was asked for, and what instances leave that go after an immutable
# update has failed (environmentmgmt-updates-immutable).
KEPT, KEPT_AFTER_FAILURE = 900, 3600
ASKED = ("running", "deploying")  # the states of instances that have logs to give


class EnvironmentInfo(Struct, frozen=True):
    """The latest sample of a type; its logs are written from it when somebody fetches them.

    `secret` is the part of their addresses that nobody guesses, `kept` for how many seconds they lead somewhere.
    """

    environment_id: str
    info_type: InfoType
    sampled_at: int
    secret: str
    instances: tuple[Instance, ...] = ()
    kept: int = KEPT
    generation: int = 0

    @property
    def id(self) -> str:
        """What it is found by in its world."""
        return info_id(self.environment_id, self.info_type)


def info_id(environment_id: str, info_type: str) -> str:
    """An environment has one sample of each type."""
    return f"{environment_id}/{info_type}"
