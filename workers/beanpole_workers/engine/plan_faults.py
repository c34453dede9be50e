"""The hits of armed faults on a step as it begins, and on its instances.

A fault that hits several instances of a step counts as many hits. Whether it fires depends on the seed, the fault, the
step and the instance alone, so a step that is played again is hit again.
"""

from collections.abc import Callable, Iterator
from functools import partial
from typing import get_args

from msgspec.structs import replace

from beanpole.model.environment.activity import FaultHit
from beanpole.model.environment.instance import Instance
from beanpole.model.environment.resources import family, kinds_of
from beanpole.model.faults.fault import StepContext, first_to_fire, fits_step
from beanpole.model.faults.members import Action
from beanpole.model.faults.table import PlanFault
from beanpole.model.health.environment_health import SERVICE_ROLE
from beanpole.model.options.namespaces import LAUNCH_CONFIGURATION
from beanpole.model.plan.fault_targets import GIVEN_UP, LACKS, STEPS_HIT, action_of, word
from beanpole.model.plan.steps import (
    TEMPORARY,
    AwaitHealth,
    DeleteStack,
    Deploy,
    Deprovision,
    JoinInstances,
    LaunchInstances,
    Provision,
    Step,
    UpdateStack,
)
from beanpole_workers.engine import deployments
from beanpole_workers.engine.story import Story

BUCKET = "bucket"
INSTANCE_PROFILE = (LAUNCH_CONFIGURATION, "IamInstanceProfile")

# An environment that is terminated is restored by the call that rebuilds one.
_OPERATIONS = {"restoreEnvironment": "RebuildEnvironment"}


def are_over(story: Story) -> bool:
    """Tell whether no fault can hit a plan: none is armed for plans, or two plans have already failed."""
    return not story.has_plan_faults or story.activity.undoing >= GIVEN_UP


def on_instances(step: Deploy | AwaitHealth, story: Story, at: int) -> tuple[FaultHit, ...]:
    """The hits on the instances of a step."""
    leader = (step.leader or next(iter(step.instances), None)) if isinstance(step, Deploy) else None
    named = any(fault.where.command is not None for fault in story.faults)
    names = partial(deployments.command_names, step, story) if isinstance(step, Deploy) and named else _no_names
    context = _context(step, story)
    return tuple(_hits_on_each(step.instances, _NAMES[type(step)], story, context, at, leader, names))


def on_instances_that_signal(step: JoinInstances, story: Story, at: int) -> tuple[FaultHit, ...]:
    """The hits on instances whose signals the stack waits for."""
    if step.signals_within is None:
        return ()
    return tuple(_hits_on_each(step.instances, _NAMES[type(step)], story, _context(step, story), at))


def on_launch(step: LaunchInstances, story: Story, at: int) -> tuple[FaultHit, ...]:
    """The hit on a launch of instances, if there are any to launch."""
    return _hit("launch-refused", story, _context(step, story), at) if step.instances else ()


def on_creation(step: Provision, story: Story, at: int) -> tuple[FaultHit, ...]:
    """The hit on the creation of a resource, or of a resource whose creation is in progress beside it."""
    kinds = step.beside if step.begun else (step.kind, *step.beside)
    hits = (_hit("resource-fails", story, _context(step, story, kind), at, "create", kind) for kind in kinds)
    return next(filter(None, hits), ())


def on_update(step: UpdateStack, story: Story, at: int) -> tuple[FaultHit, ...]:
    """The hit on the update of a resource of the environment; by default the group."""
    first = story.environment.resource("auto-scaling-group")
    others = [resource for resource in story.environment.resources if resource != first]
    for resource in (*([] if first is None else [first]), *others):
        context = _context(step, story, *kinds_of(resource))
        if hits := _hit("resource-fails", story, context, at, "update", resource.kind):
            return hits
    return ()


def on_deletion(step: Deprovision, story: Story, at: int) -> tuple[FaultHit, ...]:
    """The hit on a deletion: of a temporary group by a rollback, or of a resource with its environment."""
    is_rollback = step.kind == TEMPORARY and story.activity.undoing > 0
    is_teardown = story.activity.kind in ("terminate", "rebuild") and not story.activity.undoing
    if not (is_rollback or is_teardown) or (step.quietly and not is_rollback):
        return ()
    context = _context(step, story, *kinds_of(story.resource(step.kind)))
    return _hit("resource-fails", story, context, at, "delete", step.kind)


