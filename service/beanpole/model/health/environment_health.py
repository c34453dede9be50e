"""The health of an environment itself, without its instances: by its own symptoms and those of its queue."""

from collections.abc import Iterator

from beanpole.model.environment.status import HealthStatus
from beanpole.model.faults.symptoms import Symptom
from beanpole.model.health import causes, symptom_health
from beanpole.model.health.context import HealthContext, by_errors, rank
from beanpole.model.names.naming import role_arn
from beanpole.model.options.namespaces import ENVIRONMENT

SERVICE_ROLE = (ENVIRONMENT, "ServiceRole")
DEFAULT_ROLE = "aws-elasticbeanstalk-service-role"


def status(context: HealthContext) -> HealthStatus:
    """The status by the worst symptom of the environment and its queue."""
    symptoms = context.environment.symptoms
    if not symptoms:
        return "Ok"
    of_symptoms = symptom_health.worst(
        (*symptom_health.present(symptoms, "queue"), *symptom_health.present(symptoms, "environment"))
    )
    of_errors = (by_errors(symptom.number("share")) for symptom in _of_balancer(context))
    return max((of_symptoms, *of_errors), key=rank)


def of_queue(context: HealthContext) -> Iterator[str]:
    """The causes about a worker's queues, as of the latest report of its daemon."""
    for symptom in symptom_health.present(context.environment.symptoms, "queue"):
        yield symptom_health.cause(symptom, ago=_since_report(context))


def of_balancer(context: HealthContext) -> Iterator[str]:
    """The causes about requests that the load balancer itself answers with errors."""
    for symptom in {symptom.what: symptom for symptom in _of_balancer(context)}.values():
        share = f"{100 * symptom.number('share'):.1f}"
        yield causes.CAUSES[symptom.what].format(percent=share, ago=_since_report(context))


def _since_report(context: HealthContext) -> str:
    """The time since the latest report, in words."""
    return causes.span(context.clock, context.at - context.refreshed_at)


def _of_balancer(context: HealthContext) -> list[Symptom]:
    """The symptoms of the load balancer that can be seen: not those that a rule switches off."""
    unwatched = () if context.reporting.watches_balancer_4xx else ("balancer-client-errors",)
    return [
        symptom
        for symptom in context.environment.symptoms
        if symptom.row.holder == "balancer" and not symptom.over and symptom.what not in unwatched
    ]


def of_itself(context: HealthContext) -> Iterator[str]:
    """The causes about the environment as a whole, such as its service role."""
    symptoms = symptom_health.present(context.environment.symptoms, "environment")
    for symptom in {symptom.what: symptom for symptom in symptoms}.values():
        yield symptom_health.cause(symptom, role=_role(context))


def _role(context: HealthContext) -> str:
    environment = context.environment
    settings = {(option.namespace, option.option_name): option.value for option in environment.option_settings}
    return role_arn(environment.region, environment.account_id, settings.get(SERVICE_ROLE) or DEFAULT_ROLE)
