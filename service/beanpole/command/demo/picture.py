"""Renders a scene for the terminal."""

from rich import box
from rich.columns import Columns
from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.style import Style
from rich.table import Table
from rich.text import Text

from beanpole.command.demo.scene import Line, Scene, Tile, View

VERSIONS = {"v1": "#3b82c4", "v2": "#3fa34d"}
HEALTH = {"Ok": "green", "Info": "cyan", "Warning": "yellow", "Degraded": "red", "Severe": "red"}
SEVERITIES = {"WARN": "yellow", "ERROR": "bold red", "FATAL": "bold red"}
WORDS = {"pending": "booting", "running": "serving", "deploying": "deploying", "terminating": "terminating"}
SPINNER = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"

_TILE = 11
_PANEL = 7  # rows of each of two environments
_ALONE = 13  # rows of a single environment: a method may double its fleet
_TALLEST = 26
_FLEET = 42  # columns of the left half
_WIDE = 110  # columns that two halves need side by side


def picture(scene: Scene, width: int, height: int) -> RenderableType:
    """The environments, with events beside them (below them where it is narrow), and the current wait."""
    tall = min(height - 1, _TALLEST) - 3
    body = Table.grid(expand=True)
    if width >= _WIDE:
        body.add_column(width=_FLEET)
        body.add_column(ratio=1)
        body.add_row(Group(*_fleets(scene)), _events(scene, tall))
    else:
        fleets = _fleets(scene)
        for _ in fleets:
            body.add_column(ratio=1)
        body.add_row(*fleets)
    below = [] if width >= _WIDE else [_events(scene, tall - _rows(scene))]
    parts = [_head(scene), body, *below]
    return Group(*parts, _legend(), _progress(scene))


def _head(scene: Scene) -> RenderableType:
    head = Table.grid(expand=True)
    head.add_column()
    head.add_column(justify="right")
    title = Text.assemble(("beanpole", "bold green"), f"  {scene.title}", no_wrap=True, overflow="ellipsis")
    head.add_row(title, Text(f"clock {scene.speed:g}x · {scene.elapsed:5.1f} s", "dim"))
    return head


def _fleets(scene: Scene) -> tuple[RenderableType, ...]:
    height = _rows(scene)
    if scene.environments:
        return tuple(_environment(environment, height) for environment in scene.environments)
    nothing = Text("no environment yet", "dim italic")
    return (Panel(nothing, box=box.ROUNDED, border_style="dim", height=height),)


def _rows(scene: Scene) -> int:
    return _ALONE if len(scene.environments) == 1 else _PANEL


def _environment(view: View, height: int) -> RenderableType:
    colour = HEALTH.get(view.health_status, "bright_black")
    terminated = view.status == "Terminated"
    facts = Text.assemble(
        (f"● {view.health_status}" if not terminated else "○", colour),
        ("  " + view.status, "bold" if view.status == "Ready" else "bold yellow" if not terminated else "dim"),
        ("  " + view.version_label, VERSIONS.get(view.version_label, "")),
    )
    address = Text(view.cname if not terminated else "-", "dim", no_wrap=True, overflow="ellipsis")
    tiles = Columns([_tile(tile) for tile in view.fleet], padding=(0, 1)) if view.fleet else _no_instances(view)
    return Panel(
        Group(facts, address, tiles),
        title=Text(view.name, "bold"),
        title_align="left",
        box=box.ROUNDED,
        border_style=colour,
        height=height,
    )


def _no_instances(view: View) -> RenderableType:
    return Text("\nno instances" + (" yet" if view.status == "Launching" else ""), "dim italic")


def _tile(tile: Tile) -> RenderableType:
    style = _paint(tile)
    word = WORDS.get(tile.state, tile.state) if tile.in_service or tile.state != "running" else "waiting"
    rows = (tile.version_label or "-", word, tile.id[-8:])
    return Text("\n".join(row.center(_TILE) for row in rows), style, no_wrap=True)


def _paint(tile: Tile) -> Style:
    colour = VERSIONS.get(tile.version_label or "", "#5b6270")
    match tile.state:
        case "pending":
            return Style(color="#c9ced6", bgcolor="#3a3f47")
        case "deploying":
            return Style(color="#1d1d1d", bgcolor="#e0a93b", bold=True)
        case "terminating":
            return Style(color="#e8c9c9", bgcolor="#6b3434")
        case _ if tile.in_service:
            return Style(color="#ffffff", bgcolor=colour, bold=True)
        case _:
            return Style(color=colour, bgcolor="#2a2d33")


def _events(scene: Scene, height: int) -> RenderableType:
    rows = max(height - 2, 1)
    lines = [_event(line) for line in scene.lines[-rows:]]
    text = Text("\n").join(lines) if lines else Text("nothing has happened yet", "dim italic")
    text.no_wrap, text.overflow = True, "ellipsis"
    return Panel(
        text, title=Text("events", "bold"), title_align="left", box=box.ROUNDED, border_style="dim", height=rows + 2
    )


def _event(line: Line) -> Text:
    return Text.assemble(
        (f"{line.at:6.1f}s ", "dim"),
        (f"{line.severity:<5} ", SEVERITIES.get(line.severity, "dim")),
        (f"{line.environment:<6} ", "bold"),
        (line.message, SEVERITIES.get(line.severity, "")),
    )


def _legend() -> RenderableType:
    legend = Text(" ")
    for name, style in (
        ("v1", _paint(Tile("", "running", True, "v1"))),
        ("v2", _paint(Tile("", "running", True, "v2"))),
        ("booting", _paint(Tile("", "pending", False, None))),
        ("deploying", _paint(Tile("", "deploying", False, None))),
        ("terminating", _paint(Tile("", "terminating", False, None))),
    ):
        legend.append(f" {name} ", style).append("  ")
    return legend


def _progress(scene: Scene) -> RenderableType:
    line = Table.grid(expand=True, padding=(0, 1))
    line.add_column(width=24)
    line.add_column(ratio=1)
    line.add_column(justify="right")
    part, whole = _position(scene)
    bar = ProgressBar(total=whole, completed=part, width=24, complete_style="green", finished_style="green")
    if scene.waits_for is None:
        text = Text("✓ " + scene.title, "green", no_wrap=True, overflow="ellipsis")
    else:
        wheel = SPINNER[int(scene.elapsed * 10) % len(SPINNER)]
        text = Text(f"{wheel} waiting for {scene.waits_for}", no_wrap=True, overflow="ellipsis")
    line.add_row(bar, text, Text(f"{scene.chapter} of {scene.chapters} · {scene.waited:4.1f} s", "dim"))
    return line


def _position(scene: Scene) -> tuple[float, float]:
    """The progress in chapters: those that have ended, and the share of done steps in the current one."""
    steps = sum(environment.steps for environment in scene.environments)
    share = sum(environment.step for environment in scene.environments) / steps if steps and scene.waits_for else 0.0
    return max(0.0, scene.chapter - 1 + (share if scene.waits_for else 1.0)), scene.chapters
