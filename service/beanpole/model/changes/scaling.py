"""The effect of a call to EC2, Auto Scaling or a load balancer on an environment: a fact for the engine."""

from collections.abc import Iterable

from msgspec import Struct
from msgspec.structs import replace

from beanpole.model.changes.change import Change, Wake
from beanpole.model.environment.environment import Environment
from beanpole.model.environment.fleet import Fleet, FleetChange
from beanpole.model.environment.ingress import Ingress
from beanpole.model.environment.instance import Instance
from beanpole.model.environment.lanes import Sighting, look
from beanpole.model.environment.losses import By, loss_of, recent
from beanpole.model.events import failures, messages
from beanpole.model.events.event import Event
from beanpole.model.time.clock import Clock

# Activities whose steps act on no instance, so that one may be terminating meanwhile.
ASIDE = ("swap", "link", "tag")


class Moment(Struct, frozen=True):
    """An instant of an account's clock, and the instances that the environment's plan waits for, `timeout` seconds."""

    now: int
    clock: Clock
    awaited: tuple[str, ...] = ()
    timeout: float = 0.0


def terminate(
    environment: Environment, fleet: Fleet, ids: Iterable[str], by: By, moment: Moment, desired: int | None = None
) -> Change:
    """Terminate instances; the group replaces them, unless the call sets its `desired` capacity.

    Instances that a plan acts on are gone for it at once, as with the fault `instance-dies`: a step that waits for one
    of them waits until its timeout.
    """
    now = moment.now
    going = [fleet[id_] for id_ in ids if fleet[id_].state != "terminating"]
    activity = environment.activity
    busy = activity is not None and activity.kind not in ASIDE
    after = replace(
        environment,
        desired=environment.desired if desired is None else desired,
        group_due=None if environment.status == "Terminating" else now,
        losses=(*recent(environment.losses, now), *(loss_of(instance, now, by) for instance in going)),
    )
    if busy:
        ends = tuple(Sighting(now, instance.id, None, by) for instance in going)
        change = FleetChange(environment.id, removals=tuple(instance.id for instance in going), sightings=ends)
        events = tuple(_removed(after, instance, by, now) for instance in going if instance.announced)
        after = _waiting(after, {instance.id for instance in going}, moment)
    else:
        change = _fleet_change(environment, tuple(instance.begin_termination() for instance in going), now, by)
        events = ()
    return Change(puts=(after,), fleet=change, events=events)


def _waiting(environment: Environment, missing_ids: set[str], moment: Moment) -> Environment:
    """The environment, whose plan waits for the answers of instances that are gone."""
    activity = environment.activity
    if activity is None or missing_ids.isdisjoint(moment.awaited):
        return environment
    late = activity.began + moment.clock.lasting(moment.timeout)
    return replace(environment, activity=replace(activity, due=max(activity.due, late)))


def set_capacity(environment: Environment, desired: int, now: int) -> Change:
    """Set the capacity that the group is to have."""
    return Change(puts=(replace(environment, desired=desired, group_due=now),))


def set_ingress(environment: Environment, changes: Iterable[Ingress]) -> Change:
    """Keep the rules that were added to and taken from the security groups, of those groups that are still there."""
    names = {resource.name for resource in environment.resources}
    return Change(puts=(replace(environment, ingress=tuple(rule for rule in changes if rule.group in names)),))


def deregister(environment: Environment, instances: Iterable[Instance], now: int) -> Change:
    """Take instances from the load balancer, until they are registered again."""
    puts = tuple(instance.leave_service() for instance in instances)
    return _change_of_fleet(environment, puts, now)


def register(environment: Environment, instances: Iterable[Instance], now: int) -> Change:
    """Register instances with the load balancer, which sends them requests if they pass its checks."""
    puts = tuple(instance.enter_service() for instance in instances)
    return _change_of_fleet(environment, puts, now)


def _change_of_fleet(environment: Environment, puts: tuple[Instance, ...], now: int) -> Change:
    """The change of instances, which wakes the environment, so that health shows it."""
    wake = Wake("environment", environment.id, now)
    return Change(puts=(environment,), fleet=_fleet_change(environment, puts, now), wakes=(wake,))


def _fleet_change(environment: Environment, puts: tuple[Instance, ...], now: int, by: By | None = None) -> FleetChange:
    """The change of instances, with how they look after it."""
    sightings = tuple(Sighting(now, instance.id, look(instance), by) for instance in puts)
    return FleetChange(environment.id, puts, sightings=sightings)


def _removed(environment: Environment, instance: Instance, by: By, now: int) -> Event:
    return environment.tell(removal(instance.id, by), now, None)


def removal(id_: str, by: By) -> messages.Message:
    """The event of an instance that is gone: the group finds out by its checks that EC2 has none of that id."""
    return (failures.REMOVED_DEAD_INSTANCE if by == "ec2" else messages.REMOVED_INSTANCE)(instance=id_)
