"""What becomes of an environment's settings when somebody asks for others, and what is refused."""

from collections.abc import Iterable

from beanpole.model import errors
from beanpole.model.combinations import COMMAND, GROUP
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


def check_in_place(before: Configuration, after: Configuration) -> None:
    """Raise unless the change can be made on the running instances.

    The fleet has `MinSize` instances, so another `MaxSize` alone changes nothing that runs.
    """
    changes = [it for it in changed(before.settings, after.settings) if _differs(it, before, after)]
    for change in changes:
        definition = after.catalog.find(change.namespace, change.option_name)
        if definition is not None and definition.immutable:
            raise errors.OptionIsFixed(namespace=change.namespace, name=change.option_name)
    for change in changes:
        if severity(after.catalog, (change,)) == "RestartEnvironment":
            raise errors.NotBuiltYet(what=f"A change of {change.option_name}, which replaces instances,")
    if before.value(GROUP, "MinSize") != after.value(GROUP, "MinSize"):
        raise errors.NotBuiltYet(what="A change of MinSize, which adds or removes instances,")


def check_policy(before: Configuration) -> None:
    """Raise unless a version is deployed all at once; a policy that comes with the version holds from the next on."""
    policy = before.value(COMMAND, "DeploymentPolicy") or "AllAtOnce"
    if policy.lower() != "allatonce":
        raise errors.NotBuiltYet(what=f"The deployment policy {policy}")


def pending(environment: Environment) -> tuple[OptionSetting, ...] | None:
    """The settings that a running update brings; None if none does."""
    return environment.activity.settings if environment.activity else None


def _differs(change: OptionSetting, before: Configuration, after: Configuration) -> bool:
    name = change.namespace, change.option_name
    return before.value(*name) != after.value(*name) or change.resource_name is not None
