"""A change of the environment type, in both directions (docs/facts.md#change-of-the-environment-type)."""

from collections.abc import Iterator

from beanpole.model.environment.environment import Environment
from beanpole.model.environment.resources import family
from beanpole.model.options.definitions import Traits
from beanpole.model.plan.durations import Duration, Timed, after, instantly
from beanpole.model.plan.plan import Situation
from beanpole.model.plan.steps import (
    Close,
    Deprovision,
    JoinInstances,
    LaunchInstances,
    Provision,
    RemoveInstances,
    Repoint,
    Step,
    TerminateInstances,
)
from beanpole_workers.plans.deployment import Deployment

# The resources of a load balancer, in the order in which they are created, and those that scale a group.
BALANCERS = {
    "classic": ("load-balancer-security-group", "classic-load-balancer"),
    "application": (
        "target-group",
        "load-balancer-security-group",
        "application-load-balancer",
        "application-listener",
    ),
    "network": ("target-group", "load-balancer-security-group", "network-load-balancer", "network-listener"),
}
SHARED = ("target-group", "listener-rule")  # of an environment behind a shared load balancer
SCALING = ("scale-up-policy", "scale-down-policy", "alarm-high", "alarm-low")


def is_retyped(situation: Situation) -> bool:
    """Tell whether the request changes EnvironmentType."""
    return situation.configuration.traits.environment_type != situation.new_configuration.traits.environment_type


def retype(situation: Situation, deployment: Deployment, keeps: bool) -> Iterator[Timed]:
    """Create the new type's resources, launch its instances, repoint the CNAME, delete resources of the old type alone.

    A single instance joins the group, if it `keeps` running (docs/facts.md#change-of-the-environment-type).
    """
    traits = situation.new_configuration.traits
    if traits.environment_type == "LoadBalanced":
        yield from _to_group(situation, deployment, traits, keeps)
    else:
        yield from _to_single(situation, deployment)


def undo(situation: Situation) -> Iterator[Timed]:
    """Repoint the CNAME to where it pointed, and delete what only the new type needed."""
    environment, single = situation.environment, situation.configuration.traits.environment_type == "SingleInstance"
    address = environment.resource("elastic-ip" if single else _front(environment))
    if address is not None and environment.endpoint_url != address.endpoint:
        yield Repoint(address.kind), instantly
    yield from _deleted(
        environment, _parts(environment, situation.new_configuration.traits) if single else ("elastic-ip",)
    )


def _to_group(situation: Situation, deployment: Deployment, traits: Traits, keeps: bool) -> Iterator[Timed]:
    worker = situation.environment.is_worker
    balancer: tuple[str, ...] = () if worker else _balancer(situation.environment, traits)
    yield from _timed([Provision(kind) for kind in balancer], after("retype.balancer"))
    has_group = situation.environment.resource("auto-scaling-group") is not None  # else a launch came to nothing
    yield from _timed([Provision(kind) for kind in SCALING if has_group], after("retype.scaling"))
    if balancer:
        yield Repoint(_front(situation.environment)), after("retype.repointed")
    size = len(deployment.new_ids)
    survivors = deployment.instances[:size] if keeps else ()
    yield from _launched(deployment, deployment.new_ids[: size - len(survivors)])
    changed_ids = tuple(
        instance.id for instance in situation.running if instance.deployment_id != deployment.deployment_id
    )
    if waiting := tuple(id_ for id_ in survivors if id_ in changed_ids):
        yield deployment.command(waiting), after("retype.command")
    yield Close(), instantly
    yield from _terminated(tuple(id_ for id_ in deployment.instances if id_ not in survivors))
    if situation.environment.resource("elastic-ip") is not None:
        yield Deprovision("elastic-ip"), after("retype.address")


def _to_single(situation: Situation, deployment: Deployment) -> Iterator[Timed]:
    environment = situation.environment
    worker = environment.is_worker
    if not worker:
        yield Provision("elastic-ip"), after("retype.address-created")
    yield from _launched(deployment, deployment.new_ids)
    if not worker:
        yield Repoint("elastic-ip"), after("retype.repointed")
    yield Close(), instantly
    yield from _terminated(deployment.instances)
    yield from _deleted(environment, _parts(environment, situation.configuration.traits))


def _launched(deployment: Deployment, new_ids: tuple[str, ...]) -> Iterator[Timed]:
    if new_ids:
        yield LaunchInstances(new_ids), instantly
        yield JoinInstances(new_ids), after("retype.joined")
        yield deployment.command(new_ids), after("retype.command")


def _terminated(instances: tuple[str, ...]) -> Iterator[Timed]:
    if instances:
        yield TerminateInstances(instances), instantly
        yield RemoveInstances(instances, announced=True), after("retype.removed")


def _balancer(environment: Environment, traits: Traits) -> tuple[str, ...]:
    """The kinds of resource that an environment has for its load balancer."""
    return BALANCERS[traits.load_balancer] if environment.shared_balancer is None else SHARED


def _front(environment: Environment) -> str:
    """The kind of resource with the endpoint of a group."""
    return "load-balancer" if environment.shared_balancer is None else "listener-rule"


def _parts(environment: Environment, traits: Traits) -> tuple[str, ...]:
    """The kinds of resource that a group has and a single instance has not."""
    return (*(_balancer(environment, traits) if traits.tier == "WebServer" else ()), *SCALING)


def _deleted(environment: Environment, kinds: tuple[str, ...]) -> Iterator[Timed]:
    """Delete the resources that are there, in the reverse order of their creation."""
    present = [kind for kind in map(family, reversed(kinds)) if environment.resource(kind) is not None]
    yield from _timed([Deprovision(kind) for kind in present], after("retype.deleted"))


def _timed(steps: list[Step], duration: Duration) -> Iterator[Timed]:
    """Steps that begin together: the first of them takes the time of all."""
    for index, step in enumerate(steps):
        yield step, instantly if index else duration
