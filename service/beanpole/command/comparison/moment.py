"""What is seen of every environment of a world at one instant."""

from msgspec import Struct


class Seat(Struct, frozen=True):
    """One instance."""

    id: str
    version: str | None
    state: str
    in_service: bool
    group: str


class Side(Struct, frozen=True):
    """One environment; `answers`: it holds the name that the users call, `called_until`: some take it for the holder.

    `traffic` is the percentage of their requests that a new side gets, while they are split.
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
    """`at` is an instant in milliseconds; what is seen lasts until the next moment."""

    at: int
    sides: tuple[Side, ...]

    @property
    def answering(self) -> Side:
        """The environment that holds the users' name; ValueError if none does."""
        found = next((it for it in self.sides if it.answers), None)
        if found is None:
            raise ValueError(f"at {self.at} nobody holds the name that the users call")
        return found

    @property
    def splits(self) -> bool:
        """Some of the users' requests, and not all of them, go to a new side."""
        return any(0 < (it.traffic or 0) < 100 for it in self.sides)

    @property
    def ids(self) -> frozenset[str]:
        """Every instance that there is."""
        return frozenset(seat.id for side in self.sides for seat in side.fleet)

    @property
    def size(self) -> int:
        """How many instances there are."""
        return sum(len(it.fleet) for it in self.sides)
