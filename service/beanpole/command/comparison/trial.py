"""One deployment by one method, in a world of its own, and its undoing."""

from typing import Literal

from msgspec import Struct

from beanpole.catalog.catalog import Catalog
from beanpole.command.client import Parameters
from beanpole.command.comparison.moment import Moment
from beanpole.command.comparison.recorded_world import RecordedWorld
from beanpole.command.comparison.recorder import Recording, record
from beanpole.command.deployment_methods import Method, named, option_settings

OLD, NEW = "v1", "v2"
SETTLES = 120_000  # milliseconds until health shows the result of a deployment: two ticks

_APPLICATION, _CNAME, _SPARE_CNAME = "shop", "shop", "next"
_BLUE, _GREEN = "blue", "green"

Undoing = Literal["nothing", "terminates", "reroutes", "redeploy", "swap"]


class Undo(Struct, frozen=True):
    """The undoing of a deployment: `nothing` to undo, by the deployment itself, or by hand (`redeploy`, `swap`).

    `restored`: every user gets the old version, from as many instances as before. `recording` is that of an undoing by
    hand.
    """

    kind: Undoing
    restored: bool
    recording: Recording | None = None


class Trial(Struct, frozen=True):
    """A deployment. `whole` includes its undoing; `moments` end once health shows the result of the deployment."""

    deployment: Recording
    moments: tuple[Moment, ...]
    whole: Recording
    undo: Undo | None = None


class InjectedFault(Struct, frozen=True):
    """A fault, and the instant from which it is armed: 0 for the whole deployment."""

    fault: Parameters
    at: int = 0


class Setting(Struct, frozen=True):
    """The parameters that all trials of a comparison share."""

    catalog: Catalog
    size: int
    seed: int


def launched(setting: Setting, method: Method) -> RecordedWorld:
    """A world in which an environment is up, and a deployment by the method may begin; each trial has a copy of it."""
    box = RecordedWorld(setting.catalog, setting.seed, _CNAME)
    box.call("CreateApplication", {"ApplicationName": _APPLICATION})
    for label in (OLD, NEW):
        box.call("CreateApplicationVersion", {"ApplicationName": _APPLICATION, "VersionLabel": label})
    box.call("CreateEnvironment", _environment(setting, _launching(method), _BLUE, _CNAME, OLD))
    box.until(lambda moment: _is_ready(moment) and all(side.health == "Ok" for side in moment.sides))
    box.watch()
    return box


def works(setting: Setting, method: Method, box: RecordedWorld) -> Trial:
    """The trial of a version that works."""
    ended = _deploy(setting, method, box, None)
    deployment = record(box.moments, ended)
    return Trial(deployment, tuple(box.moments), deployment)


def fails(setting: Setting, method: Method, box: RecordedWorld, injected: InjectedFault | None) -> Trial:
    """The trial of a version that a fault hits or, without one, that is rejected afterwards; it is undone."""
    ended = _deploy(setting, method, box, injected)
    box.wait(SETTLES)
    deployment, moments = record(box.moments, ended), tuple(box.moments)
    undo = _undone(box)
    return Trial(deployment, moments, record(box.moments, box.now), undo)


def _deploy(setting: Setting, method: Method, box: RecordedWorld, injected: InjectedFault | None) -> int:
    """Deploy the new version; the instant at which the deployment has ended."""
    if method.policy is None:
        return _switched(setting, box, _launching(method), injected)
    return _updated(box, NEW, injected)


def _launching(method: Method) -> Method:
    """The method whose settings the environments have that are launched."""
    return named("all-at-once") if method.policy is None else method


def _updated(box: RecordedWorld, label: str, injected: InjectedFault | None = None) -> int:
    box.call("UpdateEnvironment", {"EnvironmentName": _BLUE, "VersionLabel": label})
    return _settled(box, injected)


def _settled(box: RecordedWorld, injected: InjectedFault | None) -> int:
    """Arm the fault at its instant, and wait for the end of the operation; returns the instant of the end."""
    if injected is not None:
        box.until(lambda moment: moment.at >= injected.at)
        box.arm(injected.fault)
    return box.until(_is_ready)


def _switched(setting: Setting, box: RecordedWorld, launching: Method, injected: InjectedFault | None) -> int:
    """A second environment takes the CNAME if it serves; the end is when the old name's time to live has passed."""
    box.call("CreateEnvironment", _environment(setting, launching, _GREEN, _SPARE_CNAME, NEW))
    ready = _settled(box, injected)
    fleet = [seat for side in box.moments[-1].sides if side.environment == _GREEN for seat in side.fleet]
    serves = len(fleet) == setting.size and all(seat.in_service and seat.version == NEW for seat in fleet)
    return _swapped(box) if serves else ready


def _swapped(box: RecordedWorld) -> int:
    box.call("SwapEnvironmentCNAMEs", {"SourceEnvironmentName": _BLUE, "DestinationEnvironmentName": _GREEN})
    ready = box.until(_is_ready)
    expired = max(side.called_until for side in box.moments[-1].sides)
    if ready < expired:
        box.wait(expired - ready)
    return box.now


def _undone(box: RecordedWorld) -> Undo:
    """The undoing: that of the deployment itself if it restored the old version; else by hand."""
    start, after = box.moments[0], box.moments[-1]
    if _is_restored(start, after):
        return Undo(_by_itself(box.moments), True)
    before = len(box.moments) - 1
    swap = start.answering.environment != after.answering.environment
    ended = _swapped(box) if swap else _updated(box, OLD)
    undoing = record(box.moments[before:], ended)
    size = len(start.answering.fleet)
    box.until(lambda moment: len(moment.answering.fleet) <= size)  # a surplus of a batch goes after the update
    return Undo("swap" if swap else "redeploy", _is_restored(start, box.moments[-1]), undoing)


def _by_itself(moments: list[Moment]) -> Undoing:
    new_ids = frozenset[str]().union(*(moment.ids for moment in moments)) - moments[0].ids
    if not new_ids - moments[-1].ids:
        return "nothing"
    return "reroutes" if any(moment.splits for moment in moments) else "terminates"


def _is_restored(start: Moment, now: Moment) -> bool:
    before, after = start.answering, now.answering
    return (
        after.environment == before.environment
        and len(after.fleet) == len(before.fleet)
        and all(seat.in_service and seat.version == OLD for seat in after.fleet)
    )


def _is_ready(moment: Moment) -> bool:
    return all(side.status == "Ready" for side in moment.sides)


def _environment(setting: Setting, method: Method, name: str, cname: str, label: str) -> Parameters:
    stacks = (stack.name or "" for stack in setting.catalog.platforms.stacks)
    return {
        "ApplicationName": _APPLICATION,
        "EnvironmentName": name,
        "CNAMEPrefix": cname,
        "SolutionStackName": next(name for name in stacks if "Python" in name),
        "VersionLabel": label,
        "OptionSettings": option_settings(method, setting.size),
    }
