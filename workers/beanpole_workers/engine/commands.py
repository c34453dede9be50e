"""Commands on instances and waits for their health: what they do, and what becomes of those that a fault strikes."""

from msgspec.structs import replace

from beanpole.model.environment.instance import CommandRecord, Instance
from beanpole.model.events import failures, messages
from beanpole.model.faults.fault import FailedHealth, PlanFault
from beanpole.model.health.context import rank
from beanpole.model.health.instance_health import unexcused
from beanpole.model.plan import containers
from beanpole.model.plan.plan import Failure
from beanpole.model.plan.rules import Rules
from beanpole.model.plan.steps import AwaitHealth, Deploy, LaunchInstances, Step
from beanpole_workers.engine.story import Story

LAUNCH_ATTEMPTS = 17  # more of them: a stack waits about 18 minutes for its instances (docs/facts.md#failed-launch)


def begin_command(step: Deploy, story: Story, at: int) -> None:
    """It runs on every instance that is there."""
    _bury(story, at)
    story.change(deployments=max(story.environment.deployments, step.deployment_id))
    story.put(it.begin_command(at) for it in story.instances(step.instances))


def finish_command(step: Deploy, story: Story, at: int) -> Failure | None:
    """Each instance reports for itself; one that fails, or that says nothing any more, fails the plan."""
    deed = CommandRecord(at, step.command_name, step.version_label, step.deployment_id)
    failing, late = _struck(story, "command-fails"), _struck(story, "command-times-out")
    ill = _ill(story)
    there = story.instances(step.instances)
    if step.defect is not None:
        failing = {it.id: None for it in there if it.id not in late}
    good = [it for it in there if it.id not in failing | late]
    story.put(it.finish_command(deed, step.serves, ill.get(it.id)) for it in good)
    story.put(it.fail_command(deed) for it in there if it.id in late)
    known = deed if step.defect is None else replace(deed, cause=step.defect)
    story.put(it.fail_command(known) for it in there if it.id in failing)
    _report(step, story, [it for it in there if it.id in failing], good, at)
    left = {it.id for it in there}
    silent = tuple(id_ for id_ in step.instances if id_ in late or id_ not in left)
    failed = tuple(id_ for id_ in step.instances if id_ in failing and id_ not in silent)
    return Failure("command-fails", failed, silent, len(good)) if failed or silent else None


def begin_waiting(step: AwaitHealth, story: Story, at: int) -> None:
    """Those that a fault strikes do not pass their checks any more."""
    _bury(story, at)
    ill = _ill(story)
    story.put(it.fail_checks(ill[it.id], at) for it in story.instances(ill))


def finish_waiting(step: AwaitHealth, story: Story) -> Failure | None:
    """One that is gone fails the plan, and one that is ill unless nobody minds."""
    left = {it.id: it for it in story.instances(step.instances)}
    bad = tuple(id_ for id_ in step.instances if id_ not in left or (not step.ignores and _is_bad(step, left[id_])))
    return Failure("health-check-never-passes", bad) if bad else None


def lasts(step: Step, story: Story, rules: Rules, seconds: float) -> float:
    """How long a step takes after all: what never comes is waited for until timeout ends."""
    match step:
        case Deploy():
            silent = _struck(story, "command-times-out") or len(story.instances(step.instances)) < len(step.instances)
            return step.timeout if silent else seconds
        case AwaitHealth():
            there = story.instances(step.instances)
            waits = len(there) < len(step.instances) or any(_is_bad(step, it) for it in there)
            return max(step.timeout, seconds) if waits else seconds
        case LaunchInstances() if story.activity.hits:
            return rules.timings.activities["failure"].lasts["launch-again"]
        case _:
            return seconds


def _is_bad(step: AwaitHealth, instance: Instance) -> bool:
    """Its health is worse than it may be; one that the load balancer gave up could not be worse."""
    if not step.enhanced:
        return not instance.passes_health_checks
    return rank(unexcused(instance, step.watches_4xx)) > rank(step.threshold)


def _bury(story: Story, at: int) -> None:
    """Instances that die are gone at once; the group notices, and tells of those whose coming was told."""
    dead = story.instances(_struck(story, "instance-dies"))
    for it in dead:
        if it.announced:
            story.tell(failures.REMOVED_DEAD_INSTANCE(instance=it.id), at)
    story.remove(it.id for it in dead)


def _ill(story: Story) -> dict[str, FailedHealth]:
    """How ill instances become that a fault makes so."""
    ill = (it for it in story.activity.hits if it.what == "health-check-never-passes")
    return {it.instance: it.health for it in ill if it.instance is not None}


def _struck(story: Story, what: PlanFault) -> dict[str, None]:
    """Instances that a fault strikes, in the order of the step."""
    return {it.instance: None for it in story.activity.hits if it.what == what and it.instance is not None}


def _report(step: Deploy, story: Story, failed: list[Instance], good: list[Instance], at: int) -> None:
    for _ in failed:
        if step.defect is not None:
            story.tell(failures.DEFECTS[step.defect](), at)
        else:
            for note in containers.failed(step.containers):
                story.tell(note, at)
        story.tell(failures.INSTANCE_DEPLOYMENT_FAILED(), at)
    if not step.quietly:
        for it in good:
            brought = containers.started(step.containers, story.environment, it, step.deployment_id, story.seed)
            for note in (*step.notes, *brought):
                story.tell(note, at)
            story.tell(messages.INSTANCE_DEPLOYMENT_COMPLETED(), at)
