"""The rules of a simulated world: its clock, its timings and faults, and the catalogue of options and platforms."""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Protocol

from msgspec import Struct

from beanpole.model.environment.environment import Environment
from beanpole.model.environment.managed_actions import Windows
from beanpole.model.faults.fault import Fault
from beanpole.model.health.context import HealthContext, health_context
from beanpole.model.health.reporting import reporting
from beanpole.model.health.ticks import Ticks
from beanpole.model.instance.request import Request
from beanpole.model.names.ids import chance
from beanpole.model.options.configuration import Configuration, configuration
from beanpole.model.options.definitions import OptionCatalog, OptionSetting
from beanpole.model.platforms.catalog import PlatformCatalog
from beanpole.model.time.clock import Clock

Spread = tuple[float, float, float]  # the least, the usual and the most seconds that were seen


class Durations(Struct, frozen=True, forbid_unknown_fields=True):
    """A table of simulated seconds by row; `jitter` is how much they vary either way, as a fraction.

    A row may have a spread of its own: half of its draws are below what is usual, and few are near to its ends.
    """

    jitter: float
    lasts: dict[str, float | Spread]

    def usual(self, row: str) -> float:
        """The seconds of a row without chance."""
        lasts = self.lasts[row]
        return lasts[1] if isinstance(lasts, tuple) else lasts

    def draw(self, row: str, *seed: object) -> float:
        """The seconds of a row, varied by chance; the same seed draws the same seconds."""
        lasts, swing = self.lasts[row], 2 * chance(*seed) - 1
        if not isinstance(lasts, tuple):
            return lasts * (1 + self.jitter * swing)
        least, usual, most = lasts
        return usual + (most - usual if swing > 0 else usual - least) * swing**3


class Names(Struct, frozen=True, forbid_unknown_fields=True):
    """`ttl` is for how many simulated seconds a resolver remembers the address behind a name."""

    ttl: float


class Timings(Struct, frozen=True, forbid_unknown_fields=True):
    """`api-spec/catalog/timings.yaml`."""

    health: Ticks
    managed_actions: Windows
    dns: Names
    activities: dict[str, Durations]


class Deployed(Struct, frozen=True):
    """The result of a deployment on an instance: the digests of its disk and of the report, and whether it failed.

    `files` are the disk and the report, encoded, by their digests. It is not `healthy` if the application that was
    started does not answer the health checks.
    """

    disk: str | None = None
    report: str | None = None
    failed: bool = False
    files: tuple[tuple[str, bytes], ...] = ()
    healthy: bool = True


DeploymentRequest = tuple[Request, str | None]  # a request, and the digest of the disk on which it is to be carried out


class Runner(Protocol):
    """Carries out deployments on instances; equal arguments give an equal result.

    A runner that `runs` commands needs real time: it gives None for a deployment that it has not carried out yet.
    """

    runs: bool

    def carry_out(
        self,
        environment: Environment,
        bundle: str,
        requests: Sequence[DeploymentRequest],
        file: Callable[[str], bytes | None],
    ) -> Sequence[Deployed | None]:
        """Carry out deployments of the bundle with a digest on disks, which `file` gives by their digests, encoded."""

    def command_names(self, request: Request, bundle: str) -> frozenset[str]:
        """The names of what the deployment of the bundle with a digest is to carry out."""

    def file(self, environment: Environment, digest: str) -> bytes | None:
        """A disk or a report of an environment's instances, encoded; None if it is not there any more."""

    def digests(self, environment: Environment) -> set[str]:
        """The digests of all disks and reports of an environment's instances."""


class NoBundles:
    """The runner of a world without an object store, in which no bundle is read."""

    runs = False

    def carry_out(self, _: Environment, __: str, requests: Sequence[DeploymentRequest], ___: object) -> list[Deployed]:
        """No results, for no bundle is read."""
        return [Deployed() for _ in requests]

    def command_names(self, *_: object) -> frozenset[str]:
        """No names or digests, for no bundle is read."""
        return frozenset()

    def file(self, *_: object) -> None:
        """No file, for no bundle is read."""

    def digests(self, *_: object) -> set[str]:
        """No names or digests, for no bundle is read."""
        return set()


class Rules(Struct, frozen=True, eq=False):
    """The clock and the armed faults are the account's; the rest is the catalogue's.

    `requires_profile`: no environment is launched that names no instance profile.
    """

    clock: Clock
    timings: Timings
    options: OptionCatalog
    platforms: PlatformCatalog
    faults: tuple[Fault, ...] = ()
    runner: Runner = NoBundles()
    requires_profile: bool = False

    def configuration(self, environment: Environment, settings: tuple[OptionSetting, ...]) -> Configuration:
        """The configuration that settings make in an environment."""
        platform = environment.solution_stack_name, environment.platform_arn
        return _configuration(self.options, self.platforms, platform, environment.tier.name, settings)

    def health_context(self, environment: Environment, at: int) -> HealthContext:
        """The context from which the health of an environment follows, at an instant."""
        return health_context(environment, reporting(self.options, self.platforms, environment), self.clock, at)


@lru_cache(maxsize=1024)
def _configuration(
    options: OptionCatalog,
    platforms: PlatformCatalog,
    platform: tuple[str | None, str],
    tier: str,
    settings: tuple[OptionSetting, ...],
) -> Configuration:
    return configuration(options, settings, platforms.of(*platform), tier)
