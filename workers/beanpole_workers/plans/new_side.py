"""A new side beside the old one, in an Auto Scaling group of its own, until it takes the old one's place.

Immutable and traffic-splitting deployments use one, and so do immutable updates of the configuration. No old instance
is touched until the new side has proved healthy, so the rollback is to terminate the new side.
"""

from collections.abc import Iterator

from beanpole.model.events import failures, messages
from beanpole.model.plan.durations import Duration, Timed, after, instantly, lasting
from beanpole.model.plan.plan import Situation
from beanpole.model.plan.steps import (
    TEMPORARY,
    Announce,
    AnnounceInstances,
    Close,
    Deprovision,
    EnterGroup,
    JoinInstances,
    LaunchInstances,
    LeaveGroup,
    Provision,
    Register,
    RemoveInstances,
    ShareTraffic,
    TerminateInstances,
)
from beanpole_workers.plans.deployment import Deployment


def immutable(deployment: Deployment) -> Iterator[Timed]:
    """One instance first; when it is healthy, the others; when all are healthy, they take over.

    So do other settings and another platform.
    """
    yield Announce(messages.IMMUTABLE_ENABLED()), after("immutable.enabled")
    new = deployment.new_ids
    first, rest = new[:1], new[1:]
    yield Provision(TEMPORARY), after("immutable.group")
    yield from _launched(deployment, first, after("immutable.booted"))
    yield from _registered(deployment, first)
    yield Announce(messages.WAITING_FOR_HEALTH(instances=",".join(first))), after("immutable.waiting")
    yield AnnounceInstances(first), after("immutable.added")
    yield deployment.health_of(first), after("immutable.healthy", deployment.rules.health_kind)
    if rest:
        yield Announce(messages.TEST_INSTANCE_PASSED()), instantly
        yield from _launched(deployment, rest, after("immutable.booted-rest"), quietly=True)
        yield AnnounceInstances(rest), after("immutable.added-rest")
        yield Announce(messages.LAUNCHED_ALL_INSTANCES()), after("immutable.launched-rest")
        yield from _registered(deployment, rest)
        yield Announce(messages.WAITING_FOR_HEALTH(instances=",".join(new))), after("immutable.waiting")
        yield deployment.health_of(new), after("immutable.all-healthy", deployment.rules.health_kind)
    yield from _taken_over(deployment, new)


def traffic_splitting(deployment: Deployment) -> Iterator[Timed]:
    """All of the new side at once; a share of the traffic first, for as long as it is evaluated, then all of it."""
    new = deployment.new_ids
    yield Announce(messages.TRAFFIC_SPLITTING_ENABLED(count=len(new))), after("immutable.enabled")
    yield Provision(TEMPORARY), after("immutable.group")
    yield from _launched(deployment, new, after("immutable.booted"))
    yield AnnounceInstances(new), after("immutable.added-rest")
    yield Announce(messages.LAUNCHED_ALL_INSTANCES()), after("immutable.launched-rest")
    yield from _registered(deployment, new, percent=0)
    yield Announce(messages.WAITING_FOR_HEALTH(instances=",".join(new))), after("immutable.waiting")
    yield deployment.health_of(new), after("immutable.all-healthy", deployment.rules.health_kind)
    yield ShareTraffic(deployment.rules.percent), instantly
    routing = messages.ROUTING_PART_OF_TRAFFIC(percent=deployment.rules.percent, minutes=deployment.rules.minutes)
    yield Announce(routing), instantly
    yield deployment.health_of(new), lasting(deployment.rules.minutes * 60.0)
    yield ShareTraffic(100), instantly
    yield Announce(messages.ROUTING_ALL_TRAFFIC()), instantly
    yield from _taken_over(deployment, new)


def drop(situation: Situation) -> Iterator[Timed]:
    """Terminate the new side and delete its group; after an abort there is no event of a failure."""
    if not situation.is_aborted:
        yield Announce(failures.IMMUTABLE_FAILED()), instantly
    yield from dropped(situation, situation.launched, keeps_logs=not situation.is_aborted)


def route_back(situation: Situation) -> Iterator[Timed]:
    """Send all traffic to the old side, then terminate the new one."""
    yield ShareTraffic(0), instantly
    if not situation.is_aborted:
        yield Announce(failures.TRAFFIC_SPLITTING_FAILED()), instantly
    yield from dropped(situation, situation.launched)


def dropped(situation: Situation, new: tuple[str, ...], keeps_logs: bool = False) -> Iterator[Timed]:
    """Terminate the new instances, and delete the temporary group if there is one.

    Instances of an immutable update that failed upload their logs first (environmentmgmt-updates-immutable).
    """
    if new:
        yield TerminateInstances(new, keeps_logs), instantly
        yield RemoveInstances(new, announced=True), after("immutable.dropped")
    if situation.environment.resource(TEMPORARY) is not None:
        yield Deprovision(TEMPORARY, quietly=True), instantly


def _launched(
    deployment: Deployment, instances: tuple[str, ...], booted: Duration, quietly: bool = False
) -> Iterator[Timed]:
    """Instances boot with the new version; in the captures only the test instance has an event."""
    yield LaunchInstances(instances, TEMPORARY), instantly
    yield JoinInstances(instances, quietly=True), booted
    yield deployment.command(instances, not deployment.rules.balanced, quietly), after("immutable.command")


def _registered(deployment: Deployment, instances: tuple[str, ...], percent: int | None = None) -> Iterator[Timed]:
    """Register instances with the load balancer, if there is one, and give them their share of the traffic."""
    if deployment.rules.balanced:
        yield Announce(messages.ADDING_TO_BALANCER(instances=",".join(instances))), after("immutable.adding")
        if percent is not None:
            yield ShareTraffic(percent), instantly
        yield Register(instances), instantly


def _taken_over(deployment: Deployment, new: tuple[str, ...]) -> Iterator[Timed]:
    """Move the new side to the permanent group and terminate the old side; this cannot be undone."""
    old = deployment.instances
    yield Close(), instantly
    yield LeaveGroup(new), instantly
    yield EnterGroup(new), after("immutable.attached")
    yield Announce(messages.POST_DEPLOYMENT_STARTING()), after("immutable.post-deployment")
    yield Announce(messages.INSTANCE_DEPLOYMENT_COMPLETED()), after("immutable.post-deployed")
    yield Announce(messages.POST_DEPLOYMENT_WAITING()), after("immutable.post-waiting")
    yield Announce(messages.DEPLOYMENT_SUCCEEDED()), after("immutable.succeeded")
    yield TerminateInstances(old), instantly
    yield RemoveInstances(old[:1], announced=True), after("immutable.removed")
    if old[1:]:
        yield RemoveInstances(old[1:], announced=True), after("immutable.removed-rest")
    yield Deprovision(TEMPORARY, quietly=True), instantly
