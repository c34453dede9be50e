"""How an environment goes: what it has is deleted in the service's order, then its names are free (1.15)."""

from collections.abc import Callable

from beanpole.model import messages
from beanpole_workers.deployments.plan import Situation
from beanpole_workers.deployments.steps import Announce, Deprovision, Release, RemoveInstances, TerminateInstances, Wait
from beanpole_workers.lifecycles.stages import Stage


def has(kind: str) -> Callable[[Situation], bool]:
    """The environment has a resource of that kind."""
    return lambda situation: situation.environment.resource(kind) is not None


def deleted(kind: str) -> Stage:
    """A resource goes where there is one."""
    return Stage(Deprovision(kind), None, has(kind))


def deleting_topic(situation: Situation) -> Announce:
    """The topic is named after the environment."""
    return Announce(messages.DELETING_SNS_TOPIC(environment=situation.environment.environment_name))


RESOURCES = (
    Stage(lambda situation: TerminateInstances(tuple(situation.fleet)), "terminate.alarms"),
    deleted("alarm-low"),
    deleted("alarm-high"),
    deleted("listener"),
    deleted("scale-up-policy"),
    deleted("scale-down-policy"),
    Stage(Announce(messages.WAITING_FOR_TERMINATION())),
    Stage(lambda situation: RemoveInstances(tuple(situation.fleet)), "terminate.group"),
    deleted("auto-scaling-group"),
    deleted("load-balancer"),
    deleted("launch-template"),
    deleted("target-group"),
    deleted("security-group"),
    Stage(Wait(), "terminate.rest"),
    deleted("load-balancer-security-group"),
    deleted("elastic-ip"),
    deleted("worker-queue"),
    deleted("dead-letter-queue"),
)

TABLE = (
    Stage(Announce(messages.VALIDATING_TERMINATION_PROTECTION())),
    Stage(Announce(messages.VALIDATED_TERMINATION_PROTECTION()), "validated"),
    *RESOURCES,
    Stage(deleting_topic, "topic"),
    Stage(
        lambda situation: Announce(messages.OPERATION_COMPLETED(operation=situation.activity.operation)), "completed"
    ),
    Stage(Release()),
)
