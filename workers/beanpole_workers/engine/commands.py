"""The effects of commands on instances, of waits for their health, and of faults that hit an instance."""

from collections.abc import Iterable
from typing import NamedTuple

from msgspec.structs import replace

from beanpole.model.environment.instance import CommandRecord, Instance
from beanpole.model.events import failures, messages
from beanpole.model.faults.members import FailedHealth
from beanpole.model.faults.table import PlanFault
from beanpole.model.health.context import rank
from beanpole.model.health.instance_health import unexcused
from beanpole.model.plan import containers
from beanpole.model.plan.containers import Task
from beanpole.model.plan.plan import Failure
from beanpole.model.plan.rules import Deployed, Rules
from beanpole.model.plan.steps import AwaitHealth, Deploy
from beanpole_workers.engine import deployments
from beanpole_workers.engine.story import Story

WAVES = 6  # times at which the instances of one step end, at most


class _Results(NamedTuple):
    """The instances on which a command fails, those that do not respond, and the results on the others, by id."""

    failing: dict[str, None]
    silent: dict[str, None]
    deployed: dict[str, Deployed]


def begin_command(step: Deploy, story: Story, at: int) -> None:
    """Start the command on every remaining instance."""
    _remove_dead(story, at)
    story.change(deployments=max(story.environment.deployments, step.deployment_id))
    story.put(instance.begin_command(at) for instance in story.instances(step.instances))


def finish_command(step: Deploy, story: Story, at: int) -> Failure | None:
    """Record the results of the instances that end now; the plan fails if an instance failed or does not respond.

    If the command fails on no instance, instances end one after the other, and the step ends with the last of them.
    """
    present = story.instances(step.instances)
    instances = _executing(step, story)
    failing, silent = _hit_by(story, "command-fails"), _hit_by(story, "command-times-out")
    deployed = deployments.results(step, story, _reached(step, story))
    failing |= deployments.failing(step, story, deployed)
    if step.defect is not None:
        failing = {instance.id: None for instance in instances if instance.id not in silent}
    failure = _failure(step, {instance.id for instance in present}, failing, silent)
    if failure is None and not step.quietly:
        instances = instances[: _wave(step)]
    _record(step, story, instances, _Results(failing, silent, deployed), at)
    good = [instance for instance in instances if instance.id not in failing | silent]
    _report(step, story, [instance for instance in instances if instance.id in failing], good, at)
    return failure and replace(failure, hits=story.activity.hits)


def until_next(step: Deploy, story: Story, rules: Rules) -> float:
    """The simulated seconds until the command ends on the next instances; 0 if it has ended on all."""
    remaining = _executing(step, story)
    if not remaining:
        return 0.0
    row = "completed" if remaining[0].deployment_id else "launched"
    return round(rules.timings.activities["apart"].draw(row, story.seed, remaining[0].id, story.activity.serial), 3)


def _executing(step: Deploy, story: Story) -> list[Instance]:
    """The instances of the step on which the command runs."""
    return [instance for instance in story.instances(step.instances) if instance.state == "deploying"]


