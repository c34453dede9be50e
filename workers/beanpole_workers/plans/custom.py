"""The custom resources of a version: the environment's stack makes them before the version is deployed.

That they are made at one instant, and that a deployment that fails gives back those of the version before, is
[inferred].
"""

from collections.abc import Iterator

from beanpole.model.bundles.template import Template
from beanpole.model.plan.durations import Timed, instantly
from beanpole.model.plan.plan import Situation
from beanpole.model.plan.steps import AdoptTemplate
from beanpole_workers.plans.stages import Stage


def adopt(situation: Situation) -> AdoptTemplate:
    """The stack takes over the template of the version to deploy."""
    return AdoptTemplate(_of(situation, situation.activity.version_label))


def are_made(situation: Situation) -> bool:
    """Tell whether the version that a launch deploys has custom resources."""
    return _of(situation, situation.activity.version_label) is not None


def are_there(situation: Situation) -> bool:
    """Tell whether the environment's stack has custom resources."""
    return situation.environment.custom is not None


def changed(situation: Situation) -> Iterator[Timed]:
    """Take over the template of the version to deploy, if it is another."""
    label = situation.activity.version_label
    if label is not None and _of(situation, label) != _present(situation):
        yield adopt(situation), instantly


def undo(situation: Situation) -> Iterator[Timed]:
    """Take over the template of the version that the environment keeps, if an update has taken over another."""
    template = _of(situation, situation.environment.version_label)
    if situation.activity.version_label is not None and template != _present(situation):
        yield AdoptTemplate(template), instantly


def _of(situation: Situation, label: str | None) -> Template | None:
    contents = situation.contents.get(label or "")
    return None if contents is None else contents.custom


def _present(situation: Situation) -> Template | None:
    custom = situation.environment.custom
    return None if custom is None or custom.template == Template() else custom.template


CREATION = (Stage(adopt, when=are_made),)
DELETION = (Stage(AdoptTemplate(), when=are_there),)
