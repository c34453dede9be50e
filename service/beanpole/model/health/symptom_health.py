"""Health by symptoms whose row says a status: how bad each is, and the sentence of its cause.

Symptoms without one are judged by functions of `instance_health`, by what the instance shows.
"""

from collections.abc import Iterable, Iterator, Sequence

from beanpole.model.environment.instance import Instance
from beanpole.model.environment.status import HealthStatus
from beanpole.model.faults.symptoms import Holder, Symptom
from beanpole.model.health import causes
from beanpole.model.health.context import rank


def present(symptoms: Iterable[Symptom], holder: Holder) -> list[Symptom]:
    """The symptoms of such a holder that are judged here and are not over."""
    return [it for it in symptoms if it.row.holder == holder and it.row.status is not None and not it.over]


def worst(symptoms: Iterable[Symptom]) -> HealthStatus:
    """The worst of their statuses."""
    return max((it.row.status for it in symptoms if it.row.status is not None), key=rank, default="Ok")


def cause(symptom: Symptom, **slots: str) -> str:
    """The sentence of a symptom, from its members and other slots."""
    return causes.CAUSES[symptom.what].format(**slots, **causes.words(symptom.members))


def of_instance(instance: Instance) -> HealthStatus:
    """How bad its symptoms are."""
    return worst(present(instance.symptoms, "instance")) if instance.symptoms else "Ok"


def explain(instance: Instance) -> Iterator[str]:
    """A sentence for each of its symptoms, as far as its agent sends data."""
    for symptom in {it.what: it for it in _reported(instance)}.values():
        yield cause(symptom)


def explain_fleet(there: Sequence[Instance]) -> Iterator[str]:
    """For each symptom that has a sentence for the environment: how many instances have it."""
    for name, sentence in causes.FLEET_CAUSES.items():
        number = sum(any(symptom.what == name for symptom in _reported(instance)) for instance in there)
        which = causes.which(number, len(there))
        if which is not None:
            yield sentence.format(which=which)


def is_impacted(instance: Instance) -> bool:
    """Whether it has a symptom that the environment has no sentence for."""
    return any(symptom.what not in causes.FLEET_CAUSES for symptom in _reported(instance))


def _reported(instance: Instance) -> list[Symptom]:
    return present(instance.symptoms, "instance") if instance.symptoms and instance.sends_data else []
