"""The answerers of a name: its environments now and lately, and the instances of each that get its requests.

The traffic server, the route of CNAMEs and the comparison of policies all decide by these functions.
"""

from collections.abc import Iterable

from msgspec import Struct

from beanpole.model.environment.environment import Environment
from beanpole.model.environment.fleet import Fleet
from beanpole.model.environment.instance import Instance

ALL = 100  # percent of the requests


class Answerer(Struct, frozen=True):
    """An environment that a request to a name may reach.

    `until` is None for the holder of the name; for an environment that gave it away it is the instant in milliseconds
    at which the last resolver forgets the old address.
    """

    environment: Environment
    until: int | None = None


class Side(Struct, frozen=True):
    """The instances in service that share `percent` of the requests to their environment; there may be none."""

    percent: int
    instances: tuple[Instance, ...]


def answerers(environments: Iterable[Environment], cname: str, now: int) -> tuple[Answerer, ...]:
    """The holder of a CNAME, then the environments that resolvers may still answer with; none of them is terminated.

    DNS does not tell upper case from lower.
    """
    holders, former = [], []
    for environment in environments:
        if not environment.live:
            continue
        if environment.cname is not None and environment.cname.lower() == cname.lower():
            holders.append(Answerer(environment))
        else:
            untils = [old.until for old in environment.former_cnames if old.may_lead_here(cname, now)]
            former += [Answerer(environment, max(untils))] if untils else []
    return (*holders, *former)


def sides(environment: Environment, fleet: Fleet) -> tuple[Side, ...]:
    """The sides of an environment that get requests: one, or two while traffic is split between old and new instances.

    The instances of the new side are those that the running activity has launched. A side keeps its percentage when
    none of its instances is in service, as a target group does. A worker environment takes its work from a queue.
    """
    if environment.is_worker:
        return ()
    in_service = tuple(instance for instance in fleet.values() if instance.in_service)
    activity, percent = environment.activity, environment.traffic
    if percent is None or activity is None:
        return (Side(ALL, in_service),)
    old = Side(ALL - percent, tuple(instance for instance in in_service if instance.serial != activity.serial))
    new = Side(percent, tuple(instance for instance in in_service if instance.serial == activity.serial))
    return tuple(side for side in (old, new) if side.percent)


def behind_no_balancer(environment: Environment, fleet: Fleet) -> Instance | None:
    """The instance that an Elastic IP leads to, healthy or not, since there is no health check, and its proxy runs.

    None behind a load balancer, and while it boots, is deployed to, or terminates.
    """
    if environment.is_worker or environment.balancer is not None:
        return None
    return next((instance for instance in fleet.values() if instance.state == "running"), None)


def serving(environment: Environment, fleet: Fleet) -> tuple[Instance, ...]:
    """All instances of an environment that get requests."""
    return tuple(instance for side in sides(environment, fleet) for instance in side.instances)
