"""What the configuration of an environment says of how its health is reported."""

import json
from functools import lru_cache

from msgspec import Struct

from beanpole.model.environment.environment import Environment
from beanpole.model.options.configuration import Configuration, OptionCatalog, OptionSetting, configuration
from beanpole.model.options.namespaces import HEALTH_REPORTING
from beanpole.model.platforms.catalog import PlatformCatalog

# On these platforms health is enhanced whatever SystemType says (developer guide, health-enhanced). Where the option is
# set to `basic` nevertheless, its value is shown as it was given [inferred].
ALWAYS_ENHANCED = frozenset({"al2", "al2023"})


class Reporting(Struct, frozen=True):
    """`least` is the size that the group must not fall below; a ConfigDocument can switch the rules of 4xx off."""

    enhanced: bool = True
    balancer: str | None = None
    worker: bool = False
    windows: bool = False
    old: bool = False
    least: int = 1
    watches_4xx: bool = True
    watches_balancer_4xx: bool = True


def reporting(options: OptionCatalog, platforms: PlatformCatalog, environment: Environment) -> Reporting:
    """As the environment's present settings have it; what a running update brings counts once it is deployed."""
    settings = environment.option_settings
    platform = environment.solution_stack_name, environment.platform_arn
    return _reporting(options, platforms, platform, environment.tier.name, settings)


@lru_cache(maxsize=1024)
def _reporting(
    options: OptionCatalog,
    platforms: PlatformCatalog,
    platform: tuple[str | None, str],
    tier: str,
    settings: tuple[OptionSetting, ...],
) -> Reporting:
    return read(configuration(options, settings, platforms.of(*platform), tier))


def read(settled: Configuration) -> Reporting:
    """What a configuration says."""
    traits = settled.traits
    platform = traits.platform or frozenset()
    asked = (settled.value(HEALTH_REPORTING, "SystemType") or "").lower()
    document = settled.value(HEALTH_REPORTING, "ConfigDocument")
    return Reporting(
        enhanced=asked == "enhanced" or not platform.isdisjoint(ALWAYS_ENHANCED),
        balancer=traits.load_balancer if traits.balanced else None,
        worker=traits.tier == "Worker",
        windows="windows" in platform,
        old="al1" in platform,
        least=settled.least_size,
        watches_4xx=_is_on(document, "Application", "ApplicationRequests4xx"),
        watches_balancer_4xx=_is_on(document, "ELB", "ELBRequests4xx"),
    )


def _is_on(document: str | None, *rule: str) -> bool:
    """A rule holds unless the document says `Enabled: false` of it; one that cannot be read says nothing."""
    try:
        found: object = json.loads(document or "null")
    except (ValueError, RecursionError):
        return True
    for key in ("Rules", "Environment", *rule, "Enabled"):
        found = found.get(key) if isinstance(found, dict) else None
    return found is not False
