"""The steps that each fault hits, and the calls in whose plans it does.

The engine reads it when a step begins, and the control routes when a fault is armed: a fault that could never fire is
refused.
"""

from collections.abc import Mapping
from typing import get_args

from beanpole.model.faults.members import Action
from beanpole.model.faults.table import PlanFault
from beanpole.model.plan.steps import (
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

# The steps that each fault hits; of several faults that fit an instance the first hits it, so the worst comes first.
STEPS_HIT: Mapping[PlanFault, tuple[type[Step], ...]] = {
    "instance-dies": (Deploy, AwaitHealth),
    "command-fails": (Deploy,),
    "command-times-out": (Deploy,),
    "health-check-never-passes": (Deploy, AwaitHealth),
    "launch-refused": (LaunchInstances,),
    "no-signal": (JoinInstances,),  # where a stack waits for signals of the instances
    "resource-fails": (Provision, UpdateStack, Deprovision, DeleteStack),  # the last one of a bucket alone
}

# The step in which a resource fails, by what the stack does with it.
ACTIONS: Mapping[Action, type[Step]] = {"create": Provision, "update": UpdateStack, "delete": Deprovision}

# The calls whose plans can be hit, and the steps of these plans, and of the plans that undo them, that can be hit.
CALLS: Mapping[str, tuple[type[Step], ...]] = {
    "CreateEnvironment": (Deploy, JoinInstances, LaunchInstances, Provision),
    "UpdateEnvironment": (Deploy, AwaitHealth, JoinInstances, LaunchInstances, Provision, UpdateStack, Deprovision),
    "ApplyEnvironmentManagedAction": (Deploy, AwaitHealth, LaunchInstances, Provision, UpdateStack, Deprovision),
    "RebuildEnvironment": (Deploy, JoinInstances, LaunchInstances, Provision, Deprovision, DeleteStack),
    "RestartAppServer": (Deploy, AwaitHealth, LaunchInstances),
    "TerminateEnvironment": (Deprovision, DeleteStack),
    "DeleteApplication": (Deprovision, DeleteStack),
}
LAUNCHING = ("CreateEnvironment", "RebuildEnvironment")  # the calls that LACKS can refuse
LACKS: tuple[PlanFault, ...] = ("no-instance-profile", "service-role-required")

GIVEN_UP = 2  # plans that were replaced: from then on no fault fires, so that every story has an end


def word(step: type[Step]) -> str:
    """The name of a step in a plan."""
    return str(step.__struct_config__.tag)


WORDS: tuple[str, ...] = tuple(map(word, get_args(Step)))


def action_of(action: Action | None, step: str | None) -> Action:
    """The action of the stack in which a resource fails: the fault's own, else that of the step that it names."""
    by_step: dict[str | None, Action] = {word(kind): name for name, kind in ACTIONS.items()}
    by_step[word(DeleteStack)] = "delete"
    return action or by_step.get(step, "create")
