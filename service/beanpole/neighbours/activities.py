"""Auto Scaling's activities: instances that a group has launched, terminated, attached and detached.

The model stores no activities. They follow from the sightings of an environment's instances, which outlive them, for as
long as these are kept.
"""

import operator
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import groupby
from typing import Any, NamedTuple

from beanpole.model.environment import lanes
from beanpole.model.environment.fleet import ZONES
from beanpole.model.environment.lanes import Lane, Sighting
from beanpole.model.environment.losses import By
from beanpole.model.names.ids import Ids
from beanpole.neighbours import autoscaling, derived
from beanpole.neighbours.listing import Item, Listing, Pages
from beanpole.neighbours.owners import Owner, Owners
from beanpole.wire.errors import ProtocolError
from beanpole.wire.schemas import Request

LAUNCHING, TERMINATING = "Launching a new EC2 instance", "Terminating EC2 instance"
ATTACHING, DETACHING = "Attaching an existing EC2 instance", "Detaching EC2 instance"

LISTED_FOR = 42 * 24 * 3_600_000  # milliseconds (Auto Scaling's API reference, DescribeScalingActivities: six weeks)

# The cause of an activity (Auto Scaling's guide, ec2-auto-scaling-health-checks; docs/facts.md#auto-scaling).
CAUSES = {
    "started": "At {at} an instance was started in response to a difference between desired and actual capacity, "
    "increasing the capacity from {before} to {after}.",
    "terminated": "At {at} an instance was taken out of service in response to a difference between desired and "
    "actual capacity, shrinking the capacity from {before} to {after}.  At {at} instance {id} was selected for "
    "termination.",
    "terminated by a user": "At {at} instance {id} was taken out of service in response to a user request.",
    "found terminated": "At {at} an instance was taken out of service in response to an EC2 health check indicating "
    "it has been terminated or stopped.",
    "attached": "At {at} an instance was attached in response to a user request, increasing the capacity from "
    "{before} to {after}.",
    "detached": "At {at} instance {id} was detached in response to a user request, shrinking the capacity from "
    "{before} to {after}.",
}
_BY: dict[By | None, str] = {
    "ec2": "found terminated",
    "autoscaling": "terminated by a user",
    None: "terminated",
}


class Stay(NamedTuple):
    """An instance in one group: it is `leaving` from an instant on, and `left` at another.

    `booted` is the end of its boot, if it has booted here. `is_first` and `is_last`: it was in no group before,
    and is in none after.
    """

    id: str
    group: str
    began: int
    booted: int | None
    leaving: int | None
    left: int | None
    is_first: bool
    is_last: bool
    begins_with_boot: bool


class Activity(NamedTuple):
    """An activity of a group with an instance; one in progress has no end."""

    id: str
    group: str
    doing: str
    began: int
    ended: int | None
    status: str
    cause: str


def activities(owners: Owners, request: Request) -> Iterator[Item]:
    """The activities of the last six weeks, the newest first; those of deleted groups only if the request asks."""
    with_deleted = bool(request.include_deleted_groups)
    for owner in (*owners, *(owners.former() if with_deleted else ())):
        sightings = owners.sightings(owner.environment.id)
        zones = _zones(owner, sightings)
        present = {group.name for group in autoscaling.groups_of(owner)}
        for activity in of_environment(owner, sightings):
            is_there = with_deleted or activity.group in present
            if is_there and owner.now - activity.began < LISTED_FOR and _passes(activity, request):
                yield _item(owner, activity, zones.get(activity.id, derived.zones(owner)[0]))


def of_environment(owner: Owner, sightings: Sequence[Sighting]) -> Iterator[Activity]:
    """The activities of the groups of an environment, as the sightings of its instances show them."""
    fleet = {instance.id: instance for instance in owner.fleet}
    calls = {sighting.id: sighting.by for sighting in sightings if sighting.by is not None}
    by_group: dict[str, list[Stay]] = {}
    for lane in lanes.of_fleet(sightings, fleet):
        for stay in _stays(lane, None if lane.id not in fleet else fleet[lane.id].launched_at):
            by_group.setdefault(stay.group, []).append(stay)
    for stays in by_group.values():
        sizes = _Sizes(stays)
        for stay in stays:
            if stay.begins_with_boot or stay.id in fleet or not stay.is_first:
                yield _beginning(stay, sizes)
            if stay.leaving is not None:
                yield _end(stay, stay.leaving, calls.get(stay.id), sizes)


def cause(kind: str, instant: int, **values: object) -> str:
    """The sentence of the cause of an activity."""
    when = datetime.fromtimestamp(instant / 1000, UTC)
    return CAUSES[kind].format(at=f"{when:%Y-%m-%dT%H:%M:%SZ}", **values)


def activity_id(instance_id: str, doing: str) -> str:
    """The id of an activity of a group with an instance."""
    return Ids("activity", instance_id, doing).request_id()


