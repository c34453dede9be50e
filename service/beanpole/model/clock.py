"""An account's clock as a value: what `now` is, and how long a simulated duration lasts on it."""

from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

Mode = Literal["wall", "manual"]
Speed = float | Literal["instant"]

MANUAL_EPOCH = 1_767_225_600_000  # 2026-01-01T00:00:00Z: where a manual clock starts unless told otherwise
LATEST = 32_503_680_000_000  # 3000-01-01T00:00:00Z: beyond it no clock is set
PACE = 60.0


class Clock(Struct, frozen=True):
    """`wall`: now is real time, and durations are divided by `speed`. `manual`: now is `reading`, moved by hand.

    `offset` is how far a wall clock runs ahead of real time because it was once a manual one that had been moved there.
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
        """Simulated seconds to a second of this clock; a manual clock runs in simulated seconds."""
        return self.speed if self.mode == "wall" else 1.0

    def lasting(self, seconds: float) -> int:
        """How many milliseconds of this clock a simulated duration takes; none at `instant`."""
        return 0 if self.rate == "instant" else round(seconds * 1000 / self.rate)

    def simulated(self, milliseconds: int) -> float:
        """The simulated seconds in a span of this clock; at `instant` no time passes."""
        return 0.0 if self.rate == "instant" else milliseconds / 1000 * self.rate


class Target(Struct, frozen=True):
    """How far to move a manual clock: to an instant, or until an environment has a status, `to` being the bound.

    With `by` it is a span, and `to` is known when its turn comes: wishes add up, whoever else moves the clock.
    """

    id: str
    to: int = 0
    environment: str | None = None
    region: str | None = None
    status: str | None = None
    by: int | None = None

    def from_reading(self, reading: int) -> "Target":
        """The same wish with its instant, now that its turn has come."""
        return self if self.by is None else replace(self, to=reading + self.by, by=None)
