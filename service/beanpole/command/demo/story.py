"""Plays the chapters of the demo: sends their requests and shows the world until each has ended."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from msgspec.structs import replace

from beanpole.command.client import Service
from beanpole.command.demo.chapters import APPLICATION, Chapter
from beanpole.command.demo.scene import Line, Scene, Tile, View
from beanpole.machine.clock import real_now, sleep

LONGEST = 3600  # simulated seconds that a chapter may take
_INTERVAL = 0.1  # seconds between two reads
_PAUSE = 1.0  # seconds at the end of a chapter, to see its result


class TooLong(Exception):
    """A wait that did not end."""


class Screen(Protocol):
    """A display of scenes."""

    def show(self, scene: Scene) -> None:
        """Show a scene."""


def tell(service: Service, speed: float, screen: Screen, write: Callable[[str], tuple[Chapter, ...]]) -> str:
    """Play the chapters that `write` makes for a platform, and return the summary. Raises TooLong."""
    stacks: list[str] = service.call("ListAvailableSolutionStacks")["SolutionStacks"]
    story = write(next(stack for stack in stacks if "Python" in stack))
    began = real_now()
    scene = Scene("", 0, len(story), speed, 0.0)
    for number, chapter in enumerate(story, 1):
        pace = speed / chapter.slower
        scene = replace(scene, title=chapter.title, chapter=number, speed=pace)
        service.control("PUT", "/clock", {"mode": "wall", "speed": pace})
        screen.show(scene)
        for action, parameters in chapter.requests:
            service.call(action, parameters)
        scene = _watch(service, chapter, scene, began, screen)
    return _summary(scene)


def _watch(service: Service, chapter: Chapter, scene: Scene, began: int, screen: Screen) -> Scene:
    """Show the world until the chapter has ended, and a moment longer."""
    opened, ended = real_now(), None
    timeout = LONGEST / scene.speed + 30
    while ended is None or real_now() - ended < _PAUSE * 1000:
        scene = _read(service, scene, began)
        waited = (real_now() - opened) / 1000
        missing = _missing(chapter, scene, waited)
        scene = replace(scene, waits_for=missing, waited=waited)
        screen.show(scene)
        if missing is None:
            ended = ended or real_now()
        elif waited > timeout:
            raise TooLong(f"{scene.title}: still waiting for {missing} after {waited:.0f} s")
        sleep(_INTERVAL)
    return scene


def _missing(chapter: Chapter, scene: Scene, waited: float) -> str | None:
    if waited * scene.speed < chapter.rests:
        return "names to be resolved again"
    views = {view.name: view for view in scene.environments}
    missing: dict[str, list[str]] = {}
    for name, status in chapter.until.items():
        if name not in views or views[name].status != status:
            missing.setdefault(status, []).append(name)
        elif status == "Ready" and views[name].health_status != "Ok":
            missing.setdefault("Ok", []).append(name)
    return ", ".join(f"{' and '.join(names)} to be {state}" for state, names in missing.items()) or None


def _read(service: Service, scene: Scene, began: int) -> Scene:
    """The scene with the present world."""
    described = service.call("DescribeEnvironments", {"ApplicationName": APPLICATION, "IncludeDeleted": "true"})
    log = service.call("DescribeEvents", {"ApplicationName": APPLICATION})
    views = sorted(
        (_view(service, environment) for environment in described["Environments"]), key=lambda view: view.name
    )
    lines = tuple(
        Line(
            max(0.0, event["EventDate"] - began / 1000),
            event["Severity"],
            event["EnvironmentName"] or APPLICATION,
            event["Message"],
        )
        for event in reversed(log["Events"])
    )
    return replace(scene, elapsed=(real_now() - began) / 1000, environments=tuple(views), lines=lines)


def _view(service: Service, environment: Mapping[str, Any]) -> View:
    view = View(
        environment["EnvironmentName"],
        environment["Status"],
        environment.get("HealthStatus") or "Unknown",
        environment.get("VersionLabel") or "-",
        environment.get("CNAME") or "-",
    )
    if view.status == "Terminated":
        return view
    world = service.control("GET", f"/environments/{environment['EnvironmentId']}/fleet")
    tiles = (
        Tile(instance["id"], instance["state"], instance["in_service"], instance.get("version_label"))
        for instance in world["instances"]
    )
    plan = world.get("plan") or {}
    return replace(view, fleet=tuple(tiles), step=plan.get("step") or 0, steps=len(plan.get("steps") or ()))


def _summary(scene: Scene) -> str:
    ends = ", ".join(
        f"{view.name} is {view.status}"
        + (f" on {view.version_label} at {view.cname}" if view.status == "Ready" else "")
        for view in scene.environments
    )
    return f"Done in {scene.elapsed:.1f} s with {len(scene.lines)} events: {ends}."
