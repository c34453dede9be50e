"""The message about an event that goes to a topic of SNS, as its subscribers read it (docs/facts.md#notices)."""

from datetime import UTC, datetime

from beanpole.model.environment.environment import Environment
from beanpole.model.events.event import Event
from beanpole.model.names.ids import Ids

LONGEST = 100  # characters of a subject; SNS takes no more
_CUT = "..."
_SUBJECT = "AWS Elastic Beanstalk Notification - {message}"


def subject(event: Event) -> str:
    """The subject, cut to what SNS takes; it is one line of printable ASCII."""
    text = _SUBJECT.format(message=event.message)
    line = "".join(letter if letter.isascii() and letter.isprintable() else "?" for letter in text)
    return line if len(line) <= LONGEST else line[: LONGEST - len(_CUT)] + _CUT


def body(event: Event, environment: Environment, place: str) -> str:
    """The text; `place` is the id of the event in the log, so a message that is sent twice has the same id twice."""
    at = datetime.fromtimestamp(event.at / 1000, UTC)
    lines = [
        f"Timestamp: {at:%a %b %d %H:%M:%S} UTC {at.year}",
        f"Message: {event.message}",
        "",
        f"Environment: {environment.environment_name}",
        f"Application: {environment.application_name}",
        "",
        f"Environment URL: http://{environment.cname or 'null'}",
        *([f"RequestId: {event.request_id}"] if event.request_id else []),
        f"NotificationProcessId: {Ids('notice', environment.environment_id, place).request_id()}",
    ]
    return "\n".join(lines)
