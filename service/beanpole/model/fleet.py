"""The instances of one environment, taken together; a fleet is a mapping of ids to instances in launch order."""

from collections.abc import Iterable, Mapping

from beanpole.model.instance import Instance

Fleet = Mapping[str, Instance]

ZONES = "abc"


def launched(ids: Iterable[str], group: str, region: str, at: int) -> tuple[Instance, ...]:
    """New instances of a group, spread over the region's zones."""
    return tuple(
        Instance(id_, at, group, availability_zone=f"{region}{ZONES[place % len(ZONES)]}")
        for place, id_ in enumerate(ids)
    )


def completed(fleet: Fleet, since: int) -> int:
    """How many instances ended a deployment since an instant."""
    return sum(it.deployed_at is not None and it.deployed_at >= since for it in fleet.values())
