"""How a launch ends that fails (lifecycles.md 1.6): mostly Ready, with what there is by then; at times Terminated."""

from collections.abc import Iterator

from beanpole.model import messages, mishaps
from beanpole_workers.deployments import failures, repairs
from beanpole_workers.deployments.plan import Situation, Timed
from beanpole_workers.deployments.steps import Announce, Finish, Release
from beanpole_workers.lifecycles import stages, terminate
from beanpole_workers.lifecycles.launch import adopt, is_new, refused

CONTROL = "aws:elasticbeanstalk:control"
SIGNALS = "AWSEBInstanceLaunchWaitCondition"
REFUSALS = {
    "no-instance-profile": mishaps.NEEDS_INSTANCE_PROFILE,
    "service-role-required": mishaps.NEEDS_SERVICE_ROLE,
}
UNDEPLOYED = ("launch-refused", "resource-fails")  # the stack is aborted before anything is deployed on it


def undo(situation: Situation) -> Iterator[Timed]:
    """What is told of it, and what is left."""
    failure = failures.failure_of(situation)
    if failure.what in REFUSALS:
        yield from refused(situation, (REFUSALS[failure.what](),))
        return
    match failure.what:
        case "launch-refused":
            yield from _stack_aborted(situation, SIGNALS)
            yield Announce(mishaps.INSTANCES_NOT_SIGNALLED()), None
        case "resource-fails" if failure.resource is not None:
            yield from _stack_aborted(situation, failures.uncreated(situation, failure.resource))
            yield from failures.creation_failed(situation, failure.resource)
        case _:
            yield from failures.commands(situation)
    yield from repairs.settle(situation)
    if failure.what not in UNDEPLOYED:
        yield adopt(situation), None
    if is_new(situation) and situation.configuration.boolean(CONTROL, "RollbackLaunchOnFailure"):
        yield from _torn_down(situation)
    else:
        yield from _left_ready(situation)


def _stack_aborted(situation: Situation, resource: str) -> Iterator[Timed]:
    yield Announce(mishaps.STACK_ABORTED(stack=situation.place.stack, resources=resource)), "failure.aborted"


def _left_ready(situation: Situation) -> Iterator[Timed]:
    """Where commands failed the instances stay, and those that died are replaced."""
    failure, name = failures.failure_of(situation), situation.environment.environment_name
    if failure.what in UNDEPLOYED:
        yield Announce(mishaps.LAUNCHED_WITH_ISSUES(environment=name)), "failure.issues"
    else:
        late = failures.is_timeout(situation)
        told = mishaps.LAUNCHED_WITH_TIMEOUTS() if late else mishaps.LAUNCHED_WITH_ERRORS()
        yield Announce(told), "failure.launched"
        yield from repairs.resize(situation)
    yield Finish("failed"), None


def _torn_down(situation: Situation) -> Iterator[Timed]:
    """The effect of RollbackLaunchOnFailure: it goes as by a termination, without its sentences [inferred]."""
    yield Announce(mishaps.FAILED_TO_LAUNCH()), "failure.verdict"
    yield from stages.play(terminate.TEARDOWN, situation)
    yield Announce(messages.DELETING_SNS_TOPIC(environment=situation.environment.environment_name)), "failure.topic"
    yield Release(), None
