"""The instances of one environment, taken together; a fleet is a mapping of ids to instances in launch order."""

from collections.abc import Iterable, Mapping

from msgspec import Struct
from msgspec.structs import replace

from beanpole.model.environment.environment import Environment
from beanpole.model.environment.instance import Instance
from beanpole.model.options.configuration import Configuration
from beanpole.model.options.namespaces import INSTANCES, LAUNCH_CONFIGURATION

Fleet = Mapping[str, Instance]

ZONES = "abc"
INSTANCE_TYPE = "t3.micro"

# Where an instance type is set: the newer option first, of whose list the first counts where nobody bids for spots.
TYPED = ((INSTANCES, "InstanceTypes"), (LAUNCH_CONFIGURATION, "InstanceType"))


class FleetChange(Struct, frozen=True):
    """Instances of an environment that are new or changed, and the ids of those that are gone."""

    environment_id: str
    puts: tuple[Instance, ...] = ()
    removals: tuple[str, ...] = ()


def launched(ids: Iterable[str], group: str, environment: Environment, at: int) -> tuple[Instance, ...]:
    """New instances of a group, spread over the region's zones."""
    plain = Instance("", at, group, instance_type=instance_type(environment), serial=_serial(environment))
    return tuple(
        replace(plain, id=id_, availability_zone=f"{environment.region}{ZONES[place % len(ZONES)]}")
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
    return configuration.least_size


def instance_type(environment: Environment) -> str:
    """The type of the instances that it launches: as an update has it, unless that is being undone."""
    activity, settings = environment.activity, environment.option_settings
    if activity is not None and not activity.undoing:
        changes = activity.changes
        own = environment.settings if changes.settings is None else changes.settings
        settings = (*(environment.extensions if changes.extensions is None else changes.extensions), *own)
    values = {(it.namespace, it.option_name): (it.value or "").partition(",")[0].strip() for it in settings}
    return next((values[option] for option in TYPED if values.get(option)), INSTANCE_TYPE)


def _serial(environment: Environment) -> int:
    return environment.activity.serial if environment.activity else 0
