"""One event of the log; it never changes once it is written."""

from msgspec import Struct

from beanpole.model.events.messages import SEVERITIES, Message, Severity


class Event(Struct, frozen=True, omit_defaults=True):
    """`at` is the instant in milliseconds at which it was due; the log may move it later, never earlier.

    Events of one `chain` (an environment; an application where there is none) have different milliseconds. Only if a
    wall clock is so far ahead that there are too few milliseconds may the events of one commit share one. So a client
    that polls for events later than the last one misses none.
    """

    at: int
    message: str
    severity: Severity = "INFO"
    application_name: str | None = None
    environment_name: str | None = None
    environment_id: str | None = None
    version_label: str | None = None
    template_name: str | None = None
    platform_arn: str | None = None
    request_id: str | None = None

    @property
    def event_date(self) -> int:
        """`at` by its name on the wire."""
        return self.at

    @property
    def chain(self) -> str:
        """The key of the environment, application or platform that the event is about."""
        if self.environment_name is not None:
            return f"environment/{self.environment_name}"
        return f"application/{self.application_name}" if self.application_name else f"platform/{self.platform_arn}"


def application_event(
    message: Message,
    at: int,
    request_id: str | None,
    *,
    application_name: str,
    version_label: str | None = None,
    template_name: str | None = None,
) -> Event:
    """The event of a message about an application, of its versions or of its saved configurations."""
    return Event(
        at,
        message.text,
        message.severity,
        application_name=application_name,
        version_label=version_label,
        template_name=template_name,
        request_id=request_id if message.own_request else None,
    )


def at_least(severity: Severity) -> frozenset[str]:
    """The severities that pass a `Severity` filter: that one and all worse ones."""
    return frozenset(SEVERITIES[SEVERITIES.index(severity) :])
