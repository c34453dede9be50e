"""The state of one environment at one moment, as `watch` shows it."""

from msgspec import Struct

from beanpole.model.environment.lanes import Lane


class Row(Struct, frozen=True):
    """One instance; `health` is None where none is reported."""

    id: str
    group: str
    state: str
    in_service: bool
    version_label: str | None
    health: str | None = None


class Plan(Struct, frozen=True):
    """The steps in words, the index of the current one, what it waits for, and until which instant.

    `direction` is `undoing` if the plan undoes another, `aborting` after a request to abort.
    """

    steps: tuple[str, ...]
    step: int
    until: str
    waits_for: str = "a worker"
    direction: str = ""


class Event(Struct, frozen=True):
    """One event; `at` is the text of an instant."""

    at: str
    severity: str
    message: str


class Lanes(Struct, frozen=True):
    """The instances over time, and the two instants between which a picture shows them."""

    lanes: tuple[Lane, ...] = ()
    began: int = 0
    ended: int = 0


class Sight(Struct, frozen=True):
    """An environment; `now` and `pace` are reading and speed of the account's clock, `causes` those of its health."""

    now: str
    pace: str
    id: str
    name: str
    application: str
    platform: str
    cname: str
    status: str
    health: str
    version_label: str
    causes: tuple[str, ...] = ()
    fleet: tuple[Row, ...] = ()
    plan: Plan | None = None
    events: tuple[Event, ...] = ()
    lanes: Lanes = Lanes()

    @property
    def is_over(self) -> bool:
        """Tell whether nothing more will happen to the environment."""
        return self.status == "Terminated"
