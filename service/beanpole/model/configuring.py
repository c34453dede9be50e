"""What becomes of an environment's settings when somebody asks for others, and what is refused."""

from collections.abc import Iterable

from msgspec import Struct
from msgspec.structs import replace

from beanpole.model import errors
from beanpole.model.combinations import COMMAND, GROUP
from beanpole.model.environment import Environment
from beanpole.model.options import (
    ENVIRONMENT,
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

# What .ebextensions cannot set.
FROM_THE_API_ONLY = ((ENVIRONMENT, "ExternalExtensionsS3Bucket"), (ENVIRONMENT, "ExternalExtensionsS3Key"))


class Layers(Struct, frozen=True):
    """What is set, by who set it: API calls and the saved configurations that they name, above `.ebextensions`."""

    settings: tuple[OptionSetting, ...] = ()
    extensions: tuple[OptionSetting, ...] = ()

    @property
    def together(self) -> tuple[OptionSetting, ...]:
        """All of it; what is not set has its default."""
        return merge(self.extensions, self.settings)


def settled(
    catalog: OptionCatalog,
    before: tuple[OptionSetting, ...],
    changes: Iterable[OptionSetting],
    removals: Iterable[OptionSetting],
    stack: SolutionStack | None,
    tier: str,
) -> Configuration:
    """The configuration after a request; raises what the service finds wrong with it first."""
    return checked(catalog, Layers(merge(before, changes, removals)), stack, tier)


def checked(catalog: OptionCatalog, layers: Layers, stack: SolutionStack | None, tier: str) -> Configuration:
    """The configuration that layers come to; raises what the service finds wrong with it first."""
    for setting in layers.extensions:
        if (setting.namespace, setting.option_name) in FROM_THE_API_ONLY:
            raise errors.ExternalExtensionsOnly(namespace=setting.namespace, name=setting.option_name)
    settings = layers.together
    if unnamed(catalog, settings):
        raise errors.ScheduledActionNotNamed
    made = configuration(catalog, settings, stack, tier)
    found = validate(made)
    if found:
        raise errors.ConfigurationInvalid(reason=found[0].message)
    return made


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


def draft(environment: Environment) -> Environment | None:
    """The environment as a running update will leave it; None if none brings another configuration."""
    activity = environment.activity
    if activity is None or activity.kind != "configure":
        return None
    brought = replace(
        environment,
        settings=environment.settings if activity.settings is None else activity.settings,
        extensions=environment.extensions if activity.extensions is None else activity.extensions,
        solution_stack_name=activity.solution_stack_name or environment.solution_stack_name,
        platform_arn=activity.platform_arn or environment.platform_arn,
    )
    same = brought.option_settings == environment.option_settings and brought.platform_arn == environment.platform_arn
    return None if same else brought


def _differs(change: OptionSetting, before: Configuration, after: Configuration) -> bool:
    name = change.namespace, change.option_name
    return before.value(*name) != after.value(*name) or change.resource_name is not None
