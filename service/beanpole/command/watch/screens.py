"""Two ways to show what is watched: a picture that moves, and lines for what is not a terminal."""

from collections import deque
from collections.abc import Iterator
from typing import Self

from rich.console import Console, RenderableType

from beanpole.command.screen import Screen
from beanpole.command.watch.picture import picture, still
from beanpole.command.watch.sight import Plan, Row, Sight, Told

KEPT = 200  # events


class Lines:
    """What is there first, then every change and every event once, as `2026-01-01T00:00:31.000Z  INFO   message`."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._before: Sight | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing to put back."""

    def show(self, sight: Sight) -> None:
        """Say what has not been said."""
        for event in sight.events:
            self._say(event.at, event.severity, event.message)
        for text in changes(self._before, sight):
            self._say(sight.now, "----", text)
        self._before = sight

    def _say(self, at: str, severity: str, text: str) -> None:
        self._console.print(f"{at}  {severity:<5}  {text}", markup=False)


def moving(console: Console) -> Screen[Sight]:
    """A picture of the environment with all that was told of it so far."""
    told: deque[Told] = deque(maxlen=KEPT)

    def paint(sight: Sight, width: int, height: int) -> RenderableType:
        told.extend(sight.events)
        return picture(sight, tuple(told), width, height)

    return Screen(console, paint)


def changes(before: Sight | None, now: Sight) -> Iterator[str]:
    """What is otherwise than it was, in words; all of it where nothing was seen before."""
    if before is None or _facts(before) != _facts(now):
        yield f"{now.name} is {now.status}, health {now.health}, version {now.version_label}"
    if now.causes and (before is None or not before.causes or before.health != now.health):
        yield "because: " + " ".join(now.causes)
    rows = {it.id: it for it in before.fleet} if before else {}
    for row in now.fleet:
        if rows.get(row.id) != row:
            yield _instance(row)
    for gone in rows.keys() - {it.id for it in now.fleet}:
        yield f"{gone} is gone"
    if now.plan and now.plan.steps and (before is None or _place(before) != _place(now)):
        yield _plan(now.plan, now.now)


def _plan(plan: Plan, now: str) -> str:
    mood = f"{plan.mood}, " if plan.mood else ""
    here = f"{mood}step {plan.step + 1} of {len(plan.steps)}: {plan.steps[plan.step]}"
    return f"{here}, waits {still(plan, now)} for {plan.waits_for}"


def _facts(sight: Sight) -> tuple[str, ...]:
    return sight.status, sight.health, sight.version_label


def _place(sight: Sight) -> tuple[int, int, str] | None:
    return (sight.plan.step, len(sight.plan.steps), sight.plan.mood) if sight.plan else None


def _instance(row: Row) -> str:
    serves = "in service" if row.in_service else "out of service"
    health = f", {row.health}" if row.health else ""
    return f"{row.id} is {row.state}, {serves}, on {row.version_label or 'nothing yet'}{health}, in {row.group}"
