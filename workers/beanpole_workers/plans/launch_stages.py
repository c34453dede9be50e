"""The stages of a launch: the steps that depend on the situation, and the conditions of the others."""

from beanpole.model.events import messages
from beanpole.model.plan.plan import Situation
from beanpole.model.plan.steps import AdoptVersion, Announce, Deploy, JoinInstances, LaunchInstances
from beanpole_workers.plans.deployment import next_id

SIGNALS_WITHIN = 1080.0  # simulated seconds that a stack waits for its instances (docs/facts.md#failed-launch)


def is_new(situation: Situation) -> bool:
    """Tell whether the environment is created, not rebuilt; only then does an event name the bucket (eb3-restore)."""
    return situation.activity.operation == "createEnvironment"


def is_scaled(situation: Situation) -> bool:
    """Tell whether the environment has a group that can grow and shrink."""
    return situation.configuration.traits.environment_type == "LoadBalanced"


def has_database(situation: Situation) -> bool:
    """Tell whether the options ask for a database."""
    return situation.configuration.has_database


def has_no_database(situation: Situation) -> bool:
    """Tell whether the options ask for no database."""
    return not has_database(situation)


def using_bucket(situation: Situation) -> Announce:
    """The event that names the bucket of the account in the region."""
    bucket = f"elasticbeanstalk-{situation.environment.region}-{situation.environment.account_id}"
    return Announce(messages.USING_BUCKET(bucket=bucket))


def launch_instances(situation: Situation) -> LaunchInstances:
    """The group launches the first instances."""
    return LaunchInstances(situation.first_instances)


def join_instances(situation: Situation) -> JoinInstances:
    """The first instances have booted."""
    return JoinInstances(situation.first_instances, signals_within=SIGNALS_WITHIN)


def deploy(situation: Situation) -> Deploy:
    """The first deployment of a new environment, or the next deployment of a rebuilt one."""
    return Deploy(situation.first_instances, situation.activity.version_label, next_id(situation))


def adopt(situation: Situation) -> AdoptVersion:
    """The environment expects the version that is deployed."""
    return AdoptVersion(situation.activity.version_label, next_id(situation))


def available(situation: Situation) -> Announce:
    """The application answers at the environment's CNAME."""
    return Announce(messages.APPLICATION_AVAILABLE(cname=situation.environment.cname))


def launched(situation: Situation) -> Announce:
    """The last event: a rebuild names its operation [inferred]; the EB CLI waits for the other one at a restore."""
    if situation.activity.kind == "rebuild":
        return Announce(messages.OPERATION_COMPLETED(operation=situation.activity.operation))
    return Announce(messages.LAUNCHED(environment=situation.environment.environment_name))
