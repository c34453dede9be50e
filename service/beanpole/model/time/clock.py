"""The clock of an account: the present instant, and durations on it."""

from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

Mode = Literal["wall", "manual"]
Speed = float | Literal["instant"]

MANUAL_EPOCH = 1_767_225_600_000  # 2026-01-01T00:00:00Z: the first reading of a manual clock unless another is set
LATEST = 32_503_680_000_000  # 3000-01-01T00:00:00Z: no clock can be set beyond it
PACE = 60.0


class Clock(Struct, frozen=True):
    """`wall`: the present is real time, and durations are divided by `speed`. `manual`: it is `reading`, moved by hand.

    `offset` is by how many milliseconds a wall clock is ahead of real time, since as a manual clock it was moved there.
    """

    mode: Mode = "wall"
    speed: Speed = PACE
    seed: int = 0
    reading: int = MANUAL_EPOCH
    offset: int = 0

    def now(self, real: int) -> int:
        """The instant on this clock, in milliseconds, when real time is `real`."""
        return real + self.offset if self.mode == "wall" else self.reading

    @property
    def rate(self) -> Speed:
        """Simulated seconds per second of this clock; 1 on a manual clock."""
        return self.speed if self.mode == "wall" else 1.0

    def lasting(self, seconds: float) -> int:
        """The milliseconds of this clock that a simulated duration takes; 0 at `instant`."""
        return 0 if self.rate == "instant" else round(seconds * 1000 / self.rate)

    def simulated(self, milliseconds: int) -> float:
        """The simulated seconds in a span of this clock; at `instant` no time passes."""
        return 0.0 if self.rate == "instant" else milliseconds / 1000 * self.rate


class Target(Struct, frozen=True):
    """The target of a move of a manual clock: an instant `to`, or a status of an environment, with `to` as the bound.

    With `by` it is relative: `to` follows from the reading when the move begins, so that concurrent moves add up.
    Targets with the same `key` end at the same instant: a caller that repeats a call means the same target.
    """

    id: str
    to: int = 0
    environment: str | None = None
    region: str | None = None
    status: str | None = None
    by: int | None = None
    key: str | None = None

    def from_reading(self, reading: int) -> "Target":
        """The same target with its instant, at the beginning of its move."""
        return self if self.by is None else replace(self, to=reading + self.by, by=None)