def _stays(lane: Lane, launched_at: int | None) -> Iterator[Stay]:
    """The stays of an instance in groups; the sightings of an old instance may begin after its launch."""
    parts = [(group, list(spans)) for group, spans in groupby(lane.spans, key=lambda span: span.look.group)]
    for number, (group, spans) in enumerate(parts):
        is_first, is_last, last = number == 0, number == len(parts) - 1, spans[-1]
        booting = [span for span in spans if span.look.state == "pending"]
        terminating = [span.began for span in spans if span.look.state == "terminating"]
        began = launched_at if is_first and launched_at is not None else spans[0].began
        booted = booting[-1].ended if booting else began
        leaving = terminating[0] if terminating else last.ended
        if booting and (booted is None or booted == leaving):
            booted = None
        begins_with_boot = spans[0].look.state == "pending"
        yield Stay(lane.id, group, began, booted, leaving, last.ended, is_first, is_last, begins_with_boot)


class _Sizes:
    """The sizes of a group before and after the activities of an instant."""

    def __init__(self, stays: Iterable[Stay]) -> None:
        listed = list(stays)
        self._began = sorted(stay.began for stay in listed)
        self._leaving = sorted(stay.leaving for stay in listed if stay.leaving is not None)

    def shrinking(self, at: int) -> dict[str, int]:
        """The sizes around the departures of an instant, which come before the launches."""
        there = bisect_left(self._began, at)
        return {"before": there - bisect_left(self._leaving, at), "after": there - bisect_right(self._leaving, at)}

    def increasing(self, at: int) -> dict[str, int]:
        """The sizes around the launches of an instant."""
        left = bisect_right(self._leaving, at)
        return {"before": bisect_left(self._began, at) - left, "after": bisect_right(self._began, at) - left}


def _beginning(stay: Stay, sizes: _Sizes) -> Activity:
    """The launch of an instance, or its attachment; that a launch without a boot is cancelled is [I]."""
    doing, kind = (LAUNCHING, "started") if stay.is_first else (ATTACHING, "attached")
    ended, status = stay.booted, "InProgress" if stay.booted is None else "Successful"
    if not stay.is_first:
        ended, status = stay.began, "Successful"
    elif stay.booted is None and stay.leaving is not None:
        ended, status = stay.leaving, "Cancelled"
    sentence = cause(kind, stay.began, **sizes.increasing(stay.began))
    return Activity(stay.id, stay.group, doing, stay.began, ended, status, sentence)


def _end(stay: Stay, at: int, by: By | None, sizes: _Sizes) -> Activity:
    """The termination of an instance, or its detachment."""
    doing, kind = (TERMINATING, _BY[by]) if stay.is_last else (DETACHING, "detached")
    sentence = cause(kind, at, id=stay.id, **sizes.shrinking(at))
    status = "InProgress" if stay.left is None else "Successful"
    return Activity(stay.id, stay.group, doing, at, stay.left, status, sentence)


def _zones(owner: Owner, sightings: Iterable[Sighting]) -> dict[str, str]:
    """The zones of instances; those that are gone had the next zone in turn, as their launch has spread them."""
    zones: dict[str, str] = {}
    launched: Counter[tuple[int, str]] = Counter()
    for sighting in sightings:
        if sighting.id not in zones and sighting.look is not None:
            launch = sighting.at, sighting.look.group
            zones[sighting.id] = f"{owner.environment.region}{ZONES[launched[launch] % len(ZONES)]}"
            launched[launch] += 1
    return zones | {instance.id: instance.availability_zone for instance in owner.fleet}


def _passes(activity: Activity, request: Request) -> bool:
    """Tell whether an activity passes the filters (Auto Scaling's API reference, DescribeScalingActivities)."""
    return all(
        _passes_one(activity, condition.name or "", condition.values or ()) for condition in request.filters or ()
    )


def _passes_one(activity: Activity, name: str, values: Sequence[str]) -> bool:
    if name == "Status":
        return activity.status in values
    if name not in _BOUNDS:
        raise ProtocolError("ValidationError", f"The filter {name} is not supported.")
    try:
        bounds = [datetime.fromisoformat(value) for value in values]
    except ValueError:
        raise ProtocolError("ValidationError", f"A value of the filter {name} is not an instant.") from None
    instants = [int(bound.replace(tzinfo=bound.tzinfo or UTC).timestamp() * 1000) for bound in bounds]
    return all(_BOUNDS[name](activity.began, instant) for instant in instants)


def _item(owner: Owner, activity: Activity, zone: str) -> Item:
    id_ = activity_id(activity.id, activity.doing)
    members: dict[str, Any] = {
        "activity_id": id_,
        "auto_scaling_group_name": activity.group,
        "description": f"{activity.doing}: {activity.id}",
        "cause": activity.cause,
        "start_time": activity.began,
        "end_time": activity.ended,
        "status_code": activity.status,
        "progress": 50 if activity.ended is None else 100,
        "details": f'{{"Subnet ID":"{derived.subnet(owner, zone)}","Availability Zone":"{zone}"}}',
        "auto_scaling_group_arn": autoscaling.group_arn(owner, activity.group),
    }
    names = {"activity_ids": (id_,), "auto_scaling_group_name": (activity.group,)}
    return Item(f"{10**15 - activity.began:016d} {id_}", members, names)


_BOUNDS = {"StartTimeLowerBound": operator.ge, "StartTimeUpperBound": operator.le}
LISTINGS = {
    "DescribeScalingActivities": Listing(
        activities,
        "activities",
        "ActivityId",
        {"activity_ids": None, "auto_scaling_group_name": None},
        Pages(size="max_records", usual=100),
        None,
        autoscaling.group_names,
    ),
}
