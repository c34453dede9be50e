"""Renders a sight for the terminal."""

import re
from collections.abc import Sequence
from datetime import datetime

from rich import box
from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from beanpole.command.watch.sight import Event, Plan, Row, Sight
from beanpole.model.environment import lane_picture

HEALTH = {
    "Ok": "green",
    "Green": "green",
    "Info": "cyan",
    "Warning": "yellow",
    "Yellow": "yellow",
    "Degraded": "red",
    "Severe": "red",
    "Red": "red",
}
SEVERITIES = {"WARN": "yellow", "ERROR": "bold red", "FATAL": "bold red"}
STATES = {"pending": "bright_black", "deploying": "yellow", "terminating": "red"}
VERSIONS = ("blue", "green", "magenta", "cyan")

_LONG_ID = re.compile(
    r"i-[0-9a-f]{9}(?=[0-9a-f]{8})"
)  # the part of an instance's id that is left out where there is little room
_WIDE = 136  # columns that the plan needs beside the instances
_PLAN = 58  # columns of the plan
_COLUMNS = {"instance": 19, "version": 7, "state": 11, "serving": 7, "health": 8, "group": 9}
_FEWEST = 3  # rows that a panel has at least
_HEAD = 3
_MOST_STEPS = 12
_FRAME = 4  # columns of a panel's frame
_SHORT, _LONG = 8, 60  # columns of a lane
_SIGNS = {
    "": (" ", ""),
    "boot": ("·", "bright_black"),
    "work": ("▒", "yellow"),
    "go": ("x", "red"),
    "sample": ("░", "white"),
}


