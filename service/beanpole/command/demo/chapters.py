"""The chapters of the demo: the requests of each, and the statuses that end it."""

from collections.abc import Mapping

from msgspec import Struct

from beanpole.command.client import Parameters
from beanpole.command.deployment_methods import Method, named, option_settings

APPLICATION = "shop"
SIZE = 3  # instances of each of two environments
FLEET = 4  # instances of a single environment

Requests = tuple[tuple[str, Parameters], ...]


class Chapter(Struct, frozen=True):
    """Requests, and the statuses of environments that end the chapter, after `rests` simulated seconds at the earliest.

    `slower` divides the speed.
    """

    title: str
    requests: Requests = ()
    until: Mapping[str, str] = {}
    slower: float = 1.0
    rests: float = 0.0


def chapters(stack: str, method: Method | None, ttl: float) -> tuple[Chapter, ...]:
    """The chapters on a platform: the whole story, or one method. `ttl` is the time to live of a CNAME in seconds."""
    if method is None:
        return (_versions(), *_two_environments(stack))
    if method.policy is None:
        return (_versions(), *_blue_green(stack, ttl))
    return (_versions(), *_one_environment(stack, method))


def _versions() -> Chapter:
    versions = ({"ApplicationName": APPLICATION, "VersionLabel": label} for label in ("v1", "v2"))
    return Chapter(
        "An application with two versions",
        (
            ("CreateApplication", {"ApplicationName": APPLICATION}),
            *(("CreateApplicationVersion", version) for version in versions),
        ),
    )


def _two_environments(stack: str) -> tuple[Chapter, ...]:
    at_once = named("all-at-once")
    return (
        Chapter(
            "Launch blue and green, both on v1",
            (
                _create("blue", "shop", "v1", stack, at_once, SIZE),
                _create("green", "next", "v1", stack, at_once, SIZE),
            ),
            {"blue": "Ready", "green": "Ready"},
            slower=1.5,
        ),
        Chapter("Deploy v2 to green, all at once", (_deploy("green"),), {"green": "Ready"}, slower=4),
        _swap(),
        _farewell(),
    )


def _blue_green(stack: str, ttl: float) -> tuple[Chapter, ...]:
    at_once = named("all-at-once")
    return (
        Chapter("Launch blue on v1", (_create("blue", "shop", "v1", stack, at_once, SIZE),), {"blue": "Ready"}, 1.5),
        Chapter("Launch green on v2", (_create("green", "next", "v2", stack, at_once, SIZE),), {"green": "Ready"}, 1.5),
        _swap(),
        Chapter("Wait until the old address has expired", rests=ttl, slower=6),
        _farewell(),
    )


def _one_environment(stack: str, method: Method) -> tuple[Chapter, ...]:
    return (
        Chapter(
            f"Launch prod on v1, with {FLEET} instances",
            (_create("prod", "shop", "v1", stack, method, FLEET),),
            {"prod": "Ready"},
            slower=1.5,
        ),
        Chapter(
            f"Deploy v2: {method.title.lower()}",
            (_deploy("prod"),),
            {"prod": "Ready"},
            slower=6 if method.policy == "AllAtOnce" else 2,
        ),
    )


def _swap() -> Chapter:
    pair = {"SourceEnvironmentName": "blue", "DestinationEnvironmentName": "green"}
    return Chapter(
        "Swap the CNAMEs: green takes the traffic",
        (("SwapEnvironmentCNAMEs", pair),),
        {"blue": "Ready", "green": "Ready"},
        slower=6,
    )


def _farewell() -> Chapter:
    return Chapter("Terminate blue", (("TerminateEnvironment", {"EnvironmentName": "blue"}),), {"blue": "Terminated"})


def _deploy(name: str) -> tuple[str, Parameters]:
    return "UpdateEnvironment", {"EnvironmentName": name, "VersionLabel": "v2"}


def _create(name: str, cname: str, label: str, stack: str, method: Method, size: int) -> tuple[str, Parameters]:
    return "CreateEnvironment", {
        "ApplicationName": APPLICATION,
        "EnvironmentName": name,
        "CNAMEPrefix": cname,
        "SolutionStackName": stack,
        "VersionLabel": label,
        "OptionSettings": option_settings(method, size),
    }
