"""How an environment comes into being, by the load balancer in front of it (docs/facts.md#launch)."""

from collections.abc import Iterable, Iterator

from beanpole.model.events import failures, messages
from beanpole.model.names.ids import Ids
from beanpole.model.plan.durations import Timed, after, instantly
from beanpole.model.plan.plan import Situation
from beanpole.model.plan.steps import (
    AdoptVersion,
    Announce,
    Deploy,
    Finish,
    JoinInstances,
    LaunchInstances,
    Provision,
    Release,
)
from beanpole_workers.plans import bundles, stages
from beanpole_workers.plans.stages import Stage


def is_new(situation: Situation) -> bool:
    """It is created, and not built anew: only then does the service speak of the bucket (eb3-restore)."""
    return situation.activity.operation == "createEnvironment"


def is_scaled(situation: Situation) -> bool:
    """It has more than one instance to scale between."""
    return situation.configuration.traits.environment_type == "LoadBalanced"


def has_database(situation: Situation) -> bool:
    """Its options ask for a database of its own."""
    return situation.configuration.has_database


def instances(situation: Situation) -> tuple[str, ...]:
    """The ids of its first instances: as many as the group's least size, or the single one."""
    ids = Ids(situation.rules.clock.seed, situation.environment.id, situation.activity.serial, "instances")
    return tuple(ids.instance_id() for _ in range(situation.configuration.least_size))


def using_bucket(situation: Situation) -> Announce:
    """The bucket of the account in the region."""
    bucket = f"elasticbeanstalk-{situation.environment.region}-{situation.environment.account_id}"
    return Announce(messages.USING_BUCKET(bucket=bucket))


def deploy(situation: Situation) -> Deploy:
    """The first deployment of a new environment, the next one of one that is built anew."""
    activity, id_ = situation.activity, situation.environment.deployment_id + 1
    return Deploy(instances(situation), activity.version_label, id_)


def adopt(situation: Situation) -> AdoptVersion:
    """What it deploys."""
    return AdoptVersion(situation.activity.version_label, situation.environment.deployment_id + 1)


def available(situation: Situation) -> Announce:
    """The application answers at the environment's CNAME."""
    return Announce(messages.APPLICATION_AVAILABLE(cname=situation.environment.cname))


def launched(situation: Situation) -> Announce:
    """A rebuild ends by its own name [inferred]; the EB CLI waits for the other sentence when it restores."""
    if situation.activity.kind == "rebuild":
        return Announce(messages.OPERATION_COMPLETED(operation=situation.activity.operation))
    return Announce(messages.LAUNCHED(environment=situation.environment.environment_name))


BUCKET = (Stage(using_bucket, after("bucket"), is_new),)
DATABASE = (Stage(Provision("database"), after("database"), has_database),)
GROUP = (
    Stage(Provision("launch-template")),
    Stage(Provision("auto-scaling-group"), after("group")),
    Stage(Announce(messages.WAITING_FOR_LAUNCH())),
    Stage(lambda situation: LaunchInstances(instances(situation))),
)
SCALING_ALARMS = (
    Stage(Provision("scale-up-policy"), after("alarms"), is_scaled),
    Stage(Provision("scale-down-policy"), instantly, is_scaled),
    Stage(Provision("alarm-high"), instantly, is_scaled),
    Stage(Provision("alarm-low"), instantly, is_scaled),
)
JOIN = (Stage(lambda situation: JoinInstances(instances(situation)), after("joined")),)
DEPLOY = (Stage(deploy, after("deployed")), Stage(adopt))
AVAILABLE = (
    Stage(
        lambda situation: Announce(messages.APPLICATION_AVAILABLE(cname=situation.environment.cname)),
        after("available"),
    ),
)
LAUNCHED = (Stage(launched, after("launched")), Stage(Finish()))

SINGLE_INSTANCE = (
    *BUCKET,
    Stage(Provision("security-group"), after("security-group")),
    Stage(Provision("elastic-ip"), after("elastic-ip")),
    *DATABASE,
    Stage(Provision("launch-template")),
    Stage(Provision("auto-scaling-group", quietly=True), after("group")),
    Stage(Announce(messages.WAITING_FOR_LAUNCH())),
    Stage(lambda situation: LaunchInstances(instances(situation))),
    *JOIN,
    *DEPLOY,
    *AVAILABLE,
    *LAUNCHED,
)

CLASSIC = (
    *BUCKET,
    Stage(Provision("classic-load-balancer"), after("load-balancer")),
    Stage(Provision("security-group")),
    *DATABASE,
    *GROUP,
    Stage(Provision("scale-up-policy")),
    Stage(Provision("scale-down-policy")),
    Stage(Provision("alarm-high"), after("alarms")),
    Stage(Provision("alarm-low")),
    *JOIN,
    *DEPLOY,
    *AVAILABLE,
    *LAUNCHED,
)


def behind(balancer: str) -> tuple[Stage, ...]:
    """Behind an application or a network load balancer, which has target groups and listeners."""
    return (
        *BUCKET,
        Stage(Provision("target-group"), after("target-group")),
        Stage(Provision("load-balancer-security-group")),
        Stage(Provision("security-group"), after("security-group")),
        *DATABASE,
        *GROUP,
        *SCALING_ALARMS,
        *JOIN,
        Stage(Provision(f"{balancer}-load-balancer"), after("load-balancer")),
        Stage(Provision(f"{balancer}-listener")),
        *DEPLOY,
        *AVAILABLE,
        *LAUNCHED,
    )


WORKER = (
    *BUCKET,
    Stage(Provision("dead-letter-queue"), after("queues")),
    Stage(Provision("worker-queue")),
    Stage(Provision("security-group"), after("security-group")),
    *DATABASE,
    *GROUP,
    *SCALING_ALARMS,
    *JOIN,
    *DEPLOY,
    *LAUNCHED,
)

# The table of each kind of environment, by the name that its durations have, too.
TABLES: dict[str, tuple[Stage, ...]] = {
    "launch-single-instance": SINGLE_INSTANCE,
    "launch-classic": CLASSIC,
    "launch-application": behind("application"),
    "launch-network": behind("network"),
    "launch-worker": WORKER,
}


def table_of(situation: Situation) -> str:
    """Which of the tables an environment is launched by."""
    if situation.environment.is_worker:
        return "launch-worker"
    traits = situation.configuration.traits
    return f"launch-{traits.load_balancer}" if traits.balanced else "launch-single-instance"


def launch(situation: Situation) -> Iterator[Timed]:
    """All of it; a version whose files cannot be read makes it fail for good, so the environment goes [inferred]."""
    yield from bundles.warned(situation)
    if wrong := bundles.refusals(situation):
        yield from refused(situation, wrong)
    else:
        yield from stages.steps(TABLES[table_of(situation)], situation)


def refused(situation: Situation, reasons: Iterable[messages.Message]) -> Iterator[Timed]:
    """Nothing is made, so nothing is left (docs/facts.md#failed-launch)."""
    for place, it in enumerate(reasons):
        yield Announce(it), instantly if place else after("failure.refused")
    yield Announce(failures.FAILED_TO_LAUNCH()), instantly
    yield (
        Announce(messages.DELETING_SNS_TOPIC(environment=situation.environment.environment_name)),
        after("failure.topic"),
    )
    yield Release(), instantly
