"""A running plan as the fleet route shows it: its steps, which of them are done, and what the current one waits for."""

from collections.abc import Sequence

import msgspec

from beanpole.control.instants import format_instant
from beanpole.model.environment.activity import Activity
from beanpole.model.plan.plan import decode
from beanpole.model.plan.waiting import waits_for


def describe(activity: Activity, blobs: Sequence[bytes]) -> dict[str, object]:
    """The plan of an activity; it has no steps before a worker has made it, and waits for that worker."""
    steps = [msgspec.json.decode(blob) for blob in blobs]
    return {
        "steps": [step | {"state": _state(index, activity.step)} for index, step in enumerate(steps)],
        "step": activity.step,
        "waits_for": waits_for(decode(blobs[activity.step]).step) if blobs else "a worker",
        "waits_until": format_instant(activity.wakes_at),
        "undoes": activity.undoing > 0,
        "aborting": activity.stopping or activity.stop_at is not None,
    }


def _state(index: int, current: int) -> str:
    if index == current:
        return "current"
    return "done" if index < current else "to come"
