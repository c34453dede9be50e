"""The health of an environment itself, beside its instances: by the symptoms of its own and of its queue."""

from collections.abc import Iterator

from beanpole.model.environment.status import HealthStatus
from beanpole.model.health import causes, symptom_health
from beanpole.model.health.context import HealthContext
from beanpole.model.names.naming import role_arn
from beanpole.model.options.namespaces import ENVIRONMENT

SERVICE_ROLE = (ENVIRONMENT, "ServiceRole")
DEFAULT_ROLE = "aws-elasticbeanstalk-service-role"


def status(look: HealthContext) -> HealthStatus:
    """The worst of its symptoms."""
    symptoms = look.environment.symptoms
    return symptom_health.worst(
        (*symptom_health.present(symptoms, "queue"), *symptom_health.present(symptoms, "environment"))
    )


def of_queue(look: HealthContext) -> Iterator[str]:
    """The causes that the daemon of a worker found in its queues by the latest report."""
    ago = causes.span(look.clock, look.at - look.refreshed_at)
    for symptom in symptom_health.present(look.environment.symptoms, "queue"):
        yield symptom_health.cause(symptom, ago=ago)


def of_itself(look: HealthContext) -> Iterator[str]:
    """The causes that are of the environment as a whole, such as its service role."""
    symptoms = symptom_health.present(look.environment.symptoms, "environment")
    for symptom in {symptom.what: symptom for symptom in symptoms}.values():
        yield symptom_health.cause(symptom, role=_role(look))


def _role(look: HealthContext) -> str:
    environment = look.environment
    settings = {(each.namespace, each.option_name): each.value for each in environment.option_settings}
    return role_arn(environment.region, environment.account_id, settings.get(SERVICE_ROLE) or DEFAULT_ROLE)
