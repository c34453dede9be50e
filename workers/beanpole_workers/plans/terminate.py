"""The termination of an environment: its resources are deleted in the service's order, then its names are free.

See docs/facts.md#termination.

If the resources are retained, there are no events about them: only the environment is terminated [inferred]. The
deletion policy of a database decides whether it is deleted; a retained database belongs to no environment afterwards.
"""

from collections.abc import Callable, Iterator

from beanpole.model.environment.requests import Terminate
from beanpole.model.environment.resources import KINDS, kinds_of
from beanpole.model.events import failures, messages
from beanpole.model.plan.durations import Timed, after, instantly
from beanpole.model.plan.plan import Situation
from beanpole.model.plan.steps import (
    Announce,
    DeleteStack,
    Deprovision,
    Finish,
    Release,
    RemoveInstances,
    TerminateInstances,
    Wait,
)
from beanpole_workers.plans import custom
from beanpole_workers.plans.databases import GROUP, is_retained
from beanpole_workers.plans.stages import Stage


def has(kind: str) -> Callable[[Situation], bool]:
    """The condition that the environment has a resource of the kind."""
    return lambda situation: situation.environment.resource(kind) is not None


def deleted(kind: str) -> Stage:
    """The stage that deletes the resource of a kind, if the environment has it."""
    return Stage(Deprovision(kind), instantly, has(kind))


def database(policy: str, kind: str = "database") -> Callable[[Situation], bool]:
    """The environment has a database, or its security group, and the deletion policy is to `retain` or `delete` it."""

    def applies(situation: Situation) -> bool:
        return has(kind)(situation) and is_retained(situation.configuration) == (policy == "retain")

    return applies


def deleting_topic(situation: Situation) -> Announce | DeleteStack:
    """The event that names the topic, after the environment, once the stack is gone, if it is to go."""
    message, request = (
        messages.DELETING_SNS_TOPIC(environment=situation.environment.environment_name),
        situation.activity.request,
    )
    keeps = isinstance(request, Terminate) and request.keeps_resources
    return Announce(message) if keeps else DeleteStack(message)


def completed(situation: Situation) -> Announce:
    """The last event, which names the operation."""
    return Announce(messages.OPERATION_COMPLETED(operation=situation.activity.operation))


def table(termination: Terminate) -> tuple[Stage, ...]:
    """The stages of a termination, which keeps the resources if that is requested."""
    return ENDING if termination.keeps_resources else (*VALIDATION, *TEARDOWN, *ENDING)


def undo(situation: Situation) -> Iterator[Timed]:
    """A resource could not be deleted: the environment stays, Ready and without health, and can be terminated again.

    That it is Ready is [inferred]; see docs/facts.md#termination.
    """
    names = [KINDS[kinds_of(resource)[0]].logical_id for resource in situation.environment.resources]
    yield Announce(failures.STACK_NOT_DELETED(resources=", ".join(names))), after("failure.undeleted")
    yield Finish("failed"), instantly


VALIDATION = (
    Stage(Announce(messages.VALIDATING_TERMINATION_PROTECTION())),
    Stage(Announce(messages.VALIDATED_TERMINATION_PROTECTION()), after("validated")),
)
TEARDOWN = (
    Stage(lambda situation: TerminateInstances(tuple(situation.fleet)), after("terminate.alarms")),
    deleted("alarm-low"),
    deleted("alarm-high"),
    deleted("listener"),
    deleted("listener-rule"),
    deleted("scale-up-policy"),
    deleted("scale-down-policy"),
    Stage(Announce(messages.WAITING_FOR_TERMINATION())),
    Stage(lambda situation: RemoveInstances(tuple(situation.fleet)), after("terminate.group")),
    deleted("auto-scaling-group"),
    deleted("load-balancer"),
    deleted("launch-template"),
    deleted("target-group"),
    deleted("security-group"),
    Stage(Wait("what is left to be deleted"), after("terminate.rest")),
    deleted("load-balancer-security-group"),
    deleted("elastic-ip"),
    deleted("bucket"),
    *custom.DELETION,
    deleted("worker-queue"),
    deleted("dead-letter-queue"),
    Stage(Deprovision("database"), after("terminate.database"), database("delete")),
    Stage(Deprovision(GROUP), instantly, database("delete", GROUP)),
    Stage(Deprovision("database", quietly=True), instantly, database("retain")),
    Stage(Deprovision(GROUP, quietly=True), instantly, database("retain", GROUP)),
)
ENDING = (
    Stage(deleting_topic, after("topic")),
    Stage(completed, after("completed")),
    Stage(Release()),
)
