"""What instances and environments suffer from without anything being done to them, so that health has a cause to tell.

A symptom is what an armed fault leaves where it struck. It strikes and ends at a tick of health while nothing else
goes on; one that is over stays on record as long as its fault is armed, so that nothing is struck twice by one fault.
"""

from typing import Literal, get_args

from msgspec import Struct

InstanceSymptom = Literal[
    "no-data",
    "client-errors",
    "server-errors",
    "few-requests",
    "high-cpu",
    "stopped-services",
    "fails-health-checks",
]
QueueSymptom = Literal["messages-waiting", "dead-letters"]
SymptomName = InstanceSymptom | QueueSymptom | Literal["no-service-role"]

QUEUE_SYMPTOMS: tuple[str, ...] = get_args(QueueSymptom)
INSTANCE_SYMPTOMS: tuple[str, ...] = (*get_args(InstanceSymptom), "no-service-role")  # nobody sees anything without it
ENVIRONMENT_SYMPTOMS: tuple[str, ...] = (*QUEUE_SYMPTOMS, "no-service-role")
SYMPTOMS: tuple[str, ...] = tuple(dict.fromkeys((*INSTANCE_SYMPTOMS, *ENVIRONMENT_SYMPTOMS)))


class Symptom(Struct, frozen=True, omit_defaults=True):
    """`fault` is the id of what struck, `since` when, `until` when it ends by itself; from then on it is `over`.

    `share` of the requests are answered with an error, `percent` of the processor is in use, of which `io_wait` waits,
    `services` do not run, so many `messages` are in the queue.
    """

    fault: str
    what: SymptomName
    since: int
    until: int | None = None
    over: bool = False
    share: float = 0.0
    percent: float = 0.0
    io_wait: float = 0.0
    services: tuple[str, ...] = ()
    messages: int = 0
