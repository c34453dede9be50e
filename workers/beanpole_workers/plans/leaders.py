"""The leader of a deployment: the one instance that carries out what is for the leader only (docs/facts.md#leader)."""

from beanpole.model.names.ids import chance
from beanpole.model.plan.plan import Scheduled, Situation
from beanpole.model.plan.steps import Deploy
from beanpole_workers.plans.policies import policy_name


def leading_step(situation: Situation, scheduled: tuple[Scheduled, ...]) -> int | None:
    """The index of the step that has a leader: the first command of a plan that deploys a version or a configuration.

    Instances that are launched for another reason have none, and neither has a rollback or traffic splitting.
    """
    if situation.failure is not None or _splits_traffic(situation):
        return None
    commands = [(index, entry.step) for index, entry in enumerate(scheduled) if isinstance(entry.step, Deploy)]
    if not commands:
        return None
    index, first = commands[0]
    deploys = situation.activity.version_label is not None or first.command_name == "configure"
    return index if deploys else None


def of_step(situation: Situation, step: Deploy) -> str | None:
    """The leader among the instances of a step, chosen by chance; None if the step has no instances."""
    seed = situation.rules.clock.seed, situation.environment.id, situation.activity.serial, "leader"
    return step.instances[int(chance(*seed) * len(step.instances))] if step.instances else None


def _splits_traffic(situation: Situation) -> bool:
    """Tell whether a version is deployed beside the old version; a launch has no old version."""
    deploys = situation.activity.kind in ("deploy", "configure") and situation.activity.version_label is not None
    return deploys and policy_name(situation.configuration) == "TrafficSplitting"
