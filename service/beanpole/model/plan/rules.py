"""The rules of a simulated world: its clock, its timings and faults, and the catalogue of options and platforms."""

from msgspec import Struct

from beanpole.model.clock import Clock
from beanpole.model.environment.environment import Environment
from beanpole.model.environment.managed_actions import Windows
from beanpole.model.faults.fault import Fault
from beanpole.model.health.context import HealthContext, health_context
from beanpole.model.health.reporting import reporting
from beanpole.model.health.ticks import Ticks
from beanpole.model.names.ids import chance
from beanpole.model.options.configuration import Configuration, configuration
from beanpole.model.options.definitions import OptionCatalog, OptionSetting
from beanpole.model.platforms.catalog import PlatformCatalog


class Durations(Struct, frozen=True, forbid_unknown_fields=True):
    """A table of simulated seconds by row; `jitter` is how much they vary either way, as a fraction."""

    jitter: float
    lasts: dict[str, float]

    def drawn(self, row: str, *seed: object) -> float:
        """The seconds of a row, varied by chance; the same seed draws the same seconds."""
        return self.lasts[row] * (1 + self.jitter * (2 * chance(*seed) - 1))


class Names(Struct, frozen=True, forbid_unknown_fields=True):
    """`ttl` is for how many simulated seconds a resolver remembers the address behind a name."""

    ttl: float


class Timings(Struct, frozen=True, forbid_unknown_fields=True):
    """`api-spec/catalog/timings.yaml`."""

    health: Ticks
    managed_actions: Windows
    dns: Names
    activities: dict[str, Durations]


class Rules(Struct, frozen=True, eq=False):
    """The clock and the armed faults are the account's; the rest is the catalogue's."""

    clock: Clock
    timings: Timings
    options: OptionCatalog
    platforms: PlatformCatalog
    faults: tuple[Fault, ...] = ()

    def configuration(self, environment: Environment, settings: tuple[OptionSetting, ...]) -> Configuration:
        """The configuration that settings make in an environment."""
        stack = self.platforms.of(environment.solution_stack_name, environment.platform_arn)
        return configuration(self.options, settings, stack, environment.tier.name)

    def health_context(self, environment: Environment, at: int) -> HealthContext:
        """What the health of an environment follows from, at an instant."""
        return health_context(environment, reporting(self.options, self.platforms, environment), self.clock, at)
