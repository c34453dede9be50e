"""The events of a plan that cannot go on, before anything is undone (docs/facts.md#failed-deployment)."""

from collections.abc import Iterator

from beanpole.model.environment.resources import KINDS, create, family, kinds_of, noun_in_errors
from beanpole.model.events import failures, messages
from beanpole.model.names.ids import Ids
from beanpole.model.plan.durations import Timed, after, instantly
from beanpole.model.plan.plan import Failure, Situation
from beanpole.model.plan.steps import TEMPORARY, Announce

CANCELLED = "Resource creation cancelled"
REASON = 'Resource handler returned message: "The request could not be fulfilled."'  # [I] of a resource that fails


def failure_of(situation: Situation) -> Failure:
    """The failure that is to be undone; ValueError if there is none."""
    if situation.failure is None:
        raise ValueError(f"{situation.environment.id} is to undo what did not fail")
    return situation.failure


def is_timeout(situation: Situation) -> bool:
    """Tell whether no command failed, but an instance did not respond."""
    failure = failure_of(situation)
    return failure.what == "command-fails" and not failure.instances


def reported(situation: Situation) -> Iterator[Timed]:
    """The events of what failed in a running environment."""
    failure = failure_of(situation)
    match failure.what:
        case "command-fails":
            yield from commands(situation)
            yield Announce(failures.UNSUCCESSFUL_COMMAND(instances=",".join(failure.ids))), instantly
        case "no-signal" | "health-check-never-passes" if failure.resource is not None:
            yield from _unsignalled(situation, failure)
        case "health-check-never-passes":
            yield Announce(failures.HEALTH_CHECK_NOT_PASSED(instances=",".join(failure.ids))), instantly
        case "launch-refused":
            if not in_new_side(failure):
                yield Announce(_rolls_back(situation, KINDS["auto-scaling-group"].logical_id, "update")), instantly
        case "resource-fails" if failure.action == "delete":
            yield Announce(_not_deleted(situation, failure)), instantly
        case "resource-fails" if failure.action == "update":
            yield from _not_updated(situation, failure)
        case "resource-fails":
            yield from creation_failed(situation)
            yield Announce(_not_created(situation, failure)), after("failure.stack")
        case "aborted":
            yield Announce(messages.UPDATE_ABORTED()), instantly
        case _:
            raise ValueError(f"{failure.what} is no way in which a running environment fails")


def in_new_side(failure: Failure) -> bool:
    """Tell whether the failure is in the temporary group, whose stack is a separate one."""
    return failure.resource == TEMPORARY


def commands(situation: Situation) -> Iterator[Timed]:
    """The event of each instance on which a command failed, of those that did not respond, and the summary."""
    failure = failure_of(situation)
    for index, id_ in enumerate(failure.instances):
        hit = failure.hit_on(id_)
        message = failures.COMMAND_FAILED(
            instance=id_, status=hit.exit_status, output=hit.output or failures.ENGINE_ERROR
        )
        yield Announce(message), instantly if index else after("failure.reported")
    if failure.silent:
        yield Announce(failures.NOT_RESPONDED(instances=", ".join(failure.silent))), instantly
    yield Announce(failures.COMMAND_SUMMARY(summary=_summary(failure))), instantly


def stack_rolls_back(situation: Situation) -> Iterator[Timed]:
    """The event of a rolling update whose instances fail, in CloudFormation's words."""
    yield Announce(_rolls_back(situation, KINDS["auto-scaling-group"].logical_id, "update")), instantly


def _unsignalled(situation: Situation, failure: Failure) -> Iterator[Timed]:
    """The events of a rolling update whose instances do not signal that they are well, in CloudFormation's words."""
    count, group = len(failure.instances), situation.environment.resource("auto-scaling-group")
    if group is None:
        raise ValueError(f"{situation.environment.id} has no group that could wait for signals")
    yield Announce(failures.SIGNALS_NOT_RECEIVED(count=count)), instantly
    reason = failures.TOO_FEW_SIGNALS.format(received=failure.succeeded, count=failure.succeeded + count)
    noun = noun_in_errors(group.kind)
    sentence = failures.RESOURCE_FAILED(verb="Updating", noun=noun, name=group.name, reason=reason)
    yield Announce(sentence), instantly
    stack = failures.STACK_ROLLS_BACK_FOR_NOTHING(stack=situation.resource_scope.stack)
    yield Announce(stack), after("failure.stack")


