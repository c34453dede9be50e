"""Which of the armed faults hit a step as it begins, and which instances they hit.

A fault that hits several instances of a step counts as many hits. Whether it fires depends on the seed, the fault, the
step and the instance alone, so a step that is played again is hit again.
"""

from collections.abc import Iterator
from typing import get_args

from msgspec.structs import replace

from beanpole.model.environment.activity import FaultHit
from beanpole.model.environment.resources import family
from beanpole.model.faults.fault import StepContext, first_to_fire, fits_step
from beanpole.model.faults.table import PlanFault
from beanpole.model.health.environment_health import SERVICE_ROLE
from beanpole.model.plan.fault_targets import GIVEN_UP, LACKS, STEPS_HIT, word
from beanpole.model.plan.steps import TEMPORARY, AwaitHealth, Deploy, Deprovision, LaunchInstances, Provision, Step
from beanpole_workers.engine.story import Story

# An environment that is terminated is restored by the call that rebuilds one.
_OPERATIONS = {"restoreEnvironment": "RebuildEnvironment"}


def are_over(story: Story) -> bool:
    """No fault can hit a plan: none is armed for plans, or two plans have failed already."""
    return story.activity.undoing >= GIVEN_UP or not any(fault.kind == "plan" for fault in story.faults)


def on_instances(step: Deploy | AwaitHealth, story: Story, at: int) -> tuple[FaultHit, ...]:
    """The hits on the instances of a step."""
    return tuple(_hits_on_each(step.instances, _NAMES[type(step)], story, _context(step, story), at))


def on_launch(step: LaunchInstances, story: Story, at: int) -> tuple[FaultHit, ...]:
    """The hit on a launch of instances, if there are any to launch."""
    return _hit("launch-refused", story, _context(step, story), at) if step.instances else ()


def on_creation(step: Provision, story: Story, at: int) -> tuple[FaultHit, ...]:
    """The hit on the creation of a resource."""
    return _hit("resource-fails", story, _context(step, story), at)


def on_deletion(step: Deprovision, story: Story, at: int) -> tuple[FaultHit, ...]:
    """The hit on the deletion of a temporary group by a rollback; no other deletion can fail."""
    if step.kind != TEMPORARY or not story.activity.undoing:
        return ()
    return _hit("resource-fails", story, _context(step, story), at, by_name=True)


def lack(step: Step, story: Story, at: int) -> PlanFault | None:
    """What a launch lacks, so that it is refused before anything is made.

    Where the region requires a service role, an environment that names one has it.
    """
    context = _context(step, story)
    names_role = any(
        (setting.namespace, setting.option_name) == SERVICE_ROLE and setting.value
        for setting in story.environment.option_settings
    )
    missed = (what for what in LACKS if not (names_role and what == "service-role-required"))
    return next((what for what in missed if _hit(what, story, context, at)), None)


_NAMES = {step: tuple(what for what, steps in STEPS_HIT.items() if step in steps) for step in get_args(Step)}


def _hits_on_each(
    ids: tuple[str, ...], names: tuple[PlanFault, ...], story: Story, context: StepContext, at: int
) -> Iterator[FaultHit]:
    """At most one fault hits an instance; the worst comes first."""
    indices = {id_: index for index, id_ in enumerate(story.fleet)}
    for instance in story.instances(ids):
        own = replace(context, instance=(indices[instance.id], instance.id))
        hits = (hit for what in names for hit in _hit(what, story, own, at))
        yield from (hit for hit in (next(hits, None),) if hit is not None)


def _hit(what: PlanFault, story: Story, context: StepContext, at: int, by_name: bool = False) -> tuple[FaultHit, ...]:
    """The hit of the first fault of a name that fits and fires; it is counted.

    Some steps are hit `by_name` only: a fault for another step must not let the undoing of that step fail, too.
    """
    activity = story.activity
    seed = story.seed, story.environment.id, activity.serial, activity.undoing, activity.step, activity.attempts
    instance = None if context.instance is None else context.instance[1]
    fitting = (
        fault
        for fault in story.faults
        if fault.what == what and fits_step(fault.where, context) and (fault.where.step is not None or not by_name)
    )
    fault = first_to_fire(fitting, at, *seed, instance)
    if fault is None:
        return ()
    story.count(fault)
    return (FaultHit(what, instance, fault.health or "Severe"),)


def _context(step: Step, story: Story) -> StepContext:
    """What a fault can name of a step; in a rollback the version is the one before the request."""
    environment, activity = story.environment, story.activity
    requested = None if activity.undoing else activity.version_label
    return StepContext(
        environment=frozenset((environment.environment_name, environment.id)),
        operation=_OPERATIONS.get(activity.operation, activity.operation[:1].upper() + activity.operation[1:]),
        step=word(type(step)),
        version_label=step.version_label if isinstance(step, Deploy) else requested or environment.version_label,
        resource=(step.kind, family(step.kind)) if isinstance(step, Provision | Deprovision) else (),
    )