def on_stack(step: DeleteStack, story: Story, at: int) -> tuple[FaultHit, ...]:
    """The hit on a bucket of the user's own template; the fault must name it, because the model has no such bucket."""
    is_meant = any(fault.where.resource == BUCKET for fault in story.faults)
    if not is_meant or story.environment.resource(BUCKET) is not None:
        return ()
    return _hit("resource-fails", story, _context(step, story, BUCKET), at, "delete", BUCKET)


def lack(step: Step, story: Story, requires_profile: bool, at: int) -> PlanFault | None:
    """The fault of a launch that is refused before it creates a resource; None if it lacks nothing.

    If the region requires a service role, a role in the options is enough.
    """
    if requires_profile and not _names(INSTANCE_PROFILE, story):
        return "no-instance-profile"
    armed = {fault.what for fault in story.faults}
    lacks = [what for what in LACKS if what in armed]
    if not lacks:
        return None
    context = _context(step, story)
    names_role = _names(SERVICE_ROLE, story)
    missing = (what for what in lacks if not (names_role and what == "service-role-required"))
    return next((what for what in missing if _hit(what, story, context, at)), None)


def _no_names(_: Instance) -> frozenset[str]:
    """An empty tuple: the step carries out no commands of a source bundle."""
    return frozenset()


def _names(option: tuple[str, str], story: Story) -> bool:
    """Tell whether the environment has a value for an option."""
    return any(
        (setting.namespace, setting.option_name) == option and setting.value
        for setting in story.environment.option_settings
    )


_NAMES = {step: tuple(what for what, steps in STEPS_HIT.items() if step in steps) for step in get_args(Step)}


def _hits_on_each(
    ids: tuple[str, ...],
    names: tuple[PlanFault, ...],
    story: Story,
    context: StepContext,
    at: int,
    leader: str | None = None,
    command_names: Callable[[Instance], frozenset[str]] = _no_names,
) -> Iterator[FaultHit]:
    """The hits on instances, at most one on each; the worst kind of fault comes first."""
    indices = {id_: index for index, id_ in enumerate(story.fleet)}
    for instance in story.instances(ids):
        words = _words(instance, story, leader)
        references: tuple[int | str, ...] = (indices[instance.id], instance.id, *words)
        own = replace(context, instance=references, commands=command_names(instance))
        hits = (hit for what in names for hit in _hit(what, story, own, at))
        yield from (hit for hit in (next(hits, None),) if hit is not None)


def _words(instance: Instance, story: Story, leader: str | None) -> Iterator[str]:
    """The words by which a fault may name an instance: `first-new` is the first that the activity launched."""
    yield "any"
    serial = story.activity.serial
    if instance.serial == serial and instance == next(
        sibling for sibling in story.fleet.values() if sibling.serial == serial
    ):
        yield "first-new"
    if instance.id == leader:
        yield "leader"


def _hit(
    what: PlanFault,
    story: Story,
    context: StepContext,
    at: int,
    action: Action | None = None,
    resource: str | None = None,
) -> tuple[FaultHit, ...]:
    """The hit of the first fault of a name that fits and fires, which is counted; `action` is done to `resource`."""
    activity = story.activity
    seed = story.seed, story.environment.id, activity.serial, activity.undoing, activity.step, activity.attempts
    instance = None if context.instance is None else str(context.instance[1])
    fitting = (
        fault
        for fault in story.faults
        if fault.what == what
        and fits_step(fault.where, context)
        and (action is None or action_of(fault.action, fault.where.step) == action)
    )
    fault = first_to_fire(fitting, at, *seed, instance)
    if fault is None:
        return ()
    story.count(fault)
    health = fault.health or "Severe"
    says = fault.message, fault.exit_status or 1, fault.output
    return (FaultHit(what, instance, health, resource, *says, fault.where.command),)


def _context(step: Step, story: Story, *kinds: str) -> StepContext:
    """The parts of a step that a fault can name; in a rollback the version is that before the request."""
    environment, activity = story.environment, story.activity
    requested_label = None if activity.undoing else activity.version_label
    return StepContext(
        environment=frozenset((environment.environment_name, environment.id)),
        operation=_OPERATIONS.get(activity.operation, activity.operation[:1].upper() + activity.operation[1:]),
        step=word(type(step)),
        version_label=step.version_label if isinstance(step, Deploy) else requested_label or environment.version_label,
        resource=(*kinds, *map(family, kinds)),
    )
