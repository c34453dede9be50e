"""The state of the demo at one moment: environments with their fleets, the events so far, and the current wait."""

from msgspec import Struct


class Tile(Struct, frozen=True):
    """One instance."""

    id: str
    state: str
    in_service: bool
    version_label: str | None


class View(Struct, frozen=True):
    """One environment."""

    name: str
    status: str
    health_status: str
    version_label: str
    cname: str
    fleet: tuple[Tile, ...] = ()
    step: int = 0
    steps: int = 0


class Line(Struct, frozen=True):
    """One event; `at` is seconds since the story began."""

    at: float
    severity: str
    environment: str
    message: str


class Scene(Struct, frozen=True):
    """`chapter` counts from 1; `elapsed` and `waited` are seconds; `waits_for` is None between two waits."""

    title: str
    chapter: int
    chapters: int
    speed: float
    elapsed: float
    waited: float = 0.0
    waits_for: str | None = None
    environments: tuple[View, ...] = ()
    lines: tuple[Line, ...] = ()
