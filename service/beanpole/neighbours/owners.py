"""The owners of what the neighbours show: each environment with its fleet, its settings and an instant."""

from msgspec import Struct

from beanpole.catalog import Catalog
from beanpole.model.environment.environment import Environment
from beanpole.model.environment.instance import Instance
from beanpole.model.options.configuration import Configuration, configuration
from beanpole.store.world import World


class Owner(Struct, frozen=True, eq=False):
    """An environment that is not terminated; `now` is the instant of the call on the account's clock."""

    environment: Environment
    fleet: tuple[Instance, ...]
    configuration: Configuration
    now: int

    @property
    def tags(self) -> dict[str, str]:
        """The tags of the environment and of all that it owns, as they are on AWS."""
        environment = self.environment
        return {
            **environment.tags,
            "elasticbeanstalk:environment-name": environment.environment_name,
            "elasticbeanstalk:environment-id": environment.environment_id,
            "Name": environment.environment_name,
        }

    def value(self, namespace: str, name: str) -> str | None:
        """The value of an option; None for an empty one."""
        return self.configuration.value(namespace, name) or None


def owners(world: World, catalog: Catalog, now: int) -> tuple[Owner, ...]:
    """The environments of a world that are not terminated; raises Conflict if one changes while they are read."""
    return tuple(
        Owner(environment, tuple(fleet.values()), _configuration(catalog, environment), now)
        for environment, fleet in world.live_environments()
    )


def _configuration(catalog: Catalog, environment: Environment) -> Configuration:
    stack = catalog.platforms.of(environment.solution_stack_name, environment.platform_arn)
    return configuration(catalog.options, environment.option_settings, stack, environment.tier.name)
