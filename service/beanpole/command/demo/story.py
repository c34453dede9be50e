"""The story as it is told: every chapter asked of the service and looked on at until it has ended."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from msgspec.structs import replace

from beanpole.clock import real_now, sleep
from beanpole.command.client import Service
from beanpole.command.demo.chapters import APPLICATION, Chapter
from beanpole.command.demo.scene import Line, Scene, Tile, View

LONGEST = 3600  # simulated seconds that a chapter may take
_LOOK = 0.1  # seconds between two looks
_PAUSE = 1.0  # seconds for the eye, at the end of a chapter


class TooLong(Exception):
    """A wait that did not end."""


class Screen(Protocol):
    """Where the story is shown."""

    def show(self, scene: Scene) -> None:
        """Show this moment."""


def tell(service: Service, speed: float, screen: Screen, write: Callable[[str], tuple[Chapter, ...]]) -> str:
    """Play every chapter that is written for a platform to its end, showing it; the summary in the end."""
    stacks: list[str] = service.call("ListAvailableSolutionStacks")["SolutionStacks"]
    story = write(next(it for it in stacks if "Python" in it))
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
    """Look on until the chapter has ended, and a moment longer."""
    opened, ended = real_now(), None
    patience = LONGEST / scene.speed + 30
    while ended is None or real_now() - ended < _PAUSE * 1000:
        scene = _look(service, scene, began)
        waited = (real_now() - opened) / 1000
        missing = _missing(chapter, scene, waited)
        scene = replace(scene, waits_for=missing, waited=waited)
        screen.show(scene)
        if missing is None:
            ended = ended or real_now()
        elif waited > patience:
            raise TooLong(f"{scene.title}: still waiting for {missing} after {waited:.0f} s")
        sleep(_LOOK)
    return scene


def _missing(chapter: Chapter, scene: Scene, waited: float) -> str | None:
    if waited * scene.speed < chapter.rests:
        return "names to be looked up anew"
    seen = {it.name: it for it in scene.environments}
    wanting: dict[str, list[str]] = {}
    for name, status in chapter.until.items():
        if name not in seen or seen[name].status != status:
            wanting.setdefault(status, []).append(name)
        elif status == "Ready" and seen[name].health_status != "Ok":
            wanting.setdefault("Ok", []).append(name)
    return ", ".join(f"{' and '.join(names)} to be {state}" for state, names in wanting.items()) or None


def _look(service: Service, scene: Scene, began: int) -> Scene:
    """The world as it is now."""
    described = service.call("DescribeEnvironments", {"ApplicationName": APPLICATION, "IncludeDeleted": "true"})
    told = service.call("DescribeEvents", {"ApplicationName": APPLICATION})
    views = sorted((_view(service, it) for it in described["Environments"]), key=lambda it: it.name)
    lines = tuple(
        Line(
            max(0.0, it["EventDate"] - began / 1000),
            it["Severity"],
            it["EnvironmentName"] or APPLICATION,
            it["Message"],
        )
        for it in reversed(told["Events"])
    )
    return replace(scene, elapsed=(real_now() - began) / 1000, environments=tuple(views), lines=lines)


def _view(service: Service, found: Mapping[str, Any]) -> View:
    view = View(
        found["EnvironmentName"],
        found["Status"],
        found.get("HealthStatus") or "Unknown",
        found.get("VersionLabel") or "-",
        found.get("CNAME") or "-",
    )
    if view.status == "Terminated":
        return view
    world = service.control("GET", f"/environments/{found['EnvironmentId']}/fleet")
    tiles = (Tile(it["id"], it["state"], it["in_service"], it.get("version_label")) for it in world["instances"])
    plan = world.get("plan") or {}
    return replace(view, fleet=tuple(tiles), step=plan.get("step") or 0, steps=len(plan.get("steps") or ()))


def _summary(scene: Scene) -> str:
    ends = ", ".join(
        f"{it.name} is {it.status}" + (f" on {it.version_label} at {it.cname}" if it.status == "Ready" else "")
        for it in scene.environments
    )
    return f"Told in {scene.elapsed:.1f} s with {len(scene.lines)} events: {ends}."
