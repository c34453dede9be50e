"""The queues of a worker environment: its stack creates them, unless WorkerQueueURL names an existing queue.

An update that sets or unsets the option deletes or creates them; this, its order and its durations are [inferred].
"""

from collections.abc import Iterator

from beanpole.model.environment.worker_queue import QUEUE_OPTION
from beanpole.model.options.configuration import Configuration
from beanpole.model.plan.durations import Timed, after, instantly
from beanpole.model.plan.plan import Situation
from beanpole.model.plan.steps import Deprovision, Provision

QUEUES = ("dead-letter-queue", "worker-queue")


def has_own(settings: Configuration) -> bool:
    """Tell whether a worker environment with these settings has queues of its stack's own."""
    return settings.traits.tier == "Worker" and not settings.value(*QUEUE_OPTION)


def are_made(situation: Situation) -> bool:
    """Tell whether the launch makes queues."""
    return has_own(situation.configuration)


def created(situation: Situation) -> Iterator[Timed]:
    """Make the queues that the new settings leave to the stack."""
    if has_own(situation.new_configuration):
        missing = [kind for kind in QUEUES if situation.environment.resource(kind) is None]
        for index, kind in enumerate(missing):
            yield Provision(kind), instantly if index else after("configure.queues")


def deleted(situation: Situation) -> Iterator[Timed]:
    """Delete the queues where the new settings name another."""
    if not has_own(situation.new_configuration):
        yield from _removed(situation)


def undo(situation: Situation) -> Iterator[Timed]:
    """Delete the queues that an update has made."""
    if not has_own(situation.configuration):
        yield from _removed(situation)


def _removed(situation: Situation) -> Iterator[Timed]:
    for kind in reversed(QUEUES):
        if situation.environment.resource(kind) is not None:
            yield Deprovision(kind), instantly
