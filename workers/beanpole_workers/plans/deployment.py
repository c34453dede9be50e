"""A version that is to run on instances: what the settings say about the way it gets there."""

from math import ceil

from msgspec import Struct

from beanpole.model.environment.instance import CommandName
from beanpole.model.environment.status import HealthStatus
from beanpole.model.health.observation import LEVELS
from beanpole.model.health.reporting import read
from beanpole.model.options.configuration import Configuration
from beanpole.model.options.namespaces import CLASSIC_POLICIES, COMMAND, HEALTH_REPORTING, PROCESS, TRAFFIC_SPLITTING
from beanpole.model.plan.plan import Situation
from beanpole.model.plan.steps import AwaitHealth, Deploy

GRACE = 240.0  # seconds that the service adds to the command timeout (command-options-general)
NORMAL_DELAY = 20  # seconds of deregistration that the durations contain already: the default
ALONE = ("AllAtOnce", "Immutable")  # the policies of an environment with a single instance


class Deployment(Struct, frozen=True, kw_only=True):
    """How a version gets onto instances.

    `new_ids` are for instances that a policy may launch; `batch_size` is how many instances change at a time;
    `out_of_service` are the instances that do not serve. `timeout` is the command timeout in seconds. `health_kind`
    ends the names of durations that depend on how health is known. `draining` is the time in seconds that connections
    get beyond the usual. `percent` and `minutes` belong to traffic splitting.
    """

    instances: tuple[str, ...]
    version_label: str | None
    deployment_id: int
    command_name: CommandName = "deploy"
    new_ids: tuple[str, ...] = ()
    out_of_service: frozenset[str] = frozenset()
    batch_size: int = 1
    timeout: float = 600.0
    balanced: bool = False
    ignores: bool = False
    threshold: HealthStatus = "Ok"
    watches_4xx: bool = True
    enhanced: bool = True
    health_kind: str = ""
    draining: float = 0.0
    percent: int = 10
    minutes: int = 5

    @property
    def batches(self) -> tuple[tuple[str, ...], ...]:
        """The instances in the order of their launch, so many at a time.

        Those that do not serve come first, so that after a failure nobody is taken out while they are [inferred: the
        guide sets no order, and says of rolling deployments that they take no downtime].
        """
        size, order = self.batch_size, sorted(self.instances, key=lambda it: it not in self.out_of_service)
        return tuple(tuple(order[first : first + size]) for first in range(0, len(order), size))

    def command(self, instances: tuple[str, ...], serves: bool = True, quietly: bool = False) -> Deploy:
        """The command on some of the instances."""
        return Deploy(
            instances, self.version_label, self.deployment_id, self.command_name, self.timeout + GRACE, serves, quietly
        )

    def health_of(self, instances: tuple[str, ...], timeout: float | None = None) -> AwaitHealth:
        """The wait for some of the instances, which a rolling update gives another timeout."""
        return AwaitHealth(
            instances=instances,
            timeout=self.timeout if timeout is None else timeout,
            ignores=self.ignores,
            threshold=self.threshold,
            watches_4xx=self.watches_4xx,
            enhanced=self.enhanced,
        )


def deployment(
    situation: Situation,
    version_label: str | None,
    command_name: CommandName = "deploy",
    without: tuple[str, ...] = (),
    new_side: int | None = None,
) -> Deployment:
    """By the settings in force before the request: a policy that is set in the same call is not used yet.

    A new side has as many instances as there are, or as there should be; `without` are some that are about to go.
    """
    settings, reporting = situation.configuration, read(situation.configuration)
    there = tuple(it for it in situation.running if it.id not in without)
    instances = tuple(it.id for it in there)
    return Deployment(
        instances=instances,
        version_label=version_label,
        deployment_id=next_id(situation),
        command_name=command_name,
        new_ids=situation.ids("deployment", len(instances) if new_side is None else new_side),
        out_of_service=frozenset(it.id for it in there if not it.in_service),
        batch_size=batch_size(settings, len(instances)),
        timeout=float(settings.integer(COMMAND, "Timeout", 600)),
        balanced=settings.traits.balanced,
        ignores=settings.boolean(COMMAND, "IgnoreHealthCheck"),
        threshold=threshold(settings),
        watches_4xx=reporting.watches_4xx,
        enhanced=reporting.enhanced,
        health_kind=health_kind(settings),
        draining=draining(settings),
        percent=settings.integer(TRAFFIC_SPLITTING, "NewVersionPercent", 10),
        minutes=settings.integer(TRAFFIC_SPLITTING, "EvaluationTime", 5),
    )


def next_id(situation: Situation) -> int:
    """Deployments are counted from 1, those that failed too."""
    return max(situation.environment.deployments, situation.environment.deployment_id) + 1


def batch_size(settings: Configuration, fleet: int) -> int:
    """How many instances change at a time; a percentage of them is rounded up, and is at least one [inferred]."""
    size = settings.integer(COMMAND, "BatchSize", 100)
    if (settings.value(COMMAND, "BatchSizeType") or "").lower() != "fixed":
        size = ceil(fleet * size / 100)
    return max(1, min(size, fleet))


def policy_name(settings: Configuration) -> str:
    """The policy in force; one that such an environment does not have is deployed all at once [inferred]."""
    wanted = (settings.value(COMMAND, "DeploymentPolicy") or "AllAtOnce").lower()
    name = {it.lower(): it for it in (*ALONE, "Rolling", "RollingWithAdditionalBatch", "TrafficSplitting")}[wanted]
    single = settings.traits.environment_type == "SingleInstance"
    splits = settings.traits.balanced and settings.traits.load_balancer == "application"
    unavailable = (single and name not in ALONE) or (name == "TrafficSplitting" and not splits)
    return "AllAtOnce" if unavailable else name


def threshold(settings: Configuration) -> HealthStatus:
    """How bad the health of an instance may be that passes for healthy; basic health knows no such thing."""
    said = (
        (settings.value(HEALTH_REPORTING, "HealthCheckSuccessThreshold") or "").lower()
        if read(settings).enhanced
        else ""
    )
    return next((it for it in LEVELS if it.lower() == said), "Ok")


def health_kind(settings: Configuration) -> str:
    """Which wait for health it is: 12 checks in a row, 18 for a worker, where it is basic the load balancer's word."""
    if not read(settings).enhanced:
        return "-basic"
    return "-worker" if settings.traits.tier == "Worker" else ""


def draining(settings: Configuration) -> float:
    """The seconds that connections get to end beyond the usual [inferred: the captures have the defaults]."""
    if not settings.traits.balanced:
        return 0.0
    if settings.traits.load_balancer != "classic":
        return float(max(0, settings.integer(PROCESS, "DeregistrationDelay", NORMAL_DELAY) - NORMAL_DELAY))
    drains = settings.boolean(CLASSIC_POLICIES, "ConnectionDrainingEnabled")
    return float(settings.integer(CLASSIC_POLICIES, "ConnectionDrainingTimeout", NORMAL_DELAY)) if drains else 0.0
