"""The story: what is asked of the service, chapter by chapter, and what each chapter waits for."""

from collections.abc import Mapping
from typing import Any, Protocol

from msgspec import Struct
from msgspec.structs import replace

from beanpole.clock import real_now, sleep
from beanpole.demo.client import Parameters, Service
from beanpole.demo.scene import Line, Scene, Tile, View

APPLICATION = "shop"
LONGEST = 3600  # simulated seconds that a chapter may take
_LOOK = 0.1  # seconds between two looks
_PAUSE = 1.0  # seconds for the eye, at the end of a chapter


class TooLong(Exception):
    """A wait that did not end."""


class Chapter(Struct, frozen=True):
    """Requests, and the status of each environment that ends it; `slower` divides the speed."""

    title: str
    requests: tuple[tuple[str, Parameters], ...]
    until: Mapping[str, str] = {}
    slower: float = 1.0


class Screen(Protocol):
    """Where the story is shown."""

    def show(self, scene: Scene) -> None:
        """Show this moment."""


def chapters(stack: str) -> tuple[Chapter, ...]:
    """The whole story, on a platform."""
    return (
        Chapter(
            "An application with two versions",
            (
                ("CreateApplication", {"ApplicationName": APPLICATION}),
                ("CreateApplicationVersion", {"ApplicationName": APPLICATION, "VersionLabel": "v1"}),
                ("CreateApplicationVersion", {"ApplicationName": APPLICATION, "VersionLabel": "v2"}),
            ),
        ),
        Chapter(
            "Launch blue and green, both on v1",
            (_environment("blue", "shop", 3, stack), _environment("green", "next", 3, stack)),
            {"blue": "Ready", "green": "Ready"},
            slower=1.5,
        ),
        Chapter(
            "Deploy v2 to green, all at once",
            (("UpdateEnvironment", {"EnvironmentName": "green", "VersionLabel": "v2"}),),
            {"green": "Ready"},
            slower=4,
        ),
        Chapter(
            "Swap the CNAMEs: green takes the traffic",
            (
                (
                    "SwapEnvironmentCNAMEs",
                    {"SourceEnvironmentName": "blue", "DestinationEnvironmentName": "green"},
                ),
            ),
            {"blue": "Ready", "green": "Ready"},
            slower=6,
        ),
        Chapter(
            "Terminate blue",
            (("TerminateEnvironment", {"EnvironmentName": "blue"}),),
            {"blue": "Terminated"},
        ),
    )


def _environment(name: str, cname: str, size: int, stack: str) -> tuple[str, Parameters]:
    settings = (
        ("aws:elasticbeanstalk:environment", "EnvironmentType", "LoadBalanced"),
        ("aws:elasticbeanstalk:environment", "LoadBalancerType", "application"),
        ("aws:autoscaling:asg", "MinSize", size),
        ("aws:autoscaling:asg", "MaxSize", size),
    )
    return "CreateEnvironment", {
        "ApplicationName": APPLICATION,
        "EnvironmentName": name,
        "CNAMEPrefix": cname,
        "SolutionStackName": stack,
        "VersionLabel": "v1",
        "OptionSettings": [dict(zip(("Namespace", "OptionName", "Value"), it, strict=True)) for it in settings],
    }


def tell(service: Service, speed: float, screen: Screen) -> str:
    """Play every chapter to its end, showing it; the summary in the end."""
    stacks: list[str] = service.call("ListAvailableSolutionStacks")["SolutionStacks"]
    story = chapters(next(it for it in stacks if "Python" in it))
    began = real_now()
    scene = Scene("", 0, len(story), speed, 0.0)
    for number, chapter in enumerate(story, 1):
        pace = speed / chapter.slower
        scene = replace(scene, title=chapter.title, chapter=number, speed=pace)
        service.control("PUT", "/_beanpole/clock", {"mode": "wall", "speed": pace})
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
        missing = _missing(chapter, scene)
        waited = (real_now() - opened) / 1000
        scene = replace(scene, waits_for=missing, waited=waited)
        screen.show(scene)
        if missing is None:
            ended = ended or real_now()
        elif waited > patience:
            raise TooLong(f"{scene.title}: still waiting for {missing} after {waited:.0f} s")
        sleep(_LOOK)
    return scene


def _missing(chapter: Chapter, scene: Scene) -> str | None:
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
    world = service.control("GET", f"/_beanpole/environments/{view.name}/fleet")
    tiles = (Tile(it["id"], it["state"], it["in_service"], it.get("version_label")) for it in world["instances"])
    plan = world.get("plan") or {}
    return replace(view, fleet=tuple(tiles), step=plan.get("step") or 0, steps=len(plan.get("steps") or ()))


def _summary(scene: Scene) -> str:
    ends = ", ".join(
        f"{it.name} is {it.status}" + (f" on {it.version_label} at {it.cname}" if it.status == "Ready" else "")
        for it in scene.environments
    )
    return f"Told in {scene.elapsed:.1f} s with {len(scene.lines)} events: {ends}."
