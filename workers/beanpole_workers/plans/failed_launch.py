"""The end of a failed launch (docs/facts.md#failed-launch): mostly Ready with its resources, at times Terminated."""

from collections.abc import Iterator

from msgspec.structs import replace

from beanpole.model.events import failures, messages
from beanpole.model.options.namespaces import CONTROL
from beanpole.model.plan.durations import Duration, Timed, after, instantly
from beanpole.model.plan.plan import Situation
from beanpole.model.plan.steps import AdoptVersion, Announce, Finish, Release
from beanpole_workers.plans import failed_steps, repairs, stages, terminate
from beanpole_workers.plans.launch import refused
from beanpole_workers.plans.launch_stages import is_new

SIGNALS = "AWSEBInstanceLaunchWaitCondition"
REFUSALS = {
    "no-instance-profile": failures.NEEDS_INSTANCE_PROFILE,
    "service-role-required": failures.NEEDS_SERVICE_ROLE,
}
UNDEPLOYED = ("launch-refused", "no-signal", "resource-fails")  # the stack is aborted before anything is deployed on it


def undo(situation: Situation) -> Iterator[Timed]:
    """The events of the failure, and what is left of the environment."""
    failure = failed_steps.failure_of(situation)
    if failure.what in REFUSALS:
        yield from refused(situation, (REFUSALS[failure.what](),))
        return
    match failure.what:
        case "launch-refused":
            yield from _stack_aborted(situation, SIGNALS, after("failure.aborted"))
            yield Announce(failures.INSTANCES_NOT_SIGNALLED()), instantly
        case "no-signal":
            yield from _stack_aborted(situation, SIGNALS, after("failure.aborted"))
            yield Announce(failures.INSTANCES_SILENT()), instantly
        case "resource-fails" if failure.resource is not None:
            yield from failed_steps.creation_failed(situation)
            yield from _stack_aborted(situation, failed_steps.uncreated(failure), after("failure.stack"))
        case _:
            yield from failed_steps.commands(situation)
    yield from repairs.settle(situation)
    if failure.what not in UNDEPLOYED:
        situation = _expecting(situation)
        yield AdoptVersion(situation.environment.version_label, situation.environment.deployment_id), instantly
    if is_new(situation) and situation.configuration.boolean(CONTROL, "RollbackLaunchOnFailure"):
        yield from _torn_down(situation)
    else:
        yield from _left_ready(situation)


def _expecting(situation: Situation) -> Situation:
    """The environment expects what was deployed, so that instances which take the place of others run that."""
    environment, label = situation.environment, situation.activity.version_label
    deployed = replace(environment, version_label=label, deployment_id=environment.deployments)
    return replace(situation, environment=deployed)


def _stack_aborted(situation: Situation, resource: str, lasting: Duration) -> Iterator[Timed]:
    yield Announce(failures.STACK_ABORTED(stack=situation.resource_scope.stack, resources=resource)), lasting


def _left_ready(situation: Situation) -> Iterator[Timed]:
    """The environment is Ready; instances on which a command failed stay, and those that died are replaced."""
    failure, name = failed_steps.failure_of(situation), situation.environment.environment_name
    if failure.what in UNDEPLOYED:
        yield Announce(failures.LAUNCHED_WITH_ISSUES(environment=name)), after("failure.issues")
    else:
        late = failed_steps.is_timeout(situation)
        verdict = failures.LAUNCHED_WITH_TIMEOUTS() if late else failures.LAUNCHED_WITH_ERRORS()
        yield Announce(verdict), after("failure.launched")
        yield from repairs.resize(situation)
    yield Finish("failed"), instantly


def _torn_down(situation: Situation) -> Iterator[Timed]:
    """Terminate the environment by RollbackLaunchOnFailure, without the events of a termination [inferred]."""
    yield Announce(failures.FAILED_TO_LAUNCH()), after("failure.verdict")
    yield from stages.steps(terminate.TEARDOWN, situation)
    yield (
        Announce(messages.DELETING_SNS_TOPIC(environment=situation.environment.environment_name)),
        after("failure.topic"),
    )
    yield Release(), instantly
