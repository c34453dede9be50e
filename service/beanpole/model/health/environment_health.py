"""What ails an environment itself, beside its instances: a worker's queue, and a role that nobody may assume."""

from collections.abc import Iterator, Mapping

from beanpole.model.environment.status import HealthStatus
from beanpole.model.faults.symptoms import Symptom, SymptomName
from beanpole.model.health import causes
from beanpole.model.health.context import HealthContext, rank
from beanpole.model.names.naming import role_arn
from beanpole.model.options.namespaces import ENVIRONMENT

SERVICE_ROLE = (ENVIRONMENT, "ServiceRole")
DEFAULT_ROLE = "aws-elasticbeanstalk-service-role"

# How bad each is: many messages were seen to make a worker yellow (eb_deployer#66), and the guide calls a role that
# cannot be assumed severe; what messages in the dead-letter queue come to is inferred.
STATUSES: Mapping[SymptomName, HealthStatus] = {
    "messages-waiting": "Warning",
    "dead-letters": "Warning",
    "no-service-role": "Severe",
}
QUEUE: Mapping[SymptomName, str] = {
    "messages-waiting": causes.MESSAGES_WAITING,
    "dead-letters": causes.DEAD_LETTERS,
}


def status(look: HealthContext) -> HealthStatus:
    """The worst of its own symptoms."""
    return max((STATUSES[it.what] for it in _present(look)), key=rank, default="Ok")


def of_queue(look: HealthContext) -> Iterator[str]:
    """What the daemon of a worker told of its queues with the latest report."""
    ago = causes.span(look.clock, look.at - look.refreshed_at)
    for it in _present(look):
        if it.what in QUEUE:
            yield QUEUE[it.what].format(messages=causes.counted(it.messages, "message"), ago=ago)


def of_role(look: HealthContext) -> Iterator[str]:
    """The role that the service would look after the environment with."""
    if any(it.what == "no-service-role" for it in _present(look)):
        yield causes.ROLE_NOT_ASSUMED.format(role=_role(look))


def _present(look: HealthContext) -> list[Symptom]:
    return [it for it in look.environment.symptoms if not it.over]


def _role(look: HealthContext) -> str:
    environment = look.environment
    settings = {(it.namespace, it.option_name): it.value for it in environment.option_settings}
    return role_arn(environment.region, environment.account_id, settings.get(SERVICE_ROLE) or DEFAULT_ROLE)
