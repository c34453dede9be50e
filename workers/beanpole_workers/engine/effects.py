"""The effects of the steps: the effects of their beginning and end, their durations, and the faults that hit them.

Every step has a row in the table, and there is no default.
"""

from collections.abc import Callable, Mapping
from typing import Any, Generic, NamedTuple, TypeVar

from beanpole.model.environment.activity import FaultHit
from beanpole.model.plan.plan import Failure
from beanpole.model.plan.rules import Rules
from beanpole.model.plan.steps import (
    AdoptSettings,
    AdoptTags,
    AdoptTemplate,
    AdoptVersion,
    Announce,
    AnnounceInstances,
    AwaitHealth,
    Close,
    DeleteStack,
    Deploy,
    Deprovision,
    Deregister,
    EnterGroup,
    Finish,
    JoinInstances,
    LaunchInstances,
    LeaveGroup,
    Linked,
    Provision,
    Register,
    Release,
    RemoveInstances,
    Repoint,
    ShareTraffic,
    Step,
    TerminateInstances,
    UpdateStack,
    Wait,
)
from beanpole_workers.engine import adoption, commands, instances, plan_faults, resources
from beanpole_workers.engine.story import Story

S = TypeVar("S", bound=Step)


def nothing(step: Step, story: Story, at: int) -> None:
    """Do nothing at this end of the step."""


def as_scheduled(step: Step, story: Story, rules: Rules, seconds: float) -> float:
    """The seconds of the plan."""
    return seconds


def once(step: Step, story: Story, rules: Rules) -> float:
    """Zero: the step ends at once for all its instances."""
    return 0.0


def unharmed(step: Step, story: Story, at: int) -> tuple[FaultHit, ...]:
    """An empty tuple: no fault fits the step."""
    return ()


class Effect(NamedTuple, Generic[S]):
    """The effect of a kind of step.

    `finish` returns a failure if the plan cannot go on. `lasts` returns simulated seconds; its last argument is the
    duration in the plan, which holds unless a fault hits the step. `hits` returns the hits of armed faults, all
    counted. A step that has ended for some instances ends for others after the seconds of `again`; 0 if it is over.
    """

    begin: Callable[[S, Story, int], None] = nothing
    finish: Callable[[S, Story, int], Failure | None] = nothing
    lasts: Callable[[S, Story, Rules, float], float] = as_scheduled
    hits: Callable[[S, Story, int], tuple[FaultHit, ...]] = unharmed
    again: Callable[[S, Story, Rules], float] = once


def announce(step: Announce, story: Story, at: int) -> None:
    """Write the event."""
    story.tell(step.message, at)


EFFECTS: Mapping[type[Step], Effect[Any]] = {
    Announce: Effect(finish=announce),
    Wait: Effect(),
    Provision: Effect(
        resources.begin_creation, resources.finish_creation, hits=plan_faults.on_creation, again=resources.rest
    ),
    Deprovision: Effect(finish=resources.finish_deletion, hits=plan_faults.on_deletion),
    UpdateStack: Effect(finish=resources.finish_update, hits=plan_faults.on_update),
    AdoptTemplate: Effect(finish=resources.adopt_template),
    DeleteStack: Effect(finish=resources.finish_stack, hits=plan_faults.on_stack),
    Repoint: Effect(finish=resources.repoint),
    LaunchInstances: Effect(
        instances.begin_launch, instances.finish_launch, instances.launch_lasts, plan_faults.on_launch
    ),
    JoinInstances: Effect(
        instances.begin_joining, instances.join, instances.join_lasts, plan_faults.on_instances_that_signal
    ),
    AnnounceInstances: Effect(finish=instances.announce),
    Deregister: Effect(begin=instances.deregister),
    Register: Effect(finish=instances.register),
    AwaitHealth: Effect(commands.begin_waiting, commands.finish_waiting, commands.wait_lasts, plan_faults.on_instances),
    ShareTraffic: Effect(finish=instances.share_traffic),
    LeaveGroup: Effect(finish=instances.leave_group),
    EnterGroup: Effect(finish=instances.enter_group),
    Deploy: Effect(
        commands.begin_command,
        commands.finish_command,
        commands.command_lasts,
        plan_faults.on_instances,
        commands.until_next,
    ),
    Close: Effect(begin=adoption.close),
    AdoptVersion: Effect(finish=adoption.adopt_version),
    AdoptSettings: Effect(finish=adoption.adopt_settings),
    AdoptTags: Effect(finish=adoption.adopt_tags),
    TerminateInstances: Effect(finish=instances.terminate),
    RemoveInstances: Effect(finish=instances.remove),
    Linked: Effect(finish=adoption.resume),
    Finish: Effect(finish=adoption.finish),
    Release: Effect(finish=adoption.release),
}
