"""A running plan as the fleet route shows it: its steps, which of them are done, and what the current one waits for."""

from collections.abc import Sequence
from typing import Any

import msgspec

from beanpole.control.schemas import format_instant
from beanpole.model.environment.activity import Activity

# What a step that lasts waits for, by its word; what is not here is over as soon as it begins.
WAITS = {
    "announce": "the moment to say it",
    "wait": "{why}",
    "provision": "{kind} to be created",
    "deprovision": "{kind} to be deleted",
    "repoint": "names to lead to {kind}",
    "launch-instances": "{instances} to be launched",
    "join-instances": "{instances} to boot",
    "announce-instances": "{instances} to be seen",
    "deregister": "{instances} to go out of service",
    "deploy": "the command on {instances}",
    "await-health": "{instances} to pass health checks",
    "terminate-instances": "{instances} to shut down",
    "enter-group": "{instances} to join the permanent group",
    "remove-instances": "{instances} to terminate",
    "adopt-version": "the deployment to end",
    "adopt-tags": "tags to be put on all that there is",
}


def describe(activity: Activity, blobs: Sequence[bytes]) -> dict[str, object]:
    """Before a worker has made the plan it has no steps, and waits for a worker."""
    steps = [msgspec.json.decode(it) for it in blobs]
    return {
        "steps": [it | {"state": _state(place, activity.step)} for place, it in enumerate(steps)],
        "step": activity.step,
        "waits_for": _waits_for(steps[activity.step]["step"]) if steps else "a worker",
        "waits_until": format_instant(activity.wakes_at),
        "undoes": activity.undoing > 0,
        "aborting": activity.stopping or activity.stop_at is not None,
    }


def _state(place: int, current: int) -> str:
    if place == current:
        return "current"
    return "done" if place < current else "to come"


def _waits_for(step: dict[str, Any]) -> str:
    kind = str(step.get("kind", "")).replace("-", " ")
    named = {"kind": f"the {kind}", "instances": _named(step.get("instances", ())), "why": step.get("why", "")}
    return WAITS.get(step["does"], "nothing").format(**named)


def _named(instances: Sequence[str]) -> str:
    """The first of them by name."""
    if len(instances) <= 1:
        return instances[0] if instances else "no instance"
    return f"{instances[0]} and {len(instances) - 1} more"
