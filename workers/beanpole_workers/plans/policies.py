"""The deployment policies: each says its steps in the order in which the developer guide says them.

A policy knows nothing of time: beside each step stands the name of its duration. What a policy that fails or is aborted
leaves to undo stands in `ROLLBACKS`.
"""

from collections.abc import Callable, Iterator

from beanpole.model.events import messages
from beanpole.model.plan.plan import Situation, Timed
from beanpole.model.plan.steps import (
    Announce,
    Close,
    Deregister,
    JoinInstances,
    LaunchInstances,
    Register,
    RemoveInstances,
    TerminateInstances,
    Wait,
)
from beanpole_workers.plans import new_side, repairs
from beanpole_workers.plans.deployment import Deployment

Policy = Callable[[Deployment], Iterator[Timed]]
Rollback = Callable[[Situation], Iterator[Timed]]

Batch = tuple[int, tuple[str, ...], int]  # its number, its instances, and how many have changed once they have


def all_at_once(deployment: Deployment) -> Iterator[Timed]:
    """Every instance at the same time; none is taken out of service first, and nobody waits for health."""
    yield deployment.command(deployment.instances), deployment.command_name
    yield Close(), None


def rolling(deployment: Deployment) -> Iterator[Timed]:
    """One batch after the other, each out of service while it changes and healthy before the next begins."""
    for batch in _numbered(deployment):
        yield from _replaced_in_place(deployment, batch, len(deployment.instances))
    yield Close(), None


def rolling_with_additional_batch(deployment: Deployment) -> Iterator[Timed]:
    """A batch more than there were, so that capacity is never less; then as rolling, and the oldest go in the end.

    Which ones go is not documented; a group that shrinks takes its oldest first.
    """
    new_ids = deployment.new_ids[: deployment.batch_size]
    total = len(deployment.instances) + len(new_ids)
    yield Announce(messages.ADDITIONAL_BATCH_ENABLED(count=len(new_ids))), "rolling.additional"
    yield LaunchInstances(new_ids), None
    yield JoinInstances(new_ids), "rolling.joined"
    launched = messages.ADDITIONAL_BATCH_LAUNCHED(
        batch=1, count=len(new_ids), instances=", ".join(new_ids), version=deployment.version_label
    )
    yield Announce(launched), "rolling.launched"
    yield from _changed(deployment, (1, new_ids, len(new_ids)), total)
    for batch in _numbered(deployment, 2, len(new_ids)):
        yield from _replaced_in_place(deployment, batch, total)
    surplus = (*deployment.instances, *new_ids)[: len(new_ids)]
    yield Close(), None
    yield TerminateInstances(surplus), None
    yield RemoveInstances(surplus, announced=True), "rolling.removed"


def leave_as_is(situation: Situation) -> Iterator[Timed]:
    """Nothing is undone: what was deployed stays, and a batch that is out of service stays out.

    Where nothing went wrong, because somebody aborted it, a batch that was only on its way goes back into service. The
    fleet is no larger afterwards than it was: of an additional batch as many go as there are too many.
    """
    if situation.is_aborted:
        out = tuple(it.id for it in situation.running if it.state == "running" and not it.in_service)
        if out:
            yield Register(out), None
    yield from repairs.resize(situation)


POLICIES: dict[str, Policy] = {
    "AllAtOnce": all_at_once,
    "Rolling": rolling,
    "RollingWithAdditionalBatch": rolling_with_additional_batch,
    "Immutable": new_side.immutable,
    "TrafficSplitting": new_side.traffic_splitting,
}
ROLLBACKS: dict[str, Rollback] = {
    "AllAtOnce": leave_as_is,
    "Rolling": leave_as_is,
    "RollingWithAdditionalBatch": leave_as_is,
    "Immutable": new_side.drop,
    "TrafficSplitting": new_side.route_back,
}
BESIDE = ("Immutable", "TrafficSplitting")  # those that have a new side


def policy(name: str | None) -> Policy:
    """The policy of a DeploymentPolicy setting."""
    return POLICIES[name or "AllAtOnce"]


def policy_in_place(name: str | None) -> Policy:
    """The policy for what stays on the instances there are, as a restart does: in batches where versions come so."""
    return rolling if name in ("Rolling", "RollingWithAdditionalBatch") else all_at_once


def _numbered(deployment: Deployment, first: int = 1, done: int = 0) -> Iterator[Batch]:
    """The batches with their numbers; `done` instances have changed before all of them."""
    for number, instances in enumerate(deployment.batches, first):
        done += len(instances)
        yield number, instances, done


def _replaced_in_place(deployment: Deployment, batch: Batch, total: int) -> Iterator[Timed]:
    """A batch goes out of service, changes and comes back."""
    number, instances, _ = batch
    starting = messages.BATCH_STARTING(batch=number, instances=", ".join(instances))
    yield Announce(starting), "rolling.batch" if number == 1 else None
    if deployment.balanced:
        yield Announce(messages.BATCH_DEREGISTERING(batch=number)), "rolling.deregistering"
        yield Deregister(instances), f"rolling.deregister{deployment.health_kind}"
        if deployment.draining:
            yield Wait("connections to drain"), deployment.draining
    yield from _changed(deployment, batch, total)


def _changed(deployment: Deployment, batch: Batch, total: int) -> Iterator[Timed]:
    """The command runs on a batch, and it comes into service."""
    number, instances, done = batch
    yield Announce(messages.BATCH_COMMAND_STARTING(batch=number)), None
    yield deployment.command(instances, serves=not deployment.balanced), "rolling.command"
    yield Announce(messages.BATCH_COMMAND_COMPLETED(batch=number)), None
    yield Announce(messages.COMMAND_COMPLETED_ON(done=done, total=total)), None
    if deployment.balanced:
        yield Announce(messages.BATCH_REGISTERING(batch=number)), None
        yield Register(instances), None
    yield deployment.health_of(instances), f"rolling.healthy{deployment.health_kind}"
    yield Announce(messages.BATCH_COMPLETED(batch=number)), None
