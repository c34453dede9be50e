"""Health by the symptoms that have a status in their row, and the sentences of their causes.

A symptom without a status changes members of its instance; the functions of `instance_health` read those.
"""

from collections.abc import Iterable, Iterator, Sequence

from beanpole.model.environment.instance import Instance
from beanpole.model.environment.status import HealthStatus
from beanpole.model.faults.symptoms import Holder, Symptom
from beanpole.model.health import causes
from beanpole.model.health.context import rank


def present(symptoms: Iterable[Symptom], holder: Holder) -> list[Symptom]:
    """The present symptoms of a kind of holder that have a status."""
    return [
        symptom
        for symptom in symptoms
        if symptom.row.holder == holder and symptom.row.status is not None and not symptom.over
    ]


def worst(symptoms: Iterable[Symptom]) -> HealthStatus:
    """The worst status of symptoms; Ok without any."""
    return max((symptom.row.status for symptom in symptoms if symptom.row.status is not None), key=rank, default="Ok")


def cause(symptom: Symptom, **slots: str) -> str:
    """The sentence of a symptom, its slots filled from its members and `slots`."""
    return causes.CAUSES[symptom.what].format(**slots, **causes.words(symptom.members))


def of_instance(instance: Instance) -> HealthStatus:
    """The status of an instance by its symptoms."""
    return worst(present(instance.symptoms, "instance")) if instance.symptoms else "Ok"


def explain(instance: Instance) -> Iterator[str]:
    """A sentence for each symptom of an instance that its agent reports."""
    for symptom in {symptom.what: symptom for symptom in _reported(instance)}.values():
        yield cause(symptom)


def explain_fleet(instances: Sequence[Instance]) -> Iterator[str]:
    """For each symptom with a sentence for the environment, how many instances have it."""
    afflicted = [instance for instance in instances if instance.symptoms]
    if not afflicted:
        return
    for name, sentence in causes.FLEET_CAUSES.items():
        number = sum(any(symptom.what == name for symptom in _reported(instance)) for instance in afflicted)
        which = causes.which(number, len(instances))
        if which is not None:
            yield sentence.format(which=which)


def is_impacted(instance: Instance) -> bool:
    """Tell whether the instance has a symptom for which the environment has no sentence."""
    return any(symptom.what not in causes.FLEET_CAUSES for symptom in _reported(instance))


def _reported(instance: Instance) -> list[Symptom]:
    return present(instance.symptoms, "instance") if instance.symptoms and instance.sends_data else []
