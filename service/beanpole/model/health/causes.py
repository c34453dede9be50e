"""The sentences of the causes of enhanced health, named once, quoted to the byte, and the words for their numbers.

A comment `[I]` marks a sentence of which there is no capture; once there is one, the sentence is replaced here and
nowhere else. The sentences of an instance end without a full stop where the captures do.
"""

from collections.abc import Iterable, Mapping

from beanpole.model.faults.members import Value
from beanpole.model.time.clock import Clock

# The current activity of an environment, and the last one
IN_PROGRESS = "{name} in progress (running for {running})."
IN_PROGRESS_ON = "{name} in progress on {instances}. {done} out of {fleet} completed (running for {running})."
IN_PROGRESS_AFTER = "{name} in progress. {done} out of {fleet} completed (running for {running})."
COMPLETED = "{name} completed {ago} ago and took {took}."
FAILED = "{name} failed {ago} ago and took {took}."  # [I] from its second verb on
ABORTED = "{name} aborted {ago} ago and took {took}."  # [I] by the two above; no cause of an abort is public
EXECUTING = "Command is executing on {which}."

# The fleet
NO_INSTANCES = "There are no instances."
DESIRED = "Auto Scaling group desired capacity is set to {least}."
ONE_BELOW_MINIMUM = "1 instance online is below Auto Scaling group minimum size {least}."
BELOW_MINIMUM = "{active} active instances is below Auto Scaling group minimum size {least}"
NO_DATA = "None of the instances are sending data."
SOME_NO_DATA = "No data received from {which}."
COMMAND_FAILED = "Command failed on {which}."
INCORRECT_VERSION = "Incorrect application version found on {which}. Expected version {expected}."
IMPAIRED = "Impaired services on {which}."
IMPACTED = (
    "{bad} out of {fleet} instances are impacted. See instance health for details."  # [I] from its second stop on
)
ROLE_NOT_ASSUMED = 'Unable to assume role "{role}". Verify that the role exists and is configured correctly.'
GROUP_GONE = "Auto Scaling group ({name}) notifications have been deleted or modified"

# The load balancer and its requests
PROCESSES_UNHEALTHY = "ELB processes are not healthy on {which}."
BALANCER_FAILING = "ELB health is failing or not available for {which}."
REQUESTS_FAILING = "{percent} % of the requests are failing with HTTP 5xx."
REQUESTS_ERRING = "{percent} % of the requests are erroring with HTTP 4xx."
BALANCER_ERRING = "{percent} % of the requests to the ELB are erroring with HTTP 4xx ({ago} ago)."
BALANCER_FAILS = "{percent} % of the requests to the ELB are failing with HTTP 5xx."
FEW_REQUESTS = "Insufficient request rate ({rate:.1f} requests/min) to determine application health."

# The queue of a worker
MESSAGES_WAITING = "{messages} waiting in the queue ({ago} ago)"
DEAD_LETTERS = "{messages} in Dead Letter Queue ({ago} ago)"

# One instance
PERFORMING = "Performing {name} (running for {running})"
PERFORMED = "{name} completed {ago} ago and took {took}"
NOT_PERFORMED = "{name} failed at {at} with exit status {status} and error: {error}"
TIMED_OUT = "{name} failed {ago} ago and took {took}"  # [I] by the sentence of one that was performed
OWN_COMMAND_FAILED = (
    "Command failed on instance."  # [I] by the sentence of the environment, of a command that timed out
)
OWN_INCORRECT_VERSION = "Incorrect application version {own}. Expected version {expected}."
PROCESSOR_BUSY = "{percent:.0f} % of CPU is in use."  # as in the API reference; a console showed it without the blank
PROCESSOR_WAITING = "{percent:.0f} % of CPU is in use. {waiting:.0f} % in I/O wait"
SERVICES_STOPPED = "Following services are not running: {services}."
LAST_SEEN = "No data. Last seen {ago} ago."
BALANCER_SILENT = "Instance ELB health has not been available for {ago}."
PROCESS_UNHEALTHY = "Process default has been unhealthy for {ago} (Target.FailedHealthChecks)."  # [I]
THRESHOLD_REACHED = "Instance has failed at least the UnhealthyThreshold number of health checks consecutively."  # [I]
NOT_IN_SERVICE = "Instance is not registered with the load balancer."  # [I]

# The sentence of each symptom that a fault can cause; slots are the members of the fault, and those that callers add.
CAUSES: Mapping[str, str] = {
    "no-data": LAST_SEEN,
    "client-errors": REQUESTS_ERRING,
    "server-errors": REQUESTS_FAILING,
    "balancer-client-errors": BALANCER_ERRING,
    "balancer-server-errors": BALANCER_FAILS,
    "few-requests": FEW_REQUESTS,
    "high-cpu": PROCESSOR_BUSY,
    "stopped-services": SERVICES_STOPPED,
    "fails-health-checks": PROCESS_UNHEALTHY,
    "no-service-role": ROLE_NOT_ASSUMED,
    "messages-waiting": MESSAGES_WAITING,
    "dead-letters": DEAD_LETTERS,
}
# The sentences of the environment about instances with a symptom; with any other symptom they are "impacted".
FLEET_CAUSES: Mapping[str, str] = {"stopped-services": IMPAIRED}

LONGEST = 255  # characters of a cause (API reference)
SECONDS_UP_TO = 119  # longer durations are in minutes (inferred from the captures)


def span(clock: Clock, milliseconds: int) -> str:
    """A duration on the clock, in words: `1 second`, `119 seconds`, `2 minutes`."""
    seconds = round(clock.simulated(max(milliseconds, 0)))
    return quantity(seconds, "second") if seconds <= SECONDS_UP_TO else quantity(seconds // 60, "minute")


def quantity(number: int, noun: str) -> str:
    """A number with its noun: `1 instance`, `2 instances`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def words(members: Mapping[str, Value]) -> dict[str, str | float]:
    """The members of a symptom, formatted for sentences."""
    words: dict[str, str | float] = {}
    for name, value in members.items():
        if isinstance(value, tuple):
            words[name] = ", ".join(value)
        else:
            words[name] = quantity(int(value), "message") if name == "messages" else value
    return words


def which(number: int, fleet: int) -> str | None:
    """A part of a fleet: `1 out of 2 instances`, or `all instances`; None if the number is 0."""
    if not number:
        return None
    return "all instances" if number == fleet else f"{number} out of {quantity(fleet, 'instance')}"


def percent(part: int, whole: int) -> str:
    """A share of requests in per cent, with one decimal."""
    return f"{100 * part / whole:.1f}"


def cut(sentences: Iterable[str]) -> tuple[str, ...]:
    """The causes, each cut to the length that the wire carries [inferred]."""
    return tuple(sentence[:LONGEST] for sentence in sentences)


def version(label: str | None, deployment_id: int) -> str:
    """A version with its deployment; `n/a` before the first deployment that succeeded, and where none was given."""
    return f'"{label}" (deployment {deployment_id})' if deployment_id and label is not None else "n/a"
