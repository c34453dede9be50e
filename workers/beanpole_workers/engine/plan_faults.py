"""Which of the armed faults strike a step as it begins, and which instances they strike.

A fault that strikes several instances of a step strikes as often. Whether it does depends on the seed, the fault, the
step and the instance alone, so a step that is played again is struck again.
"""

from collections.abc import Iterator
from typing import get_args

from msgspec.structs import replace

from beanpole.model.environment.activity import FaultHit
from beanpole.model.environment.resources import family
from beanpole.model.faults.fault import PLAN_FAULTS, Moment, PlanFault, fits_step
from beanpole.model.health.environment_health import SERVICE_ROLE
from beanpole.model.plan.fault_targets import GIVEN_UP, LACKS, STEPS_HIT, word
from beanpole.model.plan.steps import TEMPORARY, AwaitHealth, Deploy, Deprovision, LaunchInstances, Provision, Step
from beanpole_workers.engine.story import Story

# An environment that is terminated is restored by the call that rebuilds one.
_OPERATIONS = {"restoreEnvironment": "RebuildEnvironment"}


def hits_on(step: Step, story: Story, at: int) -> tuple[FaultHit, ...]:
    """What strikes a step; each stroke counts."""
    if not any(it.what in PLAN_FAULTS for it in story.faults) or story.activity.undoing >= GIVEN_UP:
        return ()
    match step:
        case Deploy() | AwaitHealth():
            return tuple(_on_instances(step.instances, _SORTS[type(step)], story, _moment(step, story), at))
        case LaunchInstances() if step.instances:
            return _hit("launch-refused", story, _moment(step, story), at)
        case Provision():
            return _hit("resource-fails", story, _moment(step, story), at)
        case Deprovision() if step.kind == TEMPORARY and story.activity.undoing:
            return _hit("resource-fails", story, _moment(step, story), at, by_name=True)
        case _:
            return ()


def lack(step: Step, story: Story, at: int) -> PlanFault | None:
    """What a launch lacks, so that it is refused before anything is made.

    Where the region requires a service role, an environment that names one has it.
    """
    moment = _moment(step, story)
    names_role = any(
        (it.namespace, it.option_name) == SERVICE_ROLE and it.value for it in story.environment.option_settings
    )
    missed = (it for it in LACKS if not (names_role and it == "service-role-required"))
    return next((it for it in missed if _hit(it, story, moment, at)), None)


_SORTS = {it: tuple(what for what, struck in STEPS_HIT.items() if it in struck) for it in get_args(Step)}


def _on_instances(
    ids: tuple[str, ...], sorts: tuple[PlanFault, ...], story: Story, moment: Moment, at: int
) -> Iterator[FaultHit]:
    """At most one fault strikes an instance; the worst comes first."""
    places = {id_: place for place, id_ in enumerate(story.fleet)}
    for it in story.instances(ids):
        own = replace(moment, instance=(places[it.id], it.id))
        struck = (stroke for what in sorts for stroke in _hit(what, story, own, at))
        yield from (stroke for stroke in (next(struck, None),) if stroke is not None)


def _hit(what: PlanFault, story: Story, moment: Moment, at: int, by_name: bool = False) -> tuple[FaultHit, ...]:
    """The stroke of the first fault of a sort that fits, and is armed and lucky; it is counted.

    Some steps are struck only `by_name`: what is meant for another step must not let the undoing of that fail, too.
    """
    activity = story.activity
    place = story.seed, story.environment.id, activity.serial, activity.undoing, activity.step, activity.attempts
    instance = None if moment.instance is None else moment.instance[1]
    for fault in story.faults:
        fits = fault.what == what and fault.is_armed(at) and fits_step(fault.where, moment)
        fits = fits and (fault.where.step is not None or not by_name)
        if fits and fault.fires(*place, instance):
            story.count(fault)
            return (FaultHit(what, instance, fault.health or "Severe"),)
    return ()


def _moment(step: Step, story: Story) -> Moment:
    """A plan that undoes another is about the version that was there before."""
    environment, activity = story.environment, story.activity
    asked = environment.version_label if activity.undoing else activity.version_label or environment.version_label
    return Moment(
        environment=frozenset((environment.environment_name, environment.id)),
        operation=_OPERATIONS.get(activity.operation, activity.operation[:1].upper() + activity.operation[1:]),
        step=word(type(step)),
        version_label=step.version_label if isinstance(step, Deploy) else asked,
        resource=(step.kind, family(step.kind)) if isinstance(step, Provision | Deprovision) else (),
    )
