"""Which faults strike which steps, and in the plans of which calls.

The engine reads it when a step begins, and the control routes when a fault is armed: a fault that could never strike
is refused.
"""

from collections.abc import Mapping
from typing import get_args

from beanpole.model.faults.fault import PlanFault
from beanpole.model.plan.steps import AwaitHealth, Deploy, Deprovision, LaunchInstances, Provision, Step

# The steps that each sort strikes; of several that fit an instance the first strikes it, so the worst stands first.
STEPS_HIT: Mapping[PlanFault, tuple[type[Step], ...]] = {
    "instance-dies": (Deploy, AwaitHealth),
    "command-fails": (Deploy,),
    "command-times-out": (Deploy,),
    "health-check-never-passes": (Deploy, AwaitHealth),
    "launch-refused": (LaunchInstances,),
    "resource-fails": (Provision, Deprovision),
}

# The calls whose plans can be struck, and the steps in them, or in what undoes them, at which that can be.
CALLS: Mapping[str, tuple[type[Step], ...]] = {
    "CreateEnvironment": (Deploy, LaunchInstances, Provision),
    "UpdateEnvironment": (Deploy, AwaitHealth, LaunchInstances, Provision, Deprovision),
    "ApplyEnvironmentManagedAction": (Deploy, AwaitHealth, LaunchInstances, Provision, Deprovision),
    "RebuildEnvironment": (Deploy, LaunchInstances, Provision),
    "RestartAppServer": (Deploy, AwaitHealth, LaunchInstances),
}
LAUNCHING = ("CreateEnvironment", "RebuildEnvironment")  # what an environment is refused that lacks what it must have
LACKS: tuple[PlanFault, ...] = ("no-instance-profile", "service-role-required")

GIVEN_UP = 2  # plans that were replaced: from then on nothing strikes, so that every story has an end


def word(step: type[Step]) -> str:
    """What a step is called in a plan."""
    return str(step.__struct_config__.tag)


WORDS: tuple[str, ...] = tuple(map(word, get_args(Step)))
