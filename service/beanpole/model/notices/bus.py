"""Events of EventBridge: which events of the log the service sends to the default bus, and in what form.

The table is the guide's (AWSHowTo.eventbridge). There is no row for an abort, nor for a deployment that fails.
"""

import re
from typing import Any, NamedTuple

from beanpole.model.events import failures, messages
from beanpole.model.events.event import Event
from beanpole.model.events.messages import Sentence

SOURCE = "aws.elasticbeanstalk"
OPERATIONS = "Elastic Beanstalk resource status change"
OTHERS = "Other resource status change"
HEALTH = "Health status change"
MANAGED = "Managed update status change"


class Kind(NamedTuple):
    """The detail type and the status of a sentence in EventBridge."""

    detail_type: str
    status: str


def _words(sentence: Sentence, **slots: str) -> re.Pattern[str]:
    """The pattern of a sentence, some of whose slots are filled."""
    parts = re.split(r"\{(\w+)\}", sentence.template)
    texts = [re.escape(slots[part]) if part in slots else ".*" for part in parts[1::2]]
    literals = [re.escape(part) for part in parts[::2]]
    return re.compile("".join(part for pair in zip(literals, [*texts, ""], strict=True) for part in pair), re.DOTALL)


def _ends(sentence: Sentence, operation: str) -> tuple[re.Pattern[str], ...]:
    return (_words(sentence, operation=operation),)


# The sentences of the log by what EventBridge says of them. The guide gives the groups' rows the sentence of a launch,
# so theirs is [I]; so are the sentence of a launch without troubles, several instances in one sentence, and an instance
# that fails a health check.
KINDS: tuple[tuple[Kind, tuple[re.Pattern[str], ...]], ...] = (
    (
        Kind(OPERATIONS, "Environment creation started"),
        _ends(messages.OPERATION_STARTING, "createEnvironment"),
    ),
    (
        Kind(OPERATIONS, "Environment creation successful"),
        (
            _words(messages.OPERATION_COMPLETED, operation="createEnvironment"),
            _words(messages.LAUNCHED),
            _words(failures.LAUNCHED_WITH_ISSUES),
        ),
    ),
    (Kind(OPERATIONS, "Environment creation failed"), (_words(failures.FAILED_TO_LAUNCH),)),
    (Kind(OPERATIONS, "Environment update started"), (_words(messages.UPDATE_STARTING),)),
    (Kind(OPERATIONS, "Environment update successful"), (_words(messages.UPDATE_COMPLETED),)),
    (Kind(OPERATIONS, "Environment update failed"), (_words(failures.FAILED_TO_CONFIGURE),)),
    (
        Kind(OPERATIONS, "Environment termination started"),
        _ends(messages.OPERATION_STARTING, "terminateEnvironment"),
    ),
    (
        Kind(OPERATIONS, "Environment termination successful"),
        _ends(messages.OPERATION_COMPLETED, "terminateEnvironment"),
    ),
    (Kind(OPERATIONS, "Environment termination failed"), (_words(messages.TERMINATIONS_FAILED),)),
    (Kind(OTHERS, "Auto Scaling group created"), (_words(messages.CREATED, noun="Auto Scaling group"),)),
    (Kind(OTHERS, "Auto Scaling group deleted"), (_words(messages.DELETED, noun="Auto Scaling group"),)),
    (Kind(OTHERS, "Instance added"), (_words(messages.ADDED_INSTANCE), _words(messages.ADDED_INSTANCES))),
    (
        Kind(OTHERS, "Instance removed"),
        (_words(messages.REMOVED_INSTANCE), _words(failures.REMOVED_DEAD_INSTANCE)),
    ),
    (Kind(OTHERS, "Load balancer created"), (_words(messages.CREATED, noun="load balancer"),)),
    (Kind(OTHERS, "Load balancer deleted"), (_words(messages.DELETED, noun="load balancer"),)),
    (
        Kind(HEALTH, "Environment health changed"),
        (_words(messages.HEALTH_FIRST), _words(messages.HEALTH_BETTER), _words(messages.COLOR_BETTER)),
    ),
    (Kind(MANAGED, "Managed updated started"), (_words(messages.MANAGED_UPDATE_STARTED),)),  # the service's own words
    (Kind(MANAGED, "Managed update failed"), (_words(messages.MANAGED_UPDATE_FAILED),)),
)


def kind(event: Event) -> Kind | None:
    """The detail type and the status of an event in EventBridge; None for an event that is not sent."""
    rows = (kind for kind, sentences in KINDS if any(pattern.fullmatch(event.message) for pattern in sentences))
    return next(rows, None)


def detail(event: Event, status: str) -> dict[str, Any]:
    """The detail of an event; an event of an application names no environment."""
    members = {
        "Status": status,
        "EventDate": event.at,
        "ApplicationName": event.application_name,
        "Message": event.message,
        "EnvironmentName": event.environment_name,
        "Severity": event.severity,
    }
    return {name: value for name, value in members.items() if value is not None}