def uncreated(failure: Failure) -> str:
    """The logical ids of a resource that could not be created and of those that were cancelled with it.

    A load balancer comes first, as in both captures.
    """
    kinds = ((failure.resource or "auto-scaling-group"), *failure.cancelled)
    ordered = sorted(kinds, key=lambda kind: family(kind) != "load-balancer")
    return ", ".join(KINDS[kind].logical_id for kind in ordered)


def creation_failed(situation: Situation) -> Iterator[Timed]:
    """The events of a resource that could not be created, and of those whose creation was under way beside it."""
    failure = failure_of(situation)
    kind = failure.resource or "auto-scaling-group"
    yield Announce(_uncreated(situation, kind, failure.reason or REASON)), instantly
    for other in failure.cancelled:
        yield Announce(_uncreated(situation, other, CANCELLED)), instantly


def _uncreated(situation: Situation, kind: str, reason: str) -> messages.Message:
    """The event of a resource that was not created: it has a name only where the stack gives it one."""
    ids = Ids(situation.rules.clock.seed, situation.environment.id, situation.activity.serial, "cancelled", kind)
    name, noun = create(kind, situation.resource_scope, ids).name, noun_in_errors(kind)
    if name.startswith("awseb"):
        return failures.RESOURCE_FAILED(verb="Creating", noun=noun, name=name, reason=reason)
    return failures.UNNAMED_RESOURCE_FAILED(verb="Creating", noun=noun, reason=reason)


def _not_updated(situation: Situation, failure: Failure) -> Iterator[Timed]:
    """The events of a resource that the environment has and that cannot be updated (aws-elastic-beanstalk-cli#530)."""
    resource = situation.environment.resource(failure.resource or "auto-scaling-group")
    if resource is None:
        raise ValueError(f"{situation.environment.id} has no {failure.resource} that could fail")
    noun = noun_in_errors(resource.kind)
    message = failures.RESOURCE_FAILED(verb="Updating", noun=noun, name=resource.name, reason=failure.reason or REASON)
    yield Announce(message), instantly
    logical_id = KINDS[kinds_of(resource)[0]].logical_id
    yield Announce(_rolls_back(situation, logical_id, "update")), after("failure.stack")


def _not_created(situation: Situation, failure: Failure) -> messages.Message:
    """The stack of a temporary group is new, so its creation is aborted instead of rolled back [inferred]."""
    if in_new_side(failure):
        return failures.STACK_ABORTED(stack=situation.resource_scope.temporary_stack, resources=uncreated(failure))
    return _rolls_back(situation, uncreated(failure), "create")


def _not_deleted(situation: Situation, failure: Failure) -> messages.Message:
    """The temporary group stays where it is [inferred: CloudFormation's state for that]."""
    resources = KINDS[failure.resource or TEMPORARY].logical_id
    return failures.STACK_ROLLS_BACK(
        stack=situation.resource_scope.temporary_stack, state="DELETE_FAILED", verb="delete", resources=resources
    )


def _rolls_back(situation: Situation, resources: str, verb: str) -> messages.Message:
    """A stack that fails while it rolls back has another state [inferred: CloudFormation's state for that]."""
    return failures.STACK_ROLLS_BACK(
        stack=situation.resource_scope.stack,
        state="UPDATE_ROLLBACK_FAILED" if situation.activity.undoing > 1 else "UPDATE_ROLLBACK_IN_PROGRESS",
        verb=verb,
        resources=resources,
    )


def _summary(failure: Failure) -> str:
    """The counts by result; failures and timeouts are left out where there are none."""
    counts = {"Successful": failure.succeeded, "Failed": len(failure.instances), "TimedOut": len(failure.silent)}
    return ", ".join(f"{word}: {count}" for word, count in counts.items() if count or word == "Successful")
