"""Links: an environment knows others of its group by names of its own, which become properties once those are up.

An environment waits for those that it links to, its targets; while the links are made, both have a status that says so
(docs/facts.md#links-and-groups; how long that takes and where it stands in a launch is inferred).
"""

from collections.abc import Iterable, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter

from msgspec.structs import replace

from beanpole.model import errors
from beanpole.model.changes.change import Change
from beanpole.model.environment import worker_queue
from beanpole.model.environment.environment import Environment
from beanpole.model.environment.link import Link
from beanpole.model.environment.requests import Configure
from beanpole.model.environment.requests import Link as LinkRequest
from beanpole.model.options.configuration import merge
from beanpole.model.options.definitions import OptionSetting
from beanpole.model.options.namespaces import PROPERTIES

OPERATION = "linkEnvironments"  # no event names it


def is_up(target: Environment, request_id: str) -> bool:
    """Tell whether the target has an address: its launch has ended, and the activity that the same call began, too."""
    activity = target.activity
    if activity is None or activity.kind in ("link", "scale"):
        return True
    return activity.kind != "launch" and activity.request_id != request_id


def waiting(environment: Environment, targets: Iterable[Environment]) -> Environment:
    """The environment, with an activity that waits for the targets."""
    if environment.activity is None:
        raise ValueError(f"{environment.id} has no activity that could wait")
    ids = tuple(dict.fromkeys(target.id for target in targets))
    activity = replace(environment.activity, waits_for=ids)
    if activity.kind == "launch":
        return replace(environment, activity=activity)
    health_due = environment.health_due or activity.started  # nothing else wakes an environment that waits
    return replace(environment, activity=activity, health_due=health_due)


def awaited(target: Environment, waiter: Environment) -> Environment:
    """The target; the end of its activity, if it has one, wakes the environment that waits for it."""
    if target.activity is None:
        return target
    return replace(target, activity=replace(target.activity, wakes=(*target.activity.wakes, waiter.id)))


def link(environment: Environment, targets: Sequence[Environment]) -> Change | None:
    """Begin the activity that waited: the addresses of the targets become properties; None while a target is not up.

    Targets that are Ready are LinkingTo while the links are made; the status of the others stays as it is.
    """
    activity = environment.activity
    if activity is None or not activity.waits_for:
        return None
    live = [target for target in targets if target.live]
    if not all(is_up(target, activity.request_id) for target in live):
        return None
    at = max([activity.started, *(target.done.ended for target in live if target.done)])
    addresses = properties(environment.links, {target.environment_name: target for target in live})
    linked_activity = replace(activity, waits_for=(), began=at, due=at)
    if isinstance(activity.request, Configure):
        settings = merge(activity.request.settings or environment.settings, addresses)
        linked_activity = replace(linked_activity, request=replace(activity.request, settings=settings))
    else:
        environment = replace(environment, settings=merge(environment.settings, addresses))
    linking = tuple(_linked_to(target, activity.request_id, at) for target in live if target.status == "Ready")
    return Change(
        puts=(replace(environment, status="LinkingFrom", activity=linked_activity, date_updated=at), *linking),
        reads=tuple(target for target in live if target.status != "Ready"),
    )


def properties(links: Iterable[Link], targets: Mapping[str, Environment]) -> tuple[OptionSetting, ...]:
    """A property for each link: the CNAME of a web environment, or the URL of a worker's queue; none without either."""
    addresses = ((link.link_name, _address(targets.get(link.environment_name))) for link in links)
    return tuple(OptionSetting(PROPERTIES, name, address) for name, address in addresses if address is not None)


def check_no_circle(links: Mapping[str, Iterable[str]]) -> None:
    """Raise LinksInCircle if the links among environments, given by name, form a circle."""
    try:
        TopologicalSorter(links).prepare()
    except CycleError as error:
        raise errors.LinksInCircle(environments=", ".join(reversed(error.args[1]))) from None


def _linked_to(target: Environment, request_id: str, at: int) -> Environment:
    return replace(target.begin(LinkRequest(), OPERATION, request_id, at), status="LinkingTo")


def _address(target: Environment | None) -> str | None:
    if target is None:
        return None
    return worker_queue.url(target) if target.is_worker else target.cname
