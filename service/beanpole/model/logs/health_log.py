"""The records of an environment's health that it streams to CloudWatch Logs: one for each transition of its status.

The form is that of records of August 2025 (www.rubenortiz.es, "Monitorización de ElasticBeanstalk con CloudWatch
logs"); a stream is called `YYYY-MM-DD#<hash-suffix>` (developer guide, AWSHowTo.cloudwatchlogs.envhealth).
"""

import json
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from beanpole.model.environment.environment import Environment
from beanpole.model.environment.status import COLORS
from beanpole.model.events.event import Event
from beanpole.model.names.ids import Ids

_TRANSITION = re.compile(
    r"Environment health has transitioned (?:from [A-Z][A-Za-z ]{1,20} )?to ([A-Z][A-Za-z ]{1,20})\.(.*)"
)
# The space between two causes in an event; some causes are of two sentences.
_BETWEEN = re.compile(r"(?<=[.!]) (?!See |Expected |Verify |Last seen )(?=[A-Z0-9])")


def record(environment: Environment, event: Event) -> str | None:
    """The record of an event, as JSON; None if it tells of no transition of the status."""
    match = _TRANSITION.fullmatch(event.message)
    if match is None:
        return None
    status, causes = match[1], match[2].strip()
    ids = Ids("health-record", environment.environment_id, str(event.at))
    document = {
        "id": ids.request_id(),
        "version": "1.0",
        "type": "HealthTransition",
        "color": next((color for health, color in COLORS.items() if health == status), "Grey"),
        "timestamp": f"{datetime.fromtimestamp(event.at / 1000, UTC):%Y-%m-%dT%H:%M:%SZ}",
        "status": status,
        "causes": _BETWEEN.split(causes) if causes else [],
    }
    return json.dumps(document, separators=(",", ":"))


def transitions(events: Iterable[Event]) -> Iterator[tuple[int, str]]:
    """The instants of transitions among events, each with the status after it."""
    for event in events:
        if (match := _TRANSITION.fullmatch(event.message)) is not None:
            yield event.at, match[1]


def stream(environment: Environment, at: int) -> str:
    """The name of the stream of an instant's day."""
    day = f"{datetime.fromtimestamp(at / 1000, UTC):%Y-%m-%d}"
    return f"{day}#{Ids('health-stream', environment.environment_id, day).hexadecimal(32)}"
