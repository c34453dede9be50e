"""The part of an environment's configuration that decides how its health is reported."""

import json
from functools import lru_cache

from msgspec import Struct
from msgspec.structs import replace

from beanpole.model.environment.environment import Environment
from beanpole.model.options.configuration import Configuration, configuration
from beanpole.model.options.definitions import OptionCatalog, OptionSetting
from beanpole.model.options.namespaces import HEALTH_REPORTING
from beanpole.model.platforms.catalog import PlatformCatalog

# On these platforms health is enhanced whatever SystemType says (developer guide, health-enhanced). Where the option is
# set to `basic` nevertheless, DescribeConfigurationSettings shows that value [inferred].
ALWAYS_ENHANCED = frozenset({"al2", "al2023"})


class Reporting(Struct, frozen=True):
    """The health reporting; `least` is the minimum size of the group, and a ConfigDocument can switch off rules."""

    enhanced: bool = True
    balancer: str | None = None
    worker: bool = False
    windows: bool = False
    least: int = 1
    watches_4xx: bool = True
    watches_balancer_4xx: bool = True


def reporting(options: OptionCatalog, platforms: PlatformCatalog, environment: Environment) -> Reporting:
    """The reporting by an environment's present settings; those of a running update count once it is deployed."""
    settings = environment.option_settings
    platform = environment.solution_stack_name, environment.platform_arn
    reporting = _reporting(options, platforms, platform, environment.tier.name, settings)
    if environment.bounds is None:
        return reporting
    return replace(reporting, least=min(reporting.least, environment.bounds[0]))  # a group that grows is not too small


@lru_cache(maxsize=1024)
def _reporting(
    options: OptionCatalog,
    platforms: PlatformCatalog,
    platform: tuple[str | None, str],
    tier: str,
    settings: tuple[OptionSetting, ...],
) -> Reporting:
    return read(configuration(options, settings, platforms.of(*platform), tier))


def read(configuration: Configuration) -> Reporting:
    """The reporting by a configuration."""
    traits = configuration.traits
    platform = traits.platform or frozenset()
    system_type = (configuration.value(HEALTH_REPORTING, "SystemType") or "").lower()
    document = configuration.value(HEALTH_REPORTING, "ConfigDocument")
    return Reporting(
        enhanced=system_type == "enhanced" or not platform.isdisjoint(ALWAYS_ENHANCED),
        balancer=traits.load_balancer if traits.balanced else None,
        worker=traits.tier == "Worker",
        windows="windows" in platform,
        least=configuration.least_size,
        watches_4xx=_is_on(document, "Application", "ApplicationRequests4xx"),
        watches_balancer_4xx=_is_on(document, "ELB", "ELBRequests4xx"),
    )


def _is_on(document: str | None, *rule: str) -> bool:
    """Tell whether a rule is on: unless the document has `Enabled: false` for it, as a value or as a text [I].

    An unreadable document is ignored.
    """
    if not document:
        return True
    try:
        node: object = json.loads(document)
    except (ValueError, RecursionError):
        return True
    for key in ("Rules", "Environment", *rule, "Enabled"):
        node = node.get(key) if isinstance(node, dict) else None
    return node is not False and node not in ("false", "False", "FALSE")
