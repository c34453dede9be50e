"""A deployment of a version to instances, as the settings describe it."""

from math import ceil
from typing import Literal

from msgspec import Struct

from beanpole.model.environment.instance import CommandName
from beanpole.model.environment.status import HealthStatus
from beanpole.model.health.observation import LEVELS
from beanpole.model.health.reporting import Reporting, read
from beanpole.model.options.configuration import Configuration
from beanpole.model.options.namespaces import CLASSIC_POLICIES, COMMAND, HEALTH_REPORTING, PROCESS, TRAFFIC_SPLITTING
from beanpole.model.plan.plan import Situation
from beanpole.model.plan.steps import AwaitHealth, Deploy

GRACE = 240.0  # seconds that the service adds to the command timeout (command-options-general)
NORMAL_DELAY = 20  # seconds of deregistration that the durations contain already: the default


HealthKind = Literal["", "-worker", "-basic"]


class DeploymentRules(Struct, frozen=True, kw_only=True):
    """The rules of a deployment, by option settings.

    `timeout` is the command timeout in seconds. `health_kind` is the variant of durations that depend on how health is
    known. `draining` is the time in seconds that connections get beyond the usual. `percent` and `minutes` belong to
    traffic splitting.
    """

    timeout: float
    balanced: bool
    ignores: bool
    threshold: HealthStatus
    watches_4xx: bool
    enhanced: bool
    health_kind: HealthKind
    draining: float
    percent: int
    minutes: int


class Deployment(Struct, frozen=True, kw_only=True):
    """A version and the instances that it is deployed to.

    `new_ids` are for instances that a policy may launch; `batch_size` is how many instances change at a time;
    `out_of_service` are the instances that get no requests.
    """

    instances: tuple[str, ...]
    version_label: str | None
    deployment_id: int
    command_name: CommandName
    new_ids: tuple[str, ...]
    out_of_service: frozenset[str]
    batch_size: int
    rules: DeploymentRules

    @property
    def batches(self) -> tuple[tuple[str, ...], ...]:
        """The instances in the order of their launch, so many at a time.

        Those that are out of service come first, so that after a failure no other is taken out beside them [inferred:
        the guide sets no order, and says of rolling deployments that they take no downtime].
        """
        size, order = self.batch_size, sorted(self.instances, key=lambda id_: id_ not in self.out_of_service)
        return tuple(tuple(order[first : first + size]) for first in range(0, len(order), size))

    def command(self, instances: tuple[str, ...], serves: bool = True, quietly: bool = False) -> Deploy:
        """The command on some of the instances; to those that it launches the version is deployed."""
        name: CommandName = "deploy" if set(instances) <= set(self.new_ids) else self.command_name
        timeout = self.rules.timeout + GRACE
        return Deploy(instances, self.version_label, self.deployment_id, name, timeout, serves, quietly)

    def health_of(self, instances: tuple[str, ...], timeout: float | None = None) -> AwaitHealth:
        """The wait for the health of some of the instances; a rolling update has a timeout, and waits for signals."""
        return AwaitHealth(
            instances=instances,
            timeout=self.rules.timeout if timeout is None else timeout,
            ignores=self.rules.ignores,
            threshold=self.rules.threshold,
            watches_4xx=self.rules.watches_4xx,
            enhanced=self.rules.enhanced,
            signals=timeout is not None,
        )


def deployment(
    situation: Situation,
    version_label: str | None,
    command_name: CommandName = "deploy",
    without: tuple[str, ...] = (),
    new_side: int | None = None,
) -> Deployment:
    """The deployment by the settings before the request: a policy that is set in the same call is not used yet.

    A new side has as many instances as run, unless `new_side` gives another number; `without` are instances that are
    about to be terminated.
    """
    running = tuple(instance for instance in situation.running if instance.id not in without)
    instances = tuple(instance.id for instance in running)
    return Deployment(
        instances=instances,
        version_label=version_label,
        deployment_id=next_id(situation),
        command_name=command_name,
        new_ids=situation.ids("deployment", len(instances) if new_side is None else new_side),
        out_of_service=frozenset(instance.id for instance in running if not instance.in_service),
        batch_size=batch_size(situation.configuration, len(instances)),
        rules=rules(situation.configuration),
    )


def rules(settings: Configuration) -> DeploymentRules:
    """The rules of a deployment by option settings."""
    reporting = read(settings)
    return DeploymentRules(
        timeout=float(settings.integer(COMMAND, "Timeout", 600)),
        balanced=settings.traits.balanced,
        ignores=settings.boolean(COMMAND, "IgnoreHealthCheck"),
        threshold=threshold(settings, reporting),
        watches_4xx=reporting.watches_4xx,
        enhanced=reporting.enhanced,
        health_kind=health_kind(settings, reporting),
        draining=draining(settings),
        percent=settings.integer(TRAFFIC_SPLITTING, "NewVersionPercent", 10),
        minutes=settings.integer(TRAFFIC_SPLITTING, "EvaluationTime", 5),
    )


def next_id(situation: Situation) -> int:
    """The id of the next deployment; ids count from 1, and failed deployments count, too."""
    return max(situation.environment.deployments, situation.environment.deployment_id) + 1


def batch_size(settings: Configuration, fleet: int) -> int:
    """The number of instances that change at a time; a percentage is rounded up, and is at least one [inferred]."""
    size = settings.integer(COMMAND, "BatchSize", 100)
    if (settings.value(COMMAND, "BatchSizeType") or "").lower() != "fixed":
        size = ceil(fleet * size / 100)
    return max(1, min(size, fleet))


def threshold(settings: Configuration, reporting: Reporting) -> HealthStatus:
    """The worst health of an instance that passes for healthy; basic health has no such threshold.

    The guide has the option in both namespaces; where both are set, that of the command counts [inferred].
    """
    if not reporting.enhanced:
        return "Ok"
    name = "HealthCheckSuccessThreshold"
    value = (settings.value(COMMAND, name) or settings.value(HEALTH_REPORTING, name) or "").lower()
    return next((level for level in LEVELS if level.lower() == value), "Ok")


def health_kind(settings: Configuration, reporting: Reporting) -> HealthKind:
    """The variant of a wait for health: 12 checks in a row, 18 for a worker, the load balancer's where it is basic."""
    if not reporting.enhanced:
        return "-basic"
    return "-worker" if settings.traits.tier == "Worker" else ""


def draining(settings: Configuration) -> float:
    """The seconds beyond the usual in which connections may end [inferred: the captures have the defaults]."""
    if not settings.traits.balanced:
        return 0.0
    if settings.traits.load_balancer != "classic":
        return float(max(0, settings.integer(PROCESS, "DeregistrationDelay", NORMAL_DELAY) - NORMAL_DELAY))
    drains = settings.boolean(CLASSIC_POLICIES, "ConnectionDrainingEnabled")
    return float(settings.integer(CLASSIC_POLICIES, "ConnectionDrainingTimeout", NORMAL_DELAY)) if drains else 0.0
