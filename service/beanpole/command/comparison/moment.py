"""The state of all environments of a world at one instant, as far as the comparison needs it."""

from msgspec import Struct

from beanpole.model.environment.instance import State


class Seat(Struct, frozen=True):
    """One instance."""

    id: str
    version: str | None
    state: State
    in_service: bool
    group: str


class Side(Struct, frozen=True):
    """One environment.

    `answers`: it holds the CNAME of the users; `called_until`: until then some users still resolve the CNAME to it.
    `traffic` is the percentage of requests that the new instances get, while traffic is split.
    """

    environment: str
    answers: bool
    endpoint: str | None
    status: str
    health: str
    traffic: int | None = None
    fleet: tuple[Seat, ...] = ()
    called_until: int = 0


class Moment(Struct, frozen=True):
    """The environments at the instant `at`, in milliseconds, and until the next moment."""

    at: int
    sides: tuple[Side, ...]

    @property
    def answering(self) -> Side:
        """The environment that holds the CNAME of the users; ValueError if none does."""
        holder = next((side for side in self.sides if side.answers), None)
        if holder is None:
            raise ValueError(f"at {self.at} no environment holds the CNAME of the users")
        return holder

    @property
    def splits(self) -> bool:
        """Tell whether traffic is split between old and new instances."""
        return any(0 < (side.traffic or 0) < 100 for side in self.sides)

    @property
    def ids(self) -> frozenset[str]:
        """The ids of all instances."""
        return frozenset(seat.id for side in self.sides for seat in side.fleet)

    @property
    def size(self) -> int:
        """The number of all instances."""
        return sum(len(side.fleet) for side in self.sides)
