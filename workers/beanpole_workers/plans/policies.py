"""The deployment policies: each yields its steps in the order in which the developer guide gives them.

A policy knows nothing of time: beside each step stands its duration, by name. `POLICIES` has a row for each policy,
with the rollback that undoes it and with all that other plans must know of it.
"""

from collections.abc import Callable, Iterator, Mapping

from msgspec import Struct

from beanpole.model.events import messages
from beanpole.model.options.configuration import Configuration
from beanpole.model.options.namespaces import COMMAND
from beanpole.model.plan.durations import Duration, Timed, after, instantly, lasting
from beanpole.model.plan.plan import Situation
from beanpole.model.plan.steps import (
    Announce,
    Close,
    Deregister,
    JoinInstances,
    LaunchInstances,
    Register,
    Wait,
)
from beanpole_workers.plans import new_side, repairs
from beanpole_workers.plans.deployment import Deployment

Batch = tuple[int, tuple[str, ...], int]  # its number, its instances, and how many have changed once they have


class Policy(Struct, frozen=True):
    """A deployment policy.

    `ending` is how long it takes until the environment expects the new version. `opening` is how long it takes until
    the deployment is announced; None where the policy announces itself. The policy may have a `new_side` of its own,
    may be for a `single` instance too, and may go in `batches`, which a restart and settings that instances take over
    where they run do then, too. `configures` are the steps of such settings where those of a version serve for them, as
    well. It may need a type of `load_balancer`.
    """

    steps: Callable[[Deployment], Iterator[Timed]]
    rollback: Callable[[Situation], Iterator[Timed]]
    ending: Duration
    opening: Duration | None = None
    new_side: bool = False
    single: bool = False
    batches: bool = False
    configures: Callable[[Deployment], Iterator[Timed]] | None = None
    load_balancer: str | None = None

    def fits(self, settings: Configuration) -> bool:
        """Tell whether an environment with these settings can be deployed by the policy."""
        traits = settings.traits
        if traits.environment_type == "SingleInstance" and not self.single:
            return False
        return self.load_balancer is None or (traits.balanced and traits.load_balancer == self.load_balancer)

    @property
    def in_place(self) -> Callable[[Deployment], Iterator[Timed]]:
        """The steps for what stays on its instances, as a restart does: in batches where versions come in batches."""
        return rolling if self.batches else all_at_once

    @property
    def configuring(self) -> Callable[[Deployment], Iterator[Timed]]:
        """The steps of settings that running instances take over."""
        return self.in_place if self.configures is None else self.configures


def all_at_once(deployment: Deployment) -> Iterator[Timed]:
    """Every instance at the same time, without taking any out of service and without waiting for health."""
    yield deployment.command(deployment.instances), after(deployment.command_name)
    yield Close(), instantly


def rolling(deployment: Deployment) -> Iterator[Timed]:
    """One batch after the other, each out of service while it changes and healthy before the next begins."""
    for batch in _numbered(deployment):
        yield from _batch_deployed(deployment, batch, len(deployment.instances))
    yield Close(), instantly


def rolling_with_additional_batch(deployment: Deployment) -> Iterator[Timed]:
    """A batch is launched first, so that capacity never falls; then as rolling.

    The surplus is left to the group, which has it once the update has ended. Where the batch is as large as the fleet,
    the old instances are that surplus, and are not updated (docs/facts.md#rolling-with-an-additional-batch).
    """
    new_ids = deployment.new_ids[: deployment.batch_size]
    total = len(deployment.instances) + len(new_ids)
    yield Announce(messages.ADDITIONAL_BATCH_ENABLED(count=len(new_ids))), after("rolling.additional")
    yield LaunchInstances(new_ids), instantly
    yield JoinInstances(new_ids), after("rolling.joined")
    launched = messages.ADDITIONAL_BATCH_LAUNCHED(
        batch=1, count=len(new_ids), instances=", ".join(new_ids), version=deployment.version_label or NO_VERSION
    )
    yield Announce(launched), after("rolling.launched")
    yield from _command_and_health(deployment, (1, new_ids, len(new_ids)), total)
    for batch in () if len(new_ids) == len(deployment.instances) else _numbered(deployment, 2, len(new_ids)):
        yield from _batch_deployed(deployment, batch, total)
    yield Close(), instantly


