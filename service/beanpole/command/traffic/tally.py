"""The answers of a load, counted by version."""

from collections import Counter
from collections.abc import Sequence

from msgspec import Struct

from beanpole.command.traffic.load import Answer, Load

NO_VERSION = "no version"


class Version(Struct, frozen=True):
    """The answers by one version; `errors` of them had a status of 400 or more. Instants are seconds."""

    version: str
    answers: int
    errors: int
    instances: int
    first: float
    last: float


class Tally(Struct, frozen=True):
    """All answers: by version, in the order of their first one; those lost, by status, and when they were.

    `seconds` is the length of the load, from its first request on.
    """

    name: str
    requests: int
    seconds: float
    versions: tuple[Version, ...]
    lost: dict[int, int]
    first_lost: float | None = None
    last_lost: float | None = None

    def share(self, answers: int) -> float:
        """The percentage of some answers."""
        return 100 * answers / self.requests if self.requests else 0.0


def tally(load: Load, answers: Sequence[Answer]) -> Tally:
    """The tally of answers."""
    by_version: dict[str, list[Answer]] = {}
    for answer in answers:
        if not answer.is_lost:
            by_version.setdefault(answer.version or NO_VERSION, []).append(answer)
    losses = [answer for answer in answers if answer.is_lost]
    return Tally(
        load.name,
        len(answers),
        (answers[-1].at if answers else 0) / 1000,
        tuple(_version(version, those) for version, those in by_version.items()),
        dict(sorted(Counter(answer.status for answer in losses).items())),
        losses[0].at / 1000 if losses else None,
        losses[-1].at / 1000 if losses else None,
    )


def _version(version: str, answers: Sequence[Answer]) -> Version:
    return Version(
        version,
        len(answers),
        sum(answer.is_error for answer in answers),
        len({answer.instance for answer in answers}),
        answers[0].at / 1000,
        answers[-1].at / 1000,
    )
