"""The two displays of `watch`: a live picture, and lines for an output that is not a terminal."""

from collections import deque
from collections.abc import Iterator
from typing import Self

from rich.console import Console, RenderableType

from beanpole.command.screen import Screen
from beanpole.command.watch.picture import picture, remaining
from beanpole.command.watch.sight import Event, Plan, Row, Sight

HISTORY = 200  # events


class Lines:
    """A screen that prints the first state, then changes and events, as `2026-01-01T00:00:31.000Z  INFO   message`."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._before: Sight | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Restore nothing."""

    def show(self, sight: Sight) -> None:
        """Print what is new."""
        for event in sight.events:
            self._print(event.at, event.severity, event.message)
        for text in changes(self._before, sight):
            self._print(sight.now, "----", text)
        self._before = sight

    def _print(self, at: str, severity: str, text: str) -> None:
        self._console.print(f"{at}  {severity:<5}  {text}", markup=False)


def moving(console: Console) -> Screen[Sight]:
    """A live picture of the environment with its latest events."""
    events: deque[Event] = deque(maxlen=HISTORY)

    def paint(sight: Sight, width: int, height: int) -> RenderableType:
        events.extend(sight.events)
        return picture(sight, tuple(events), width, height)

    return Screen(console, paint)


def changes(before: Sight | None, now: Sight) -> Iterator[str]:
    """The changes since the last sight, in words; all facts if there was none."""
    if before is None or _facts(before) != _facts(now):
        yield f"{now.name} is {now.status}, health {now.health}, version {now.version_label}"
    if now.causes and (before is None or not before.causes or before.health != now.health):
        yield "because: " + " ".join(now.causes)
    rows = {row.id: row for row in before.fleet} if before else {}
    for row in now.fleet:
        if rows.get(row.id) != row:
            yield _instance(row)
    for id_ in rows.keys() - {row.id for row in now.fleet}:
        yield f"{id_} is gone"
    if now.plan and now.plan.steps and (before is None or _position(before) != _position(now)):
        yield _plan(now.plan, now.now)


def _plan(plan: Plan, now: str) -> str:
    direction = f"{plan.direction}, " if plan.direction else ""
    here = f"{direction}step {plan.step + 1} of {len(plan.steps)}: {plan.steps[plan.step]}"
    return f"{here}, waits {remaining(plan, now)} for {plan.waits_for}"


def _facts(sight: Sight) -> tuple[str, ...]:
    return sight.status, sight.health, sight.version_label


def _position(sight: Sight) -> tuple[int, int, str] | None:
    return (sight.plan.step, len(sight.plan.steps), sight.plan.direction) if sight.plan else None


def _instance(row: Row) -> str:
    serves = "in service" if row.in_service else "out of service"
    health = f", {row.health}" if row.health else ""
    return f"{row.id} is {row.state}, {serves}, on {row.version_label or 'no version'}{health}, in {row.group}"
