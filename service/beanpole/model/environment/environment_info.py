"""The results of RequestEnvironmentInfo: the instances of an environment at the moment that their logs were taken."""

from typing import Literal

from msgspec import Struct

from beanpole.model.environment.instance import Instance

InfoType = Literal["tail", "bundle", "analyze"]

# Seconds for which the service keeps logs: those of a request, and those of instances that are terminated after an
# immutable update has failed (environmentmgmt-updates-immutable).
KEPT_SECONDS, KEPT_SECONDS_AFTER_FAILURE = 900, 3600
STATES_WITH_LOGS = ("running", "deploying")  # of instances


class EnvironmentInfo(Struct, frozen=True):
    """The latest result of a type; the logs are written from it when their URL is requested.

    `secret` is the part of the URLs that cannot be guessed, `kept_seconds` how long they are valid. `reports` are those
    that the histories of the instances name, encoded, by their digests.
    """

    environment_id: str
    info_type: InfoType
    sampled_at: int
    secret: str
    instances: tuple[Instance, ...] = ()
    kept_seconds: int = KEPT_SECONDS
    reports: dict[str, bytes] = {}
    generation: int = 0

    @property
    def id(self) -> str:
        """The key in the store."""
        return info_id(self.environment_id, self.info_type)


def info_id(environment_id: str, info_type: str) -> str:
    """The key in the store: an environment has one result of each type."""
    return f"{environment_id}/{info_type}"
