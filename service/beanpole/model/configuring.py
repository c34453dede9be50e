"""What becomes of an environment's settings when somebody asks for others, and what is refused."""

from collections.abc import Iterable

from beanpole.model import errors
from beanpole.model.environment import Environment
from beanpole.model.options import (
    Configuration,
    OptionCatalog,
    OptionSetting,
    changed,
    configuration,
    merge,
    severity,
)
from beanpole.model.platforms import SolutionStack
from beanpole.model.validation import unnamed, validate


def settled(
    catalog: OptionCatalog,
    before: tuple[OptionSetting, ...],
    changes: Iterable[OptionSetting],
    removals: Iterable[OptionSetting],
    stack: SolutionStack | None,
    tier: str,
) -> Configuration:
    """The configuration after a request; raises what the service finds wrong with it first."""
    settings = merge(before, changes, removals)
    if unnamed(catalog, settings):
        raise errors.ScheduledActionNotNamed
    after = configuration(catalog, settings, stack, tier)
    found = validate(after)
    if found:
        raise errors.ConfigurationInvalid(reason=found[0].message)
    return after


def check_fixed(before: Configuration, after: Configuration) -> None:
    """Raise if an option changes that is fixed once the environment exists.

    What only a load balancer has is not fixed before there is one.
    """
    for change in _changes(before, after):
        definition = after.catalog.find(change.namespace, change.option_name)
        if definition is not None and definition.immutable and not _is_new(before, after):
            raise errors.OptionIsFixed(namespace=change.namespace, name=change.option_name)


def check_platform(before: SolutionStack | None, after: SolutionStack) -> None:
    """Raise if an environment cannot go from one platform to another: any version of any branch of its own family."""
    if before is not None and before.family != after.family:
        raise errors.PlatformCannotChange(before=before.name, after=after.name)


def cost(before: Configuration, after: Configuration) -> str:
    """The dearest ChangeSeverity of all options that come to something else."""
    return severity(after.catalog, _changes(before, after))


def pending(environment: Environment) -> tuple[OptionSetting, ...] | None:
    """The settings that a running update brings; None if none does."""
    return environment.activity.settings if environment.activity else None


def _changes(before: Configuration, after: Configuration) -> tuple[OptionSetting, ...]:
    return tuple(it for it in changed(before.settings, after.settings) if _differs(it, before, after))


def _is_new(before: Configuration, after: Configuration) -> bool:
    """A load balancer comes with the change."""
    return after.traits.balanced and not before.traits.balanced


def _differs(change: OptionSetting, before: Configuration, after: Configuration) -> bool:
    name = change.namespace, change.option_name
    return before.value(*name) != after.value(*name) or change.resource_name is not None
