"""The playability of a plan: its remaining steps must find the resources that they need, if no fault hits one."""

from collections.abc import Sequence

from beanpole.model.environment.environment import Environment
from beanpole.model.environment.resources import KINDS, family
from beanpole.model.plan.plan import Scheduled
from beanpole.model.plan.steps import (
    TEMPORARY,
    Deprovision,
    EnterGroup,
    LaunchInstances,
    LeaveGroup,
    Provision,
    Repoint,
    Step,
)


def unplayable(environment: Environment, steps: Sequence[Scheduled]) -> tuple[int, str] | None:
    """The index of the first step that cannot be played, and why; None if each can be played."""
    resources = {resource.kind for resource in environment.resources}
    current = environment.activity.step if environment.activity is not None else len(steps)
    for index, scheduled in enumerate(steps[current:], current):
        step = scheduled.step
        if isinstance(step, Provision):
            if step.kind not in KINDS:
                return index, f"there is no resource {step.kind[:100]!a}"
            if unknown := next((kind for kind in step.during if kind not in KINDS), None):
                return index, f"there is no resource {unknown[:100]!a}"
            resources.update(family(kind) for kind in (step.kind, *step.during))
        elif (needed := _needed(step)) is not None and needed not in resources:
            return index, f"the environment has no {needed[:100]!a}"
        elif isinstance(step, Deprovision):
            resources.discard(step.kind)
    return None


def _needed(step: Step) -> str | None:
    """The kind of resource without which a step cannot be played."""
    match step:
        case Deprovision() | Repoint():
            return step.kind
        case LaunchInstances():
            return step.group if step.instances else None
        case LeaveGroup():
            return TEMPORARY
        case EnterGroup():
            return "auto-scaling-group" if step.instances else None
        case _:
            return None
