"""Links: an environment knows others of its group by names of its own, which become properties once those are up.

An environment waits for those that it links to, and all of them show a status of their own while they are being linked
(docs/facts.md#links-and-groups; how long that takes and where it stands in a launch is inferred).
"""

from collections.abc import Iterable, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter

from msgspec.structs import replace

from beanpole.model import errors
from beanpole.model.changes.change import Change
from beanpole.model.environment.environment import Environment
from beanpole.model.environment.link import Link
from beanpole.model.environment.requests import Configure
from beanpole.model.environment.requests import Link as LinkRequest
from beanpole.model.options.configuration import OptionSetting, merge
from beanpole.model.options.namespaces import PROPERTIES

OPERATION = "linkEnvironments"  # nobody is told of it


def is_up(target: Environment, request_id: str) -> bool:
    """It has what a link leads to: its launch is over, and so is what the same request asked of it."""
    activity = target.activity
    if activity is None or activity.kind == "link":
        return True
    return activity.kind != "launch" and activity.request_id != request_id


def waiting(environment: Environment, targets: Iterable[Environment]) -> Environment:
    """The environment, whose activity waits for those it links to."""
    if environment.activity is None:
        raise ValueError(f"{environment.id} has nothing to do that could wait")
    ids = tuple(dict.fromkeys(it.id for it in targets))
    return replace(environment, activity=replace(environment.activity, waits_for=ids))


def awaited(target: Environment, by: Environment) -> Environment:
    """The target; if it is busy, the end of that wakes the one that waits."""
    if target.activity is None:
        return target
    return replace(target, activity=replace(target.activity, wakes=(*target.activity.wakes, by.id)))


def link(environment: Environment, targets: Sequence[Environment]) -> Change | None:
    """Take up what waited, if all targets are up: their addresses become properties; None if one is not up yet.

    Targets that are Ready are linked to for as long as it takes; those that are busy otherwise are not disturbed.
    """
    activity = environment.activity
    if activity is None or not activity.waits_for:
        return None
    there = [it for it in targets if it.live]
    if not all(is_up(it, activity.request_id) for it in there):
        return None
    at = max([activity.started, *(it.done.ended for it in there if it.done)])
    addresses = properties(environment.links, {it.environment_name: it for it in there})
    going = replace(activity, waits_for=(), began=at, due=at)
    if isinstance(activity.request, Configure):
        settings = merge(activity.request.settings or environment.settings, addresses)
        going = replace(going, request=replace(activity.request, settings=settings))
    else:
        environment = replace(environment, settings=merge(environment.settings, addresses))
    linking = tuple(_linked_to(it, activity.request_id, at) for it in there if it.status == "Ready")
    return Change(
        puts=(replace(environment, status="LinkingFrom", activity=going, date_updated=at), *linking),
        reads=tuple(it for it in there if it.status != "Ready"),
    )


def properties(links: Iterable[Link], targets: Mapping[str, Environment]) -> tuple[OptionSetting, ...]:
    """NAME = the CNAME of a web environment, or the URL of a worker's queue; no property where there is neither."""
    found = ((it.link_name, _address(targets.get(it.environment_name))) for it in links)
    return tuple(OptionSetting(PROPERTIES, name, address) for name, address in found if address is not None)


def check_no_circle(links: Mapping[str, Iterable[str]]) -> None:
    """Raise LinksInCircle if environments, by name, link to each other round and round."""
    try:
        TopologicalSorter(links).prepare()
    except CycleError as error:
        raise errors.LinksInCircle(environments=", ".join(reversed(error.args[1]))) from None


def _linked_to(target: Environment, request_id: str, at: int) -> Environment:
    return replace(target.begin(LinkRequest(), OPERATION, request_id, at), status="LinkingTo")


def _address(target: Environment | None) -> str | None:
    if target is None:
        return None
    queue = target.resource("worker-queue")
    return queue.endpoint if queue is not None else target.cname
