"""What there is to see of one environment at one moment."""

from msgspec import Struct


class Row(Struct, frozen=True):
    """One instance; `health` is None where nobody reports it."""

    id: str
    group: str
    state: str
    in_service: bool
    version_label: str | None
    health: str | None = None


class Plan(Struct, frozen=True):
    """The steps in words, the index of the one that goes on, what that waits for, and until which instant.

    `mood` is `undoing` where the plan undoes another, `aborting` where somebody asked that it stop.
    """

    steps: tuple[str, ...]
    step: int
    until: str
    waits_for: str = "a worker"
    mood: str = ""


class Told(Struct, frozen=True):
    """One event; `at` is an instant as it is shown."""

    at: str
    severity: str
    message: str


class Sight(Struct, frozen=True):
    """`now` is what the account's clock shows, `pace` how it goes; `causes` are those of the health."""

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
    events: tuple[Told, ...] = ()

    @property
    def is_over(self) -> bool:
        """Nothing will happen to it any more by itself."""
        return self.status == "Terminated"
