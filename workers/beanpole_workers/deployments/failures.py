"""What is told of a plan that cannot go on, before anything is undone (lifecycles.md 1.6, 1.10 - 1.14)."""

from collections.abc import Iterator

from beanpole.model import messages, mishaps
from beanpole.model.environment import Environment
from beanpole.model.resources import KINDS, LOGICAL_IDS
from beanpole_workers.deployments.plan import Failure, Situation, Timed
from beanpole_workers.deployments.steps import Announce

REASON = 'Resource handler returned message: "The request could not be fulfilled."'  # [I] of a resource that fails


def failure_of(situation: Situation) -> Failure:
    """Why there is something to undo; ValueError if nothing is."""
    if situation.failure is None:
        raise ValueError(f"{situation.environment.id} is to undo what did not fail")
    return situation.failure


def is_timeout(situation: Situation) -> bool:
    """Nothing failed, but something said nothing any more."""
    failure = failure_of(situation)
    return failure.what == "command-fails" and not failure.instances


def reported(situation: Situation) -> Iterator[Timed]:
    """What went wrong in a running environment."""
    failure = failure_of(situation)
    match failure.what:
        case "command-fails":
            yield from commands(situation)
            yield Announce(mishaps.UNSUCCESSFUL_COMMAND(instances=",".join(failure.ids))), None
        case "health-check-never-passes":
            yield Announce(mishaps.HEALTH_CHECK_NOT_PASSED(instances=",".join(failure.ids))), None
        case "launch-refused":
            yield Announce(_rolls_back(situation.environment, "auto-scaling-group", "update")), None
        case "resource-fails" if failure.stays:
            yield Announce(_rolls_back(situation.environment, "auto-scaling-group", "delete")), None
        case "resource-fails":
            kind = failure.resource or "auto-scaling-group"
            yield Announce(_rolls_back(situation.environment, kind, "create")), None
            yield Announce(creation_failed(kind)), None
        case "aborted":
            yield Announce(messages.UPDATE_ABORTED()), None
        case _:
            raise ValueError(f"{failure.what} is no way in which a running environment fails")


def commands(situation: Situation) -> Iterator[Timed]:
    """What the instances of a command report, and what becomes of those that report nothing."""
    failure = failure_of(situation)
    for place, id_ in enumerate(failure.instances):
        yield Announce(mishaps.COMMAND_FAILED(instance=id_)), None if place else "failure.reported"
    if failure.silent:
        yield Announce(mishaps.NOT_RESPONDED(instances=", ".join(failure.silent))), None
    yield Announce(mishaps.COMMAND_SUMMARY(summary=_summary(failure))), None


def stack_rolls_back(situation: Situation) -> Iterator[Timed]:
    """What CloudFormation says of a rolling update whose instances fail."""
    yield Announce(_rolls_back(situation.environment, "auto-scaling-group", "update")), None


def creation_failed(kind: str) -> messages.Message:
    """What is told of a resource that could not be created."""
    noun = KINDS[kind].noun or KINDS["auto-scaling-group"].noun
    return mishaps.CREATION_FAILED(noun=noun, reason=REASON)


def _rolls_back(environment: Environment, kind: str, verb: str) -> messages.Message:
    stack = f"awseb-{environment.id}-stack"
    return mishaps.STACK_ROLLS_BACK(stack=stack, verb=verb, resources=LOGICAL_IDS[kind])


def _summary(failure: Failure) -> str:
    """Those that failed and those that timed out are named only where there are some."""
    counts = {"Successful": failure.succeeded, "Failed": len(failure.instances), "TimedOut": len(failure.silent)}
    return ", ".join(f"{word}: {count}" for word, count in counts.items() if count or word == "Successful")
