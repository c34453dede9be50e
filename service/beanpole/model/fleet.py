"""The instances of one environment, taken together; a fleet is a mapping of ids to instances in launch order."""

from collections.abc import Iterable, Mapping

from beanpole.model.instance import Instance
from beanpole.model.options import OptionSetting

Fleet = Mapping[str, Instance]

ZONES = "abc"
INSTANCE_TYPE = "t3.micro"

# Where an instance type is set: the newer option first, of whose list the first counts where nobody bids for spots.
TYPED = (("aws:ec2:instances", "InstanceTypes"), ("aws:autoscaling:launchconfiguration", "InstanceType"))


def launched(
    ids: Iterable[str], group: str, region: str, at: int, instance_type: str = INSTANCE_TYPE
) -> tuple[Instance, ...]:
    """New instances of a group, spread over the region's zones."""
    return tuple(
        Instance(id_, at, group, availability_zone=f"{region}{ZONES[place % len(ZONES)]}", instance_type=instance_type)
        for place, id_ in enumerate(ids)
    )


def instance_type(settings: Iterable[OptionSetting]) -> str:
    """The type of the instances that settings ask for."""
    values = {(it.namespace, it.option_name): (it.value or "").partition(",")[0].strip() for it in settings}
    return next((values[option] for option in TYPED if values.get(option)), INSTANCE_TYPE)


def completed(fleet: Fleet, since: int) -> int:
    """How many instances ended a deployment since an instant."""
    return sum(it.deployed_at is not None and it.deployed_at >= since for it in fleet.values())
