"""The symptoms that armed faults cause in an environment and its instances.

They begin and end at a tick of health while the environment has no activity, so a tick is due as soon as it would
change something. An idle environment that no fault fits has no tick.
"""

from collections.abc import Iterable
from typing import NamedTuple

from msgspec.structs import replace

from beanpole.model.environment.environment import Environment
from beanpole.model.environment.instance import Instance
from beanpole.model.faults.fault import Fault
from beanpole.model.faults.members import Value
from beanpole.model.faults.symptoms import SYMPTOMS, Holder, Symptom
from beanpole.model.plan.rules import Rules
from beanpole_workers.engine.story import Story

_Symptoms = tuple[Symptom, ...]


class _Tick(NamedTuple):
    """The tick of health of an environment at an instant."""

    story: Story
    rules: Rules
    at: int


class _Outcome(NamedTuple):
    """The outcome of a tick: the changed instances, the symptoms of the environment, and a fault for each hit."""

    instances: tuple[Instance, ...]
    own: _Symptoms
    hits: tuple[Fault, ...]


def due(story: Story, rules: Rules, at: int) -> int | None:
    """The next tick at which a symptom begins or ends; None if there is none."""
    if not _may_change(story):
        return None
    environment = story.environment
    soonest = at if _changes(story, _play(_Tick(story, rules, at))) else min(_ends(story), default=None)
    if soonest is None:
        return None
    return rules.timings.health.next(environment.date_created, max(soonest, at), rules.clock)


def apply(story: Story, rules: Rules, at: int) -> None:
    """Begin the symptoms that are due, and end those that are over."""
    if not _may_change(story):
        return
    outcome = _play(_Tick(story, rules, at))
    if not _changes(story, outcome):
        return
    for fault in outcome.hits:
        story.count(fault)
    story.put(outcome.instances)
    has_symptoms = bool(outcome.own) or any(instance.symptoms for instance in story.fleet.values())
    story.change(symptoms=outcome.own, has_symptoms=has_symptoms)


def _may_change(story: Story) -> bool:
    environment = story.environment
    if environment.activity is not None or environment.status != "Ready":
        return False
    return environment.has_symptoms or story.has_symptom_faults


def _changes(story: Story, outcome: _Outcome) -> bool:
    return bool(outcome.instances) or outcome.own != story.environment.symptoms


def _ends(story: Story) -> list[int]:
    of_instances = (symptom for instance in story.fleet.values() for symptom in instance.symptoms)
    symptoms = (*story.environment.symptoms, *of_instances)
    return [symptom.until for symptom in symptoms if symptom.until is not None and not symptom.over]


def _play(tick: _Tick) -> _Outcome:
    """The outcome of a tick; the faults are applied in their order."""
    environment, fleet = tick.story.environment, tick.story.fleet
    faults = {fault.id: fault for fault in tick.story.faults if fault.kind == "symptom"}
    own = _remaining(environment.symptoms, faults, tick.at)
    of_instances = {id_: _remaining(instance.symptoms, faults, tick.at) for id_, instance in fleet.items()}
    hits: list[Fault] = []
    for fault in faults.values():
        if fault.where.environment not in (None, environment.environment_name, environment.environment_id):
            continue
        row = SYMPTOMS[fault.what]
        if row.holder == "instance":
            after, of_instances = _on_instances(fault, of_instances, tick)
        elif _holds(environment, row.holder):
            after, own = _cause(fault, own, tick)
        else:
            continue
        if row.reaches_instances:
            of_instances = {
                id_: _with_environment_symptoms(symptoms, fault, own) for id_, symptoms in of_instances.items()
            }
        hits += [fault] * (after.fired - fault.fired)
    changed = tuple(
        instance.with_symptoms(of_instances[id_])
        for id_, instance in fleet.items()
        if instance.symptoms != of_instances[id_]
    )
    return _Outcome(changed, own, tuple(hits))


def _holds(environment: Environment, holder: Holder) -> bool:
    """Tell whether the environment has the holder of the symptom, such as a queue or a load balancer."""
    match holder:
        case "queue":
            return environment.is_worker
        case "balancer":
            return environment.balancer is not None
        case _:
            return True


def _on_instances(fault: Fault, of_instances: dict[str, _Symptoms], tick: _Tick) -> tuple[Fault, dict[str, _Symptoms]]:
    """Apply a fault to the instances that it fits, in the order of their launch. Returns it with its hits counted."""
    after = dict(of_instances)
    for index, instance in enumerate(tick.story.fleet.values()):
        if instance.state == "running" and _fits(fault, index, instance):
            fault, after[instance.id] = _cause(fault, after[instance.id], tick, instance.id)
    return fault, after


def _fits(fault: Fault, index: int, instance: Instance) -> bool:
    where = fault.where
    return where.instance in (None, index, instance.id) and where.version_label in (None, instance.version_label)


def _remaining(symptoms: Iterable[Symptom], faults: dict[str, Fault], at: int) -> _Symptoms:
    """The symptoms whose faults are still armed; a symptom past its end is over."""
    armed = (symptom for symptom in symptoms if symptom.fault in faults and faults[symptom.fault].what == symptom.what)
    return tuple(
        replace(symptom, over=True) if symptom.until is not None and symptom.until <= at else symptom
        for symptom in armed
    )


def _with_environment_symptoms(symptoms: _Symptoms, fault: Fault, own: _Symptoms) -> _Symptoms:
    """The symptoms of an instance, with those of its environment that the fault caused."""
    others = (symptom for symptom in symptoms if symptom.fault != fault.id)
    return (*others, *(symptom for symptom in own if symptom.fault == fault.id))


def _cause(fault: Fault, symptoms: _Symptoms, tick: _Tick, instance: str | None = None) -> tuple[Fault, _Symptoms]:
    """Apply a fault to one target, an instance or the environment; it never hits a target twice.

    Returns the fault with its hits counted, and the symptoms of the target.
    """
    story, rules, at = tick
    was_hit = any(symptom.fault == fault.id for symptom in symptoms)
    if was_hit or not fault.fires(at, story.seed, story.environment.id, instance):
        return fault, symptoms
    own_end = None if fault.lasts is None else at + rules.clock.lasting(fault.lasts)
    ends = [end for end in (fault.until, own_end) if end]
    symptom = Symptom(fault.id, fault.what, at, min(ends, default=None), severity=_severity(fault))
    return fault.with_hit(), (*symptoms, symptom)


def _severity(fault: Fault) -> dict[str, Value]:
    """The severity in the fault, else in the defaults of its row."""
    return {**SYMPTOMS[fault.what].defaults, **fault.severity}
