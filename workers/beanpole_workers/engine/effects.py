"""The effect of every step of the vocabulary: what it does when it begins and when it ends, and how long it lasts.

The table is the only place where a step is given its effect, and every step has a row: there is no default.
"""

from collections.abc import Callable, Mapping
from typing import Any, Generic, NamedTuple, TypeVar

from beanpole.model.plan.plan import Failure
from beanpole.model.plan.rules import Rules
from beanpole.model.plan.steps import (
    AdoptSettings,
    AdoptTags,
    AdoptVersion,
    Announce,
    AnnounceInstances,
    AwaitHealth,
    Close,
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
    Wait,
)
from beanpole_workers.engine import adoption, commands, instances, resources
from beanpole_workers.engine.story import Story

S = TypeVar("S", bound=Step)


def nothing(step: Step, story: Story, at: int) -> None:
    """The step has no effect at this end."""


def as_scheduled(step: Step, story: Story, rules: Rules, seconds: float) -> float:
    """The step lasts as long as the plan says."""
    return seconds


class Effect(NamedTuple, Generic[S]):
    """The effect of a kind of step.

    `finish` returns a failure where the plan cannot go on. `lasts` returns simulated seconds: the last argument is what
    the plan says, which holds unless a fault hits the step.
    """

    begin: Callable[[S, Story, int], None] = nothing
    finish: Callable[[S, Story, int], Failure | None] = nothing
    lasts: Callable[[S, Story, Rules, float], float] = as_scheduled


def announce(step: Announce, story: Story, at: int) -> None:
    """Write the event."""
    story.tell(step.message, at)


EFFECTS: Mapping[type[Step], Effect[Any]] = {
    Announce: Effect(finish=announce),
    Wait: Effect(),
    Provision: Effect(resources.begin_creation, resources.finish_creation),
    Deprovision: Effect(finish=resources.finish_deletion),
    Repoint: Effect(finish=resources.repoint),
    LaunchInstances: Effect(instances.begin_launch, instances.finish_launch, instances.launch_lasts),
    JoinInstances: Effect(finish=instances.join),
    AnnounceInstances: Effect(finish=instances.announce),
    Deregister: Effect(begin=instances.deregister),
    Register: Effect(finish=instances.register),
    AwaitHealth: Effect(commands.begin_waiting, commands.finish_waiting, commands.wait_lasts),
    ShareTraffic: Effect(finish=instances.share_traffic),
    LeaveGroup: Effect(finish=instances.leave_group),
    EnterGroup: Effect(finish=instances.enter_group),
    Deploy: Effect(commands.begin_command, commands.finish_command, commands.command_lasts),
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


def begin(step: Step, story: Story, at: int) -> None:
    """Begin a step: what is so from its first instant on."""
    EFFECTS[type(step)].begin(step, story, at)


def finish(step: Step, story: Story, at: int) -> Failure | None:
    """End a step that has lasted its time; returns its failure, if it failed."""
    return EFFECTS[type(step)].finish(step, story, at)


def lasts(step: Step, story: Story, rules: Rules, seconds: float) -> float:
    """The simulated seconds of a step that the plan gives `seconds`."""
    return EFFECTS[type(step)].lasts(step, story, rules, seconds)
