"""The owners of what the neighbours show: each environment with its fleet, its settings and an instant."""

from msgspec import Struct

from beanpole import clock
from beanpole.catalog import Catalog
from beanpole.model.clock import Clock
from beanpole.model.environment.environment import Environment
from beanpole.model.environment.instance import Instance
from beanpole.model.options.configuration import Configuration, configuration
from beanpole.model.plan import plan
from beanpole.model.plan.steps import Step
from beanpole.store.world import World


class Owner(Struct, frozen=True, eq=False):
    """An environment that is not terminated; `now` is the instant of the call on the account's `clock`.

    `step` is the one that its plan is at; it is read for those alone that change something.
    """

    environment: Environment
    fleet: tuple[Instance, ...]
    configuration: Configuration
    clock: Clock
    now: int
    step: Step | None = None

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


def owners(world: World, catalog: Catalog, with_steps: bool = False) -> tuple[Owner, ...]:
    """The environments of a world that are not terminated; raises Conflict if one changes while they are read."""
    account_clock = world.clock()
    now = account_clock.now(clock.real_now())
    return tuple(
        Owner(
            environment,
            tuple(fleet.values()),
            _configuration(catalog, environment),
            account_clock,
            now,
            _step(world, environment) if with_steps else None,
        )
        for environment, fleet in world.live_environments()
    )


def _step(world: World, environment: Environment) -> Step | None:
    activity = environment.activity
    if activity is None or activity.steps == 0:
        return None
    blobs = world.plan_steps(environment.id, activity.step, 1)
    return plan.decode(blobs[0]).step if blobs else None


def _configuration(catalog: Catalog, environment: Environment) -> Configuration:
    stack = catalog.platforms.of(environment.solution_stack_name, environment.platform_arn)
    return configuration(catalog.options, environment.option_settings, stack, environment.tier.name)