def leave_as_is(situation: Situation) -> Iterator[Timed]:
    """Undo nothing: the deployed version stays, and a batch that is out of service stays out.

    After an abort nothing is wrong with the current batch, so it goes back into service. The fleet is no larger
    afterwards than it was: of an additional batch the surplus is terminated.
    """
    if situation.is_aborted:
        waiting = (
            instance for instance in situation.running if instance.state == "running" and not instance.in_service
        )
        out_of_service = tuple(instance.id for instance in waiting)
        if out_of_service:
            yield Register(out_of_service), instantly
    yield from repairs.resize(situation)


POLICIES: Mapping[str, Policy] = {
    "AllAtOnce": Policy(all_at_once, leave_as_is, after("deployed"), opening=after("deploying"), single=True),
    "Rolling": Policy(
        rolling, leave_as_is, after("rolling.deployed"), opening=after("rolling.deploying"), batches=True
    ),
    "RollingWithAdditionalBatch": Policy(
        rolling_with_additional_batch,
        leave_as_is,
        after("rolling.deployed"),
        batches=True,
        configures=rolling_with_additional_batch,
    ),
    "Immutable": Policy(new_side.immutable, new_side.drop, after("immutable.deployed"), new_side=True, single=True),
    "TrafficSplitting": Policy(
        new_side.traffic_splitting,
        new_side.route_back,
        after("immutable.deployed"),
        new_side=True,
        load_balancer="application",
    ),
}
DEFAULT = "AllAtOnce"
NO_VERSION = "n/a"  # where an environment has none [inferred: as its health says it]


def policy_name(settings: Configuration) -> str:
    """The policy in force; all at once if the environment cannot have the configured policy [inferred]."""
    value = (settings.value(COMMAND, "DeploymentPolicy") or DEFAULT).lower()
    name = {name.lower(): name for name in POLICIES}[value]
    return name if POLICIES[name].fits(settings) else DEFAULT


def policy_of(settings: Configuration) -> Policy:
    """The row of the policy in force."""
    return POLICIES[policy_name(settings)]


def _numbered(deployment: Deployment, first: int = 1, total: int = 0) -> Iterator[Batch]:
    """The batches with their numbers; `total` instances have changed before all of them."""
    for number, instances in enumerate(deployment.batches, first):
        total += len(instances)
        yield number, instances, total


def _batch_deployed(deployment: Deployment, batch: Batch, total: int) -> Iterator[Timed]:
    """A batch goes out of service, changes and comes back."""
    (number, instances, _), rules = batch, deployment.rules
    starting = _sentences(deployment).starting(batch=number, instances=", ".join(instances))
    yield Announce(starting), after("rolling.batch") if number == 1 else instantly
    if rules.balanced:
        yield Announce(messages.BATCH_DEREGISTERING(batch=number)), after("rolling.deregistering")
        yield Deregister(instances), after("rolling.deregister" if rules.enhanced else "rolling.deregister-basic")
        if rules.draining:
            yield Wait("connections to drain"), lasting(rules.draining)
    yield from _command_and_health(deployment, batch, total)


def _command_and_health(deployment: Deployment, batch: Batch, total: int) -> Iterator[Timed]:
    """The command runs on a batch, and its instances come into service and prove healthy."""
    number, instances, count = batch
    sentences = _sentences(deployment)
    yield Announce(sentences.command_starting(batch=number)), instantly
    yield deployment.command(instances, serves=not deployment.rules.balanced), after("rolling.command")
    yield Announce(sentences.command_completed(batch=number)), instantly
    yield Announce(messages.COMMAND_COMPLETED_ON(done=count, total=total)), instantly
    if deployment.rules.balanced:
        yield Announce(messages.BATCH_REGISTERING(batch=number)), instantly
        yield Register(instances), instantly
    yield deployment.health_of(instances), after("rolling.healthy", deployment.rules.health_kind)
    yield Announce(sentences.completed(batch=number)), instantly


def _sentences(deployment: Deployment) -> messages.BatchSentences:
    """A restart deploys nothing, and says so; settings come in the words of a deployment [inferred]."""
    return messages.RESTART_BATCH if deployment.command_name == "restart" else messages.DEPLOYMENT_BATCH
