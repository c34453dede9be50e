"""The instances of one environment, taken together; a fleet is a mapping of ids to instances in launch order."""

from collections.abc import Iterable, Mapping

from beanpole.model.environment import Environment
from beanpole.model.instance import Instance
from beanpole.model.options import Configuration

Fleet = Mapping[str, Instance]

ZONES = "abc"


def launched(ids: Iterable[str], group: str, region: str, at: int, serial: int = 0) -> tuple[Instance, ...]:
    """New instances of a group, spread over the region's zones."""
    return tuple(
        Instance(id_, at, group, availability_zone=f"{region}{ZONES[place % len(ZONES)]}", serial=serial)
        for place, id_ in enumerate(ids)
    )


def by_launch(instances: Iterable[Instance]) -> dict[str, Instance]:
    """Instances as a fleet: in the order in which they were launched."""
    return {it.id: it for it in sorted(instances, key=lambda it: (it.launched_at, it.id))}


def size(environment: Environment, configuration: Configuration) -> int:
    """How many instances settings ask for: nobody sends requests, so a group is at its least size.

    Where the launch failed before there was a group there are none.
    """
    if environment.resource("auto-scaling-group") is None:
        return 0
    alone = configuration.traits.environment_type == "SingleInstance"
    return 1 if alone else configuration.integer("aws:autoscaling:asg", "MinSize", 1)


def completed(fleet: Fleet, since: int) -> int:
    """How many instances ended a deployment since an instant."""
    return sum(it.deployed_at is not None and it.deployed_at >= since for it in fleet.values())