def _wave(step: Deploy) -> int:
    """The number of instances that end together; large steps end in waves, so that they take no longer."""
    return -(-len(step.instances) // WAVES)


def _record(step: Deploy, story: Story, instances: list[Instance], results: _Results, at: int) -> None:
    """Record the results of the command on its instances."""
    failing, silent, deployed = results
    record = CommandRecord(at, step.command_name, step.version_label, step.deployment_id)
    health = deployments.failed_health(deployed) | _failed_health(story)
    for instance in instances:
        if instance.id in silent:
            story.put((instance.fail_command(replace(record, timed_out=True)),))
        elif instance.id in failing:
            own, disk = deployments.with_results(replace(record, cause=step.defect), instance, deployed)
            story.put((replace(instance.fail_command(_with_reason(own, story, instance.id)), disk=disk),))
        else:
            own, disk = deployments.with_results(record, instance, deployed)
            story.put((replace(instance.finish_command(own, step.serves, health.get(instance.id)), disk=disk),))


def is_awaited(step: Deploy, story: Story) -> bool:
    """Tell whether commands still run in real time on an instance."""
    return deployments.are_awaited(step, story, _reached(step, story))


def command_lasts(step: Deploy, story: Story, rules: Rules, seconds: float) -> float:
    """The seconds of the step: the command's timeout if an instance does not respond."""
    silent = _hit_by(story, "command-times-out") or len(story.instances(step.instances)) < len(step.instances)
    return step.timeout if silent else seconds


def begin_waiting(step: AwaitHealth, story: Story, at: int) -> None:
    """Make the instances that a fault hits fail their health checks."""
    _remove_dead(story, at)
    health = _failed_health(story)
    story.put(instance.fail_checks(health[instance.id], at) for instance in story.instances(health))


def finish_waiting(step: AwaitHealth, story: Story, at: int) -> Failure | None:
    """The failure of the plan if an instance is missing, or unhealthy while `IgnoreHealthCheck` is off."""
    remaining = {instance.id: instance for instance in story.instances(step.instances)}
    bad = tuple(
        id_ for id_ in step.instances if id_ not in remaining or (not step.ignores and _is_bad(step, remaining[id_]))
    )
    group = "auto-scaling-group" if step.signals else None
    good = len(step.instances) - len(bad)
    return Failure("health-check-never-passes", bad, succeeded=good, resource=group) if bad else None


def wait_lasts(step: AwaitHealth, story: Story, rules: Rules, seconds: float) -> float:
    """The seconds of the step: the timeout if an instance is missing or unhealthy."""
    remaining = story.instances(step.instances)
    waits = len(remaining) < len(step.instances) or any(_is_bad(step, instance) for instance in remaining)
    return max(step.timeout, seconds) if waits else seconds


def _with_reason(record: CommandRecord, story: Story, id_: str) -> CommandRecord:
    """The record with the fault's reason for the failure of the command on an instance."""
    hit = next((hit for hit in story.activity.hits if hit.instance == id_ and hit.what == "command-fails"), None)
    if hit is None or record.cause is not None:
        return record
    if hit.command is not None:
        return replace(record, message=hit.message)
    return replace(record, exit_status=hit.exit_status, output=hit.output or failures.ENGINE_ERROR, message=hit.message)


def _reached(step: Deploy, story: Story) -> list[Instance]:
    """The instances on which the command runs and which no fault hits."""
    hit = _hit_by(story, "command-fails") | _hit_by(story, "command-times-out")
    return [instance for instance in _executing(step, story) if instance.id not in hit]


def _failure(step: Deploy, remaining: set[str], failing: dict[str, None], silent: dict[str, None]) -> Failure | None:
    """The failure of a command; a missing instance counts as one that does not respond."""
    unanswered = tuple(id_ for id_ in step.instances if id_ in silent or id_ not in remaining)
    failed = tuple(id_ for id_ in step.instances if id_ in failing and id_ not in unanswered)
    succeeded = len(step.instances) - len(unanswered) - len(failed)
    return Failure("command-fails", failed, unanswered, succeeded) if failed or unanswered else None


def _is_bad(step: AwaitHealth, instance: Instance) -> bool:
    """Tell whether the instance's health is worse than the threshold; with basic health, whether it fails checks."""
    if not step.enhanced:
        return not instance.passes_health_checks
    return rank(unexcused(instance, step.watches_4xx)) > rank(step.threshold)


def _remove_dead(story: Story, at: int) -> None:
    """Remove instances that die; the group notices, and writes an event for each that was announced."""
    dead = story.instances(_hit_by(story, "instance-dies"))
    for instance in dead:
        if instance.announced:
            story.tell(failures.REMOVED_DEAD_INSTANCE(instance=instance.id), at)
    story.remove(instance.id for instance in dead)


def _failed_health(story: Story) -> dict[str, FailedHealth]:
    """The health of the instances that fail their checks because of a fault, by id."""
    hits = (hit for hit in story.activity.hits if hit.what == "health-check-never-passes")
    return {hit.instance: hit.health for hit in hits if hit.instance is not None}


def _hit_by(story: Story, what: PlanFault) -> dict[str, None]:
    """The ids of the instances that a kind of fault hits, in the order of the step.

    Faults that hit one command of a source bundle do not count: the deployment is carried out up to that command.
    """
    hits = (hit for hit in story.activity.hits if hit.what == what and hit.command is None)
    return {hit.instance: None for hit in hits if hit.instance is not None}


def _report(step: Deploy, story: Story, bad: list[Instance], good: list[Instance], at: int) -> None:
    """Write the events of each instance."""
    hits = {hit.instance: hit for hit in story.activity.hits if hit.what == "command-fails"}
    for instance in bad:
        hit = hits.get(instance.id)
        if step.defect is not None:
            notes: Iterable[messages.Message] = (failures.DEFECTS[step.defect](),)
        elif hit is not None and hit.message is not None:
            notes = (failures.PLATFORM_SENTENCE(message=hit.message),)
        else:
            task = Task(step.task, step.deployment_id)
            stopped = containers.failure_events(step.containers, story.environment, instance.id, task, story.seed)
            notes = stopped if hit is not None and hit.command is None else ()
        for note in (*notes, failures.INSTANCE_DEPLOYMENT_FAILED()):
            story.tell(note, at)
    for instance in () if step.quietly else good:
        started = containers.start_events(step.containers, story.environment, instance, step.deployment_id, story.seed)
        for note in (*step.notes, *started, messages.INSTANCE_DEPLOYMENT_COMPLETED()):
            story.tell(note, at)
