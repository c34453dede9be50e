"""One deployment by one method, in a world of its own: how it went, what it left, and how it was undone."""

from typing import Literal

from msgspec import Struct

from beanpole.catalog import Catalog
from beanpole.command.client import Parameters
from beanpole.command.comparison.moment import Moment
from beanpole.command.comparison.recorder import Recording, record
from beanpole.command.comparison.sandbox import Sandbox
from beanpole.command.deployment_methods import Method, named, option_settings

OLD, NEW = "v1", "v2"
SETTLES = 120_000  # milliseconds after which everybody has noticed: two ticks of the health

_APPLICATION, _CNAME, _SPARE_CNAME = "shop", "shop", "next"
_BLUE, _GREEN = "blue", "green"

Undoing = Literal["nothing", "terminates", "reroutes", "redeploy", "swap"]


class Undo(Struct, frozen=True):
    """What brought the old version back: `nothing` was needed, the deployment did it itself, or somebody had to.

    `restored`: every user meets the old version, on as many instances as before.
    """

    kind: Undoing
    restored: bool
    recording: Recording | None = None


class Trial(Struct, frozen=True):
    """`whole` goes on to where all is undone; `moments` end with what everybody sees once the deployment is over."""

    deployment: Recording
    moments: tuple[Moment, ...]
    whole: Recording
    undo: Undo | None = None


class Blow(Struct, frozen=True):
    """A fault that is armed from an instant on, or from the beginning."""

    fault: Parameters
    at: int = 0


class Setting(Struct, frozen=True):
    """What all trials of a comparison share."""

    catalog: Catalog
    size: int
    seed: int


def works(setting: Setting, method: Method) -> Trial:
    """The new version works."""
    box, ended = _deployed(setting, method, None)
    deployment = record(box.moments, ended)
    return Trial(deployment, tuple(box.moments), deployment)


def fails(setting: Setting, method: Method, blow: Blow | None) -> Trial:
    """A fault hits the new version, or, without one, the version is found wanting afterwards; then it is undone."""
    box, ended = _deployed(setting, method, blow)
    box.rest(SETTLES)
    deployment, moments = record(box.moments, ended), tuple(box.moments)
    undo = _undone(box)
    return Trial(deployment, moments, record(box.moments, box.now), undo)


def _deployed(setting: Setting, method: Method, blow: Blow | None) -> tuple[Sandbox, int]:
    """A world in which a deployment is over, and the instant at which it was."""
    box = Sandbox(setting.catalog, setting.seed, _CNAME)
    box.call("CreateApplication", {"ApplicationName": _APPLICATION})
    for label in (OLD, NEW):
        box.call("CreateApplicationVersion", {"ApplicationName": _APPLICATION, "VersionLabel": label})
    way = named("all-at-once") if method.policy is None else method
    box.call("CreateEnvironment", _environment(setting, way, _BLUE, _CNAME, OLD))
    box.until(lambda seen: _is_ready(seen) and all(it.health == "Ok" for it in seen.sides))
    box.watch()
    ended = _switched(setting, box, way, blow) if method.policy is None else _updated(box, NEW, blow)
    return box, ended


def _updated(box: Sandbox, label: str, blow: Blow | None = None) -> int:
    box.call("UpdateEnvironment", {"EnvironmentName": _BLUE, "VersionLabel": label})
    return _struck(box, blow)


def _struck(box: Sandbox, blow: Blow | None) -> int:
    """What goes on meets its fault in time, and ends; the instant at which it does."""
    if blow is not None:
        box.until(lambda seen: seen.at >= blow.at)
        box.arm(blow.fault)
    return box.until(_is_ready)


def _switched(setting: Setting, box: Sandbox, way: Method, blow: Blow | None) -> int:
    """A second environment takes the name, if it serves; that is over when nobody knows the old address any more."""
    box.call("CreateEnvironment", _environment(setting, way, _GREEN, _SPARE_CNAME, NEW))
    ready = _struck(box, blow)
    fleet = [seat for side in box.moments[-1].sides if side.environment == _GREEN for seat in side.fleet]
    serves = len(fleet) == setting.size and all(it.in_service and it.version == NEW for it in fleet)
    return _swapped(box) if serves else ready


def _swapped(box: Sandbox) -> int:
    box.call("SwapEnvironmentCNAMEs", {"SourceEnvironmentName": _BLUE, "DestinationEnvironmentName": _GREEN})
    ready = box.until(_is_ready)
    forgotten = max(it.called_until for it in box.moments[-1].sides)
    if ready < forgotten:
        box.rest(forgotten - ready)
    return box.now


def _undone(box: Sandbox) -> Undo:
    """By itself, as far as was seen; else by hand."""
    start, after = box.moments[0], box.moments[-1]
    if _is_restored(start, after):
        return Undo(_by_itself(box.moments), True)
    before = len(box.moments) - 1
    swap = start.answering.environment != after.answering.environment
    ended = _swapped(box) if swap else _updated(box, OLD)
    undoing = record(box.moments[before:], ended)
    return Undo("swap" if swap else "redeploy", _is_restored(start, box.moments[-1]), undoing)


def _by_itself(moments: list[Moment]) -> Undoing:
    came = frozenset[str]().union(*(it.ids for it in moments)) - moments[0].ids
    if not came - moments[-1].ids:
        return "nothing"
    return "reroutes" if any(it.splits for it in moments) else "terminates"


def _is_restored(start: Moment, now: Moment) -> bool:
    before, here = start.answering, now.answering
    return (
        here.environment == before.environment
        and len(here.fleet) == len(before.fleet)
        and all(it.in_service and it.version == OLD for it in here.fleet)
    )


def _is_ready(seen: Moment) -> bool:
    return all(it.status == "Ready" for it in seen.sides)


def _environment(setting: Setting, way: Method, name: str, cname: str, label: str) -> Parameters:
    stacks = (it.name or "" for it in setting.catalog.platforms.stacks)
    return {
        "ApplicationName": _APPLICATION,
        "EnvironmentName": name,
        "CNAMEPrefix": cname,
        "SolutionStackName": next(it for it in stacks if "Python" in it),
        "VersionLabel": label,
        "OptionSettings": option_settings(way, setting.size),
    }
