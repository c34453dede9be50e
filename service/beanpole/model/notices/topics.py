"""The topic that an environment's options ask for, and which of its events are sent there (docs/facts.md#notices)."""

from msgspec import Struct

from beanpole.model.environment.environment import Environment
from beanpole.model.events import messages
from beanpole.model.events.event import Event, at_least
from beanpole.model.options.configuration import Configuration
from beanpole.model.options.namespaces import TOPICS

NAME = "ElasticBeanstalkNotifications-Environment-{environment}"
_WARNINGS = at_least("WARN")
_HEALTH = messages.HEALTH_FIRST.template.partition("{")[0].rpartition(" to ")[0]  # transitions, enhanced and basic
_DEPLOYED = messages.NEW_VERSION_DEPLOYED.template


class Topic(Struct, frozen=True):
    """The topic in the options: the ARN of a topic of the user, else the name of one that the service creates.

    `endpoint` is subscribed to it by `protocol`, if there is one.
    """

    arn: str | None
    name: str
    protocol: str
    endpoint: str | None


def topic(environment: Environment, configuration: Configuration) -> Topic | None:
    """The topic of an environment that is not terminated; None if its options ask for none."""
    endpoint, protocol, arn, name = (
        (configuration.value(TOPICS, f"Notification {option}") or "").strip() or None
        for option in ("Endpoint", "Protocol", "Topic ARN", "Topic Name")
    )
    if not environment.live or not (endpoint or arn or name):
        return None
    default_name = NAME.format(environment=environment.environment_name)
    return Topic(arn, name or default_name, protocol or "email", endpoint)


def is_notable(event: Event) -> bool:
    """Tell whether the service sends an event to the topic: what goes wrong, changes of health, and a new version."""
    if event.severity in _WARNINGS:
        return True
    return event.message.startswith(_HEALTH) or event.message == _DEPLOYED
