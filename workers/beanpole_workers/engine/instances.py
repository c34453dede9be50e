"""The effects of the steps that launch, register, move and terminate instances."""

from msgspec.structs import replace

from beanpole.model.environment.environment_info import KEPT_SECONDS_AFTER_FAILURE, STATES_WITH_LOGS, EnvironmentInfo
from beanpole.model.environment.fleet import launched
from beanpole.model.events import failures, messages
from beanpole.model.names.ids import Ids
from beanpole.model.plan.plan import Failure
from beanpole.model.plan.rules import Rules
from beanpole.model.plan.steps import (
    TEMPORARY,
    AnnounceInstances,
    Deregister,
    EnterGroup,
    JoinInstances,
    LaunchInstances,
    LeaveGroup,
    Register,
    RemoveInstances,
    ShareTraffic,
    TerminateInstances,
)
from beanpole_workers.engine.story import Story


def begin_launch(step: LaunchInstances, story: Story, at: int) -> None:
    """Announce a refused launch at once."""
    if story.activity.hits:
        story.tell(failures.LAUNCH_FAILURE(), at)


def finish_launch(step: LaunchInstances, story: Story, at: int) -> Failure | None:
    """Add the instances to the fleet; they boot until they join."""
    if story.activity.hits:
        return Failure("launch-refused", step.instances, resource=step.group)
    if step.instances:
        group = story.resource(step.group).name
        story.put(launched(step.instances, group, story.environment, at))
    return None


def launch_lasts(step: LaunchInstances, story: Story, rules: Rules, seconds: float) -> float:
    """The seconds of the step: a refused launch lasts until the group tries again."""
    return rules.timings.activities["failure"].usual("launch-again") if story.activity.hits else seconds


def join_lasts(step: JoinInstances, story: Story, rules: Rules, seconds: float) -> float:
    """The seconds of the step: if an instance sends no signal, the time until the stack gives up."""
    return max(step.signals_within or 0.0, seconds) if story.activity.hits else seconds


def begin_joining(step: JoinInstances, story: Story, at: int) -> None:
    """Add instances of which one sends no signal, and for whose signals the stack waits."""
    if story.activity.hits:
        silent = {hit.instance for hit in story.activity.hits}
        story.put(instance.stay_silent(at, instance.id in silent) for instance in story.instances(step.instances))
        _announce(step.instances, story, at)


def join(step: JoinInstances, story: Story, at: int) -> Failure | None:
    """Put the instances in service, and announce them unless another step does.

    The plan fails if an instance sends no signal.
    """
    if hits := story.activity.hits:
        bad = tuple(hit.instance for hit in hits if hit.instance is not None)
        return Failure("no-signal", bad, succeeded=len(step.instances) - len(bad), resource="auto-scaling-group")
    story.put(instance.join(at) for instance in story.instances(step.instances))
    if step.instances and not step.quietly:
        _announce(step.instances, story, at)
    return None


def announce(step: AnnounceInstances, story: Story, at: int) -> None:
    """Announce instances that joined quietly."""
    _announce(step.instances, story, at)


def deregister(step: Deregister, story: Story, at: int) -> None:
    """Send the instances no more requests, from the beginning of the step on."""
    story.put(instance.leave_service() for instance in story.instances(step.instances))


def register(step: Register, story: Story, at: int) -> None:
    """Send the instances requests again."""
    story.put(instance.enter_service() for instance in story.instances(step.instances))


def share_traffic(step: ShareTraffic, story: Story, at: int) -> None:
    """Set the new side's share of the requests."""
    story.change(traffic=step.percent)


def leave_group(step: LeaveGroup, story: Story, at: int) -> None:
    """Announce that the instances are detached; they change their group when they enter the other."""
    story.tell(messages.DETACHED_INSTANCES(group=story.resource(TEMPORARY).name), at)


def enter_group(step: EnterGroup, story: Story, at: int) -> None:
    """Move the instances to the permanent group."""
    if not step.instances:
        return
    group = story.resource("auto-scaling-group").name
    story.put(instance.change_group(group) for instance in story.instances(step.instances))
    story.tell(messages.ATTACHED_INSTANCES(group=group), at)


def terminate(step: TerminateInstances, story: Story, at: int) -> None:
    """Shut the instances down; their logs replace the last requested log bundle."""
    instances = story.instances(step.instances)
    with_logs = tuple(instance for instance in instances if instance.state in STATES_WITH_LOGS)
    if step.keeps_logs and with_logs:
        activity, id_ = story.activity, story.environment.id
        secret = Ids(story.seed, id_, activity.serial, activity.undoing, "signature").hexadecimal(64)
        reports = story.reports(with_logs)
        story.keep_sample(EnvironmentInfo(id_, "bundle", at, secret, with_logs, KEPT_SECONDS_AFTER_FAILURE, reports))
    story.put(instance.begin_termination() for instance in instances)


def remove(step: RemoveInstances, story: Story, at: int) -> None:
    """Remove the instances from the fleet, with an event for each that was announced, as in the captures."""
    instances = story.instances(step.instances)
    for instance in instances:
        if step.announced and instance.announced:
            story.tell(messages.REMOVED_INSTANCE(instance=instance.id), at)
    story.remove(instance.id for instance in instances)


def _announce(ids: tuple[str, ...], story: Story, at: int) -> None:
    sentence = messages.ADDED_INSTANCE if len(ids) == 1 else messages.ADDED_INSTANCES
    story.tell(sentence(instances=", ".join(ids)), at)
    story.put(replace(instance, announced=True) for instance in story.instances(ids))
