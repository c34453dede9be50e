"""The words of the fleet route for the condition that each step of a plan waits for.

Every step has a row; a step that is over as soon as it begins waits for nothing.
"""

from collections.abc import Mapping, Sequence

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

NOTHING = "nothing"

WAITS: Mapping[type[Step], str] = {
    Announce: "the moment to say it",
    Wait: "{why}",
    Provision: "{kind} to be created",
    UpdateStack: NOTHING,
    AdoptTemplate: NOTHING,
    Deprovision: "{kind} to be deleted",
    DeleteStack: NOTHING,
    Repoint: "names to lead to {kind}",
    LaunchInstances: "{instances} to be launched",
    JoinInstances: "{instances} to boot",
    AnnounceInstances: "{instances} to be seen",
    Deregister: "{instances} to go out of service",
    Register: NOTHING,
    AwaitHealth: "{instances} to pass health checks",
    ShareTraffic: NOTHING,
    LeaveGroup: NOTHING,
    EnterGroup: "{instances} to join the permanent group",
    Deploy: "the command on {instances}",
    Close: NOTHING,
    AdoptVersion: "the deployment to end",
    AdoptSettings: NOTHING,
    AdoptTags: "tags to be put on all that there is",
    TerminateInstances: "{instances} to shut down",
    RemoveInstances: "{instances} to terminate",
    Linked: NOTHING,
    Finish: NOTHING,
    Release: NOTHING,
}


def waits_for(step: Step) -> str:
    """The condition that a step waits for, in words, with the step's own names filled in."""
    return WAITS[type(step)].format(
        kind=f"the {getattr(step, 'kind', '')}".replace("-", " "),
        instances=_names(getattr(step, "instances", ())),
        why=getattr(step, "why", ""),
    )


def _names(instances: Sequence[str]) -> str:
    """The first instance by its id, and how many others there are."""
    if len(instances) <= 1:
        return instances[0] if instances else "no instance"
    return f"{instances[0]} and {len(instances) - 1} more"
