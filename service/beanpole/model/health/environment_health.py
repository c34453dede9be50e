"""The health of an environment itself, without its instances: by its own symptoms and those of its queue."""

from collections.abc import Iterator

from beanpole.model.environment.status import HealthStatus
from beanpole.model.health import causes, symptom_health
from beanpole.model.health.context import HealthContext
from beanpole.model.names.naming import role_arn
from beanpole.model.options.namespaces import ENVIRONMENT

SERVICE_ROLE = (ENVIRONMENT, "ServiceRole")
DEFAULT_ROLE = "aws-elasticbeanstalk-service-role"


def status(context: HealthContext) -> HealthStatus:
    """The status by the worst symptom of the environment and its queue."""
    symptoms = context.environment.symptoms
    return symptom_health.worst(
        (*symptom_health.present(symptoms, "queue"), *symptom_health.present(symptoms, "environment"))
    )


def of_queue(context: HealthContext) -> Iterator[str]:
    """The causes about a worker's queues, as of the latest report of its daemon."""
    ago = causes.span(context.clock, context.at - context.refreshed_at)
    for symptom in symptom_health.present(context.environment.symptoms, "queue"):
        yield symptom_health.cause(symptom, ago=ago)


def of_itself(context: HealthContext) -> Iterator[str]:
    """The causes about the environment as a whole, such as its service role."""
    symptoms = symptom_health.present(context.environment.symptoms, "environment")
    for symptom in {symptom.what: symptom for symptom in symptoms}.values():
        yield symptom_health.cause(symptom, role=_role(context))


def _role(context: HealthContext) -> str:
    environment = context.environment
    settings = {(option.namespace, option.option_name): option.value for option in environment.option_settings}
    return role_arn(environment.region, environment.account_id, settings.get(SERVICE_ROLE) or DEFAULT_ROLE)
