"""When armed symptoms strike an environment and its instances, and when they end.

They do so at a tick of health while nothing else goes on, so a tick is due as soon as one would do something. An idle
environment that no fault means has none.
"""

from collections.abc import Iterable
from typing import Any, NamedTuple

from msgspec.structs import replace

from beanpole.model.environment.instance import Instance
from beanpole.model.faults.fault import Fault
from beanpole.model.faults.symptoms import ENVIRONMENT_SYMPTOMS, INSTANCE_SYMPTOMS, QUEUE_SYMPTOMS, SYMPTOMS, Symptom
from beanpole.model.plan.rules import Rules
from beanpole_workers.engine.story import Story

PERCENT = 95.0  # of a processor that is in use, unless the fault says otherwise
SHARE = 1.0  # of the requests
SERVICES = ("proxy",)
MESSAGES = 20


class _Tick(NamedTuple):
    """Whose health is looked at, and when."""

    story: Story
    rules: Rules
    at: int


_Suffering = dict[str, tuple[Symptom, ...]]  # by the id of an instance, what it suffers from


class _Found(NamedTuple):
    """Whom symptoms strike or leave, with what each suffers from, and the faults that struck."""

    instances: tuple[Instance, ...]
    own: tuple[Symptom, ...]
    struck: tuple[Fault, ...]


def due(story: Story, rules: Rules, at: int) -> int | None:
    """The tick at which something strikes or ends; None if nothing will."""
    if not _may_change(story):
        return None
    environment = story.environment
    found = _find(_Tick(story, rules, at))
    soonest = at if _changes(story, found) else min(_ends(story), default=None)
    if soonest is None:
        return None
    return rules.timings.health.next(environment.date_created, max(soonest, at), rules.clock)


def apply(story: Story, rules: Rules, at: int) -> None:
    """What is to strike by now does, and what is over ends."""
    if not _may_change(story):
        return
    found = _find(_Tick(story, rules, at))
    if not _changes(story, found):
        return
    for fault in found.struck:
        story.count(fault)
    story.put(found.instances)
    has_symptoms = bool(found.own) or any(it.symptoms for it in story.fleet.values())
    story.change(symptoms=found.own, has_symptoms=has_symptoms)


def _may_change(story: Story) -> bool:
    environment = story.environment
    if environment.activity is not None or environment.status != "Ready":
        return False
    return environment.has_symptoms or any(it.what in SYMPTOMS for it in story.faults)


def _changes(story: Story, found: _Found) -> bool:
    return bool(found.instances) or found.own != story.environment.symptoms


def _ends(story: Story) -> list[int]:
    symptoms = [*story.environment.symptoms, *(one for it in story.fleet.values() for one in it.symptoms)]
    return [it.until for it in symptoms if it.until is not None and not it.over]


def _find(tick: _Tick) -> _Found:
    """Faults are looked at in their order."""
    environment, fleet = tick.story.environment, tick.story.fleet
    faults = {it.id: it for it in tick.story.faults if it.what in SYMPTOMS}
    own = _remaining(environment.symptoms, faults, tick.at)
    suffering = {it.id: _remaining(it.symptoms, faults, tick.at) for it in fleet.values()}
    struck: list[Fault] = []
    for fault in faults.values():
        if fault.where.environment in (None, environment.environment_name, environment.environment_id):
            after, own = _on_environment(fault, own, tick)
            if fault.what == "no-service-role":
                follows = tuple(it for it in own if it.fault == fault.id)
                suffering = {id_: _following(it, fault, follows) for id_, it in suffering.items()}
            else:
                after, suffering = _on_instances(after, suffering, tick)
            struck += [fault] * (after.fired - fault.fired)
    changed = tuple(it.with_symptoms(suffering[it.id]) for it in fleet.values() if it.symptoms != suffering[it.id])
    return _Found(changed, own, tuple(struck))


def _on_environment(fault: Fault, own: tuple[Symptom, ...], tick: _Tick) -> tuple[Fault, tuple[Symptom, ...]]:
    """A fault after the environment was looked at, and what that suffers from; only a worker has a queue."""
    if fault.what in ENVIRONMENT_SYMPTOMS and (tick.story.environment.is_worker or fault.what not in QUEUE_SYMPTOMS):
        return _struck(fault, own, tick)
    return fault, own


def _on_instances(fault: Fault, suffering: _Suffering, tick: _Tick) -> tuple[Fault, _Suffering]:
    """A fault after the instances were looked at in the order of their launch, and what each suffers from."""
    after = dict(suffering)
    if fault.what in INSTANCE_SYMPTOMS:
        for place, it in enumerate(tick.story.fleet.values()):
            if it.state == "running" and _fits(fault, place, it):
                fault, after[it.id] = _struck(fault, after[it.id], tick, it.id)
    return fault, after


def _fits(fault: Fault, place: int, instance: Instance) -> bool:
    where = fault.where
    return where.instance in (None, place, instance.id) and where.version_label in (None, instance.version_label)


def _remaining(symptoms: Iterable[Symptom], faults: dict[str, Fault], at: int) -> tuple[Symptom, ...]:
    """Those of faults that are armed still; what has lasted its time is over."""
    armed = (it for it in symptoms if it.fault in faults and faults[it.fault].what == it.what)
    return tuple(replace(it, over=True) if it.until is not None and it.until <= at else it for it in armed)


def _following(symptoms: tuple[Symptom, ...], fault: Fault, own: tuple[Symptom, ...]) -> tuple[Symptom, ...]:
    """What an instance suffers from because its environment does."""
    return (*(it for it in symptoms if it.fault != fault.id), *own)


def _struck(
    fault: Fault, symptoms: tuple[Symptom, ...], tick: _Tick, instance: str | None = None
) -> tuple[Fault, tuple[Symptom, ...]]:
    """A fault after somebody was looked at, and what that one suffers from; nobody is struck twice by one."""
    story, rules, at = tick
    strikes = not any(it.fault == fault.id for it in symptoms) and fault.is_armed(at)
    if not strikes or not fault.fires(story.seed, story.environment.id, instance):
        return fault, symptoms
    ends = [it for it in (fault.until, None if fault.lasts is None else at + rules.clock.lasting(fault.lasts)) if it]
    symptom = Symptom(fault.id, fault.what, at, min(ends, default=None), **_gravity(fault))  # type: ignore[arg-type]  # it is one
    return fault.hit(), (*symptoms, symptom)


def _gravity(fault: Fault) -> dict[str, Any]:
    """How bad it is."""
    match fault.what:
        case "client-errors" | "server-errors":
            return {"share": SHARE if fault.share is None else fault.share}
        case "high-cpu":
            return {"percent": PERCENT if fault.percent is None else fault.percent, "io_wait": fault.io_wait or 0.0}
        case "stopped-services":
            return {"services": fault.services or SERVICES}
        case "messages-waiting" | "dead-letters":
            return {"messages": fault.messages or MESSAGES}
        case _:
            return {}
