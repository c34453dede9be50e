"""The launch of an environment, by its load balancer (docs/facts.md#launch): a table of stages for each kind.

The steps that depend on the situation, and the conditions of the stages, are `launch_stages`.
"""

from collections.abc import Iterable, Iterator, Mapping

from beanpole.model.environment.requests import Launch
from beanpole.model.events import failures, messages
from beanpole.model.plan.durations import Duration, Timed, after, instantly
from beanpole.model.plan.plan import Situation
from beanpole.model.plan.steps import Announce, Finish, Provision, Release, Wait
from beanpole_workers.plans import bundles, custom, queues, stages
from beanpole_workers.plans.launch_stages import (
    adopt,
    available,
    deploy,
    has_database,
    has_no_database,
    is_new,
    is_scaled,
    join_instances,
    launch_instances,
    launched,
    using_bucket,
)
from beanpole_workers.plans.stages import Stage

NOTICED = after("failure.refused")
BUCKET = (Stage(using_bucket, after("bucket"), is_new),)
DATABASE_ORDERED = (
    Stage(Provision("database-security-group"), when=has_database),
    Stage(Wait("the database to be ordered"), after("ordered"), has_database),
)
DATABASE = (*DATABASE_ORDERED, Stage(Provision("database"), after("database"), has_database))
GROUP = (
    Stage(Provision("launch-template")),
    Stage(Provision("auto-scaling-group"), after("group")),
    Stage(Announce(messages.WAITING_FOR_LAUNCH())),
    Stage(launch_instances),
)
SCALING = ("scale-up-policy", "scale-down-policy", "alarm-high", "alarm-low")
SCALING_ALARMS = (
    Stage(Provision("scale-up-policy"), after("alarms"), is_scaled),
    Stage(Provision("scale-down-policy"), instantly, is_scaled),
    Stage(Provision("alarm-high"), instantly, is_scaled),
    Stage(Provision("alarm-low"), instantly, is_scaled),
)
JOIN = (Stage(join_instances, after("joined")),)
DEPLOY = (Stage(deploy, after("deployed")), Stage(adopt))
AVAILABLE = (Stage(available, after("available")),)
LAUNCHED = (Stage(launched, after("launched")), Stage(Finish()))

SINGLE_INSTANCE = (
    *BUCKET,
    Stage(Provision("security-group"), after("security-group")),
    Stage(Provision("elastic-ip"), after("elastic-ip")),
    *custom.CREATION,
    *DATABASE,
    # As GROUP, but no event tells of the group, as in the captures of single instances.
    Stage(Provision("launch-template")),
    Stage(Provision("auto-scaling-group", quietly=True), after("group")),
    Stage(Announce(messages.WAITING_FOR_LAUNCH())),
    Stage(launch_instances),
    *JOIN,
    *DEPLOY,
    *AVAILABLE,
    *LAUNCHED,
)

CLASSIC = (
    *BUCKET,
    Stage(Provision("load-balancer-security-group"), after("load-balancer-security-group")),
    Stage(Provision("classic-load-balancer", beside=("security-group",)), after("load-balancer")),
    Stage(Provision("security-group", begun=True)),
    *custom.CREATION,
    *DATABASE,
    *GROUP,
    # In the capture of 2021 the policies come with the group, and only the alarms take time.
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
    """The stages behind an application or a network load balancer, in the order of accounts with launch templates.

    The group's policies and alarms come with it, and the load balancer is the last, unless a database takes longer
    (docs/facts.md#launch).
    """
    both = (f"{balancer}-load-balancer", f"{balancer}-listener")
    return (
        *BUCKET,
        Stage(
            Provision("load-balancer-security-group", beside=("target-group",)), after("load-balancer-security-group")
        ),
        Stage(Provision("target-group", begun=True), after("target-group")),
        Stage(Provision("security-group", beside=both[:1])),
        *custom.CREATION,
        *DATABASE_ORDERED,
        Stage(Provision("database", during=both), after("database"), has_database),
        *GROUP,
        *(Stage(Provision(kind)) for kind in SCALING),
        *JOIN,
        Stage(Provision(both[0], begun=True), after("load-balancer"), has_no_database),
        Stage(Provision(both[1]), when=has_no_database),
        *DEPLOY,
        *AVAILABLE,
        *LAUNCHED,
    )


# Behind a load balancer that is there already: the environment has a target group of its own and a rule [I].
SHARED = (
    *BUCKET,
    Stage(Provision("target-group", beside=("security-group",)), after("target-group")),
    Stage(Provision("security-group", begun=True)),
    Stage(Provision("listener-rule")),
    *custom.CREATION,
    *DATABASE,
    *GROUP,
    *(Stage(Provision(kind)) for kind in SCALING),
    *JOIN,
    *DEPLOY,
    *AVAILABLE,
    *LAUNCHED,
)

WORKER = (
    *BUCKET,
    Stage(Provision("dead-letter-queue"), after("queues"), queues.are_made),
    Stage(Provision("worker-queue"), when=queues.are_made),
    Stage(Provision("security-group"), after("security-group")),
    *custom.CREATION,
    *DATABASE,
    *GROUP,
    *SCALING_ALARMS,
    *JOIN,
    *DEPLOY,
    *LAUNCHED,
)

# The table of each kind of environment, by the name of the table of its durations.
TABLES: Mapping[str, tuple[Stage, ...]] = {
    "launch-single-instance": SINGLE_INSTANCE,
    "launch-classic": CLASSIC,
    "launch-application": behind("application"),
    "launch-network": behind("network"),
    "launch-shared": SHARED,
    "launch-worker": WORKER,
}


def table_of(situation: Situation) -> str:
    """The name of the table by which an environment is launched."""
    if situation.environment.is_worker:
        return "launch-worker"
    traits = situation.configuration.traits
    if traits.balanced and situation.environment.shared_balancer is not None:
        return "launch-shared"
    return f"launch-{traits.load_balancer}" if traits.balanced else "launch-single-instance"


def launch(situation: Situation) -> Iterator[Timed]:
    """The whole launch; if a file of the version is not valid, the environment is terminated [inferred].

    The events of invalid settings come in the second of the call, as in the captures.
    """
    request = situation.activity.request
    yield from bundles.warnings(situation)
    wrong = bundles.wrong_settings(request.refusals) if isinstance(request, Launch) else ()
    if isinstance(request, Launch) and request.missing_profile is not None:
        yield from refused(situation, (failures.NO_SUCH_INSTANCE_PROFILE(profile=request.missing_profile),))
    elif wrong:
        yield from refused(situation, wrong, instantly)
    elif reasons := bundles.refusals(situation):
        yield from refused(situation, reasons)
    elif reason := bundles.template_failure(situation):
        yield from refused(situation, (reason,), after("failure.template"))
    else:
        yield from stages.steps(TABLES[table_of(situation)], situation)


def refused(situation: Situation, reasons: Iterable[messages.Message], first: Duration = NOTICED) -> Iterator[Timed]:
    """End a refused launch: no resource is created, and the environment is Terminated (docs/facts.md#failed-launch)."""
    for index, reason in enumerate(reasons):
        yield Announce(reason), instantly if index else first
    yield Announce(failures.FAILED_TO_LAUNCH()), instantly
    name = situation.environment.environment_name
    yield Announce(messages.DELETING_SNS_TOPIC(environment=name)), after("failure.topic")
    yield Release(), instantly
