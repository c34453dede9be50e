"""The fleet of an environment: a mapping of ids to instances, in the order of launch."""

from collections.abc import Iterable, Mapping

from msgspec import Struct
from msgspec.structs import replace

from beanpole.model.environment.environment import Environment
from beanpole.model.environment.instance import Instance
from beanpole.model.environment.lanes import Sighting
from beanpole.model.options.configuration import Configuration
from beanpole.model.options.namespaces import INSTANCES, LAUNCH_CONFIGURATION

Fleet = Mapping[str, Instance]

ZONES = "abc"
INSTANCE_TYPE = "t3.micro"

# The options that set the instance type, the newer one first; of its list the first type counts without Spot requests.
TYPE_OPTIONS = ((INSTANCES, "InstanceTypes"), (LAUNCH_CONFIGURATION, "InstanceType"))


class FleetChange(Struct, frozen=True):
    """The instances of an environment that are new or changed, and the ids of those that were removed.

    `files` are new disks and reports of its instances, encoded, by their digests; `forgotten` are the digests of those
    that no instance has any more. `sightings` say how the instances looked meanwhile.
    """

    environment_id: str
    puts: tuple[Instance, ...] = ()
    removals: tuple[str, ...] = ()
    files: tuple[tuple[str, bytes], ...] = ()
    forgotten: tuple[str, ...] = ()
    sightings: tuple[Sighting, ...] = ()


def launched(ids: Iterable[str], group: str, environment: Environment, at: int) -> tuple[Instance, ...]:
    """New instances of a group, spread over the region's zones."""
    template = Instance("", at, group, instance_type=instance_type(environment), serial=_serial(environment))
    return tuple(
        replace(template, id=id_, availability_zone=f"{environment.region}{ZONES[index % len(ZONES)]}")
        for index, id_ in enumerate(ids)
    )


def by_launch(instances: Iterable[Instance]) -> dict[str, Instance]:
    """The fleet of these instances, in the order of launch."""
    ordered = sorted(instances, key=lambda instance: (instance.launched_at, instance.id))
    return {instance.id: instance for instance in ordered}


def size(environment: Environment, configuration: Configuration) -> int:
    """The number of instances by the settings: without load, a group has its least size, unless a capacity was set.

    It is 0 if the launch failed before the group was created.
    """
    if environment.resource("auto-scaling-group") is None:
        return 0
    least, most = bounds(environment, configuration)
    return max(least, min(least if environment.desired is None else environment.desired, most))


def bounds(environment: Environment, configuration: Configuration) -> tuple[int, int]:
    """The least and the most size of the group: those of the settings, unless a scheduled action has set others."""
    return environment.bounds or (configuration.least_size, configuration.most_size)


def instance_type(environment: Environment) -> str:
    """The type of the instances that it launches: that of a running update, unless this is being rolled back."""
    activity, settings = environment.activity, environment.option_settings
    if activity is not None and not activity.undoing:
        changes = activity.changes
        own = environment.settings if changes.settings is None else changes.settings
        settings = (*(environment.extensions if changes.extensions is None else changes.extensions), *own)
    values = {
        (setting.namespace, setting.option_name): (setting.value or "").partition(",")[0].strip()
        for setting in settings
    }
    return next((values[option] for option in TYPE_OPTIONS if values.get(option)), INSTANCE_TYPE)


def _serial(environment: Environment) -> int:
    return environment.activity.serial if environment.activity else 0