def picture(sight: Sight, events: Sequence[Event], width: int, height: int) -> RenderableType:
    """The environment, its instances, the plan beside them (below them where it is narrow), and the events."""
    causes = 1 if sight.causes else 0
    left = max(height - 1 - _HEAD - causes, 4 * _FEWEST)
    if width >= _WIDE:
        upper = min(max(len(sight.fleet) + 1, _steps(sight.plan), _FEWEST) + 2, left - _FEWEST - 2)
        body = Table.grid(expand=True)
        body.add_column(ratio=1)
        body.add_column(width=_PLAN)
        body.add_row(_instances(sight, upper, width - _PLAN), _plan(sight, upper))
        return Group(_head(sight), body, _events(events, left - upper))
    steps = min(max(_steps(sight.plan), 1) + 2, max((left - _FEWEST - 2) // 2, _FEWEST))
    rows = min(max(len(sight.fleet) + 1, _FEWEST) + 2, left - steps - _FEWEST - 2)
    parts = [_instances(sight, rows, width), _plan(sight, steps), _events(events, left - rows - steps)]
    return Group(_head(sight), *parts)


def _steps(plan: Plan | None) -> int:
    return min(len(plan.steps), _MOST_STEPS) if plan else 0


def _head(sight: Sight) -> RenderableType:
    head = Table.grid(expand=True)
    head.add_column(ratio=1)
    head.add_column(justify="right")
    status = "bold" if sight.status == "Ready" else "dim" if sight.is_over else "bold yellow"
    facts = Text.assemble(
        (sight.name, "bold"),
        (f"  ● {sight.health}", HEALTH.get(sight.health, "bright_black")),
        (f"  {sight.status}", status),
        f"  {sight.version_label}",
        no_wrap=True,
        overflow="ellipsis",
    )
    head.add_row(facts, Text(f"clock {sight.pace} · {_moment(sight.now)}", "dim"))
    where = _line(f"{sight.application} · {sight.cname} · {sight.platform}", "dim")
    causes = [_line(" ".join(sight.causes), HEALTH.get(sight.health, ""))] if sight.causes else []
    return Group(head, where, *causes, Text())


def _instances(sight: Sight, height: int, width: int) -> RenderableType:
    table = Table(box=None, expand=True, padding=(0, 1), pad_edge=False, header_style="dim")
    for title, least in _COLUMNS.items():
        table.add_column(title, no_wrap=True, overflow="ellipsis", min_width=least)
    over_time = _over_time(sight, width - _FRAME - sum(_COLUMNS.values()) - 2 * len(_COLUMNS))
    if over_time:
        table.add_column("over time", no_wrap=True)
    colours = _colours(_versions(sight))
    room = height - 3
    rows = sight.fleet if len(sight.fleet) <= room else sight.fleet[: max(room - 1, 0)]
    for row in rows:
        table.add_row(*_cells(row, colours), *([over_time.get(row.id, Text())] if over_time else []))
    if len(rows) < len(sight.fleet):
        table.add_row(Text(f"and {len(sight.fleet) - len(rows)} more", "dim italic"))
    serving = sum(row.in_service for row in sight.fleet)
    return _panel(table, f"{len(sight.fleet)} instances, {serving} in service", height)


def _cells(row: Row, colours: dict[str | None, str]) -> tuple[Text, ...]:
    return (
        Text(row.id),
        Text(row.version_label or "-", f"bold {colours[row.version_label]}"),
        Text(row.state, STATES.get(row.state, "")),
        Text("yes", "green") if row.in_service else Text("no", "yellow"),
        Text(row.health or "-", HEALTH.get(row.health or "", "dim")),
        Text(row.group, "dim"),
    )


def _versions(sight: Sight) -> tuple[str, ...]:
    """The versions in the order in which the lanes show them."""
    labels = [row.version_label for row in sight.fleet if row.version_label is not None]
    return tuple(dict.fromkeys([*lane_picture.versions(sight.lanes.lanes), *labels]))


def _over_time(sight: Sight, room: int) -> dict[str, Text]:
    """The lane of each instance, in the columns that are left; none where there are too few."""
    if room < _SHORT or not sight.lanes.lanes:
        return {}
    number, known = min(room, _LONG), _versions(sight)
    began, ended = sight.lanes.began, sight.lanes.ended
    return {
        lane.id: Text.assemble(*map(_cell, lane_picture.columns(lane, began, ended, number, known)))
        for lane in sight.lanes.lanes
    }


def _cell(kind: str) -> tuple[str, str]:
    """A column of a lane: its sign tells the kind where there are no colours."""
    hue, _, out = kind.partition(" ")
    if hue.startswith("v"):
        return "░" if out else "█", VERSIONS[int(hue[1:]) % len(VERSIONS)]
    return _SIGNS[hue]


def _colours(labels: Sequence[str]) -> dict[str | None, str]:
    colours: dict[str | None, str] = {label: VERSIONS[index % len(VERSIONS)] for index, label in enumerate(labels)}
    return colours | {None: "bright_black"}


def _plan(sight: Sight, height: int) -> RenderableType:
    plan = sight.plan
    if plan is None:
        return _panel(Text("no plan is running", "dim italic"), "plan", height)
    if not plan.steps:
        return _panel(Text("not made yet", "dim italic"), "plan", height)
    room = max(height - 2, 1)
    first = max(0, min(plan.step - room // 3, len(plan.steps) - room))
    lines = [_step(plan, index, sight.now) for index in range(first, min(first + room, len(plan.steps)))]
    title = f"{plan.direction or 'plan'}: step {plan.step + 1} of {len(plan.steps)}"
    return _panel(Group(*lines), title, height, f"waits for {_LONG_ID.sub('', plan.waits_for)}")


def _step(plan: Plan, index: int, now: str) -> Text:
    if index < plan.step:
        return _line(f"✓ {plan.steps[index]}", "dim green")
    if index > plan.step:
        return _line(f"· {plan.steps[index]}", "dim")
    return Text.assemble(
        (f"▶ {remaining(plan, now)} ", "bold yellow"), (plan.steps[index], "bold"), no_wrap=True, overflow="ellipsis"
    )


def remaining(plan: Plan, now: str) -> str:
    """The time left for the current step, on the account's clock, as `m:ss`."""
    seconds = max((datetime.fromisoformat(plan.until) - datetime.fromisoformat(now)).total_seconds(), 0.0)
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02}"


def _events(events: Sequence[Event], height: int) -> RenderableType:
    rows = max(height - 2, 1)
    lines = [_event(event) for event in events[-rows:]]
    return _panel(Group(*lines) if lines else Text("nothing has happened yet", "dim italic"), "events", rows + 2)


def _event(event: Event) -> Text:
    style = SEVERITIES.get(event.severity, "")
    return Text.assemble(
        (f"{_moment(event.at)[11:]} ", "dim"),
        (f"{event.severity:<5} ", style or "dim"),
        (event.message, style),
        no_wrap=True,
        overflow="ellipsis",
    )


def _moment(instant: str) -> str:
    return instant[:19].replace("T", " ")


def _line(text: str, style: str) -> Text:
    return Text(text, style, no_wrap=True, overflow="ellipsis")


def _panel(inner: RenderableType, title: str, height: int, below: str = "") -> Panel:
    return Panel(
        inner,
        title=Text(title, "bold"),
        title_align="left",
        subtitle=_line(below, "dim") if below else None,
        subtitle_align="left",
        box=box.ROUNDED,
        border_style="dim",
        height=height,
    )
