"""What becomes of an environment's settings when somebody asks for others, and what is refused."""

from collections.abc import Iterable

from msgspec import Struct
from msgspec.structs import replace

from beanpole.model import errors
from beanpole.model.environment.activity import Activity
from beanpole.model.environment.environment import Environment
from beanpole.model.options.configuration import (
    Configuration,
    OptionCatalog,
    OptionSetting,
    changed,
    configuration,
    merge,
    severity,
)
from beanpole.model.options.namespaces import ENVIRONMENT
from beanpole.model.options.validation import unnamed, validate
from beanpole.model.platforms.catalog import CUSTOM, SolutionStack

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


def checked(
    catalog: OptionCatalog,
    layers: Layers,
    stack: SolutionStack | None,
    tier: str,
    standing: tuple[OptionSetting, ...] | None = None,
) -> Configuration:
    """The configuration that layers come to; raises what the service finds wrong with it first.

    Where `standing` are the extensions of the version that runs, what only those of a new one make wrong is not
    refused: it shows when that version is deployed.
    """
    for setting in layers.extensions:
        if (setting.namespace, setting.option_name) in FROM_THE_API_ONLY:
            raise errors.ExternalExtensionsOnly(namespace=setting.namespace, name=setting.option_name)
    settings = layers.together
    if unnamed(catalog, settings):
        raise errors.ScheduledActionNotNamed
    made = configuration(catalog, settings, stack, tier)
    found = validate(made)
    if found and standing is not None:
        found = validate(configuration(catalog, Layers(layers.settings, standing).together, stack, tier))
    if found:
        raise errors.ConfigurationInvalid(reason=found[0].message)
    return made


def check_fixed(before: Configuration, after: Configuration) -> None:
    """Raise if an option changes that is fixed once the environment exists."""
    for change in fixed(before, after):
        raise errors.OptionIsFixed(namespace=change.namespace, name=change.option_name)


def fixed(before: Configuration, after: Configuration) -> tuple[OptionSetting, ...]:
    """The options that change although they are fixed once the environment exists.

    What only a load balancer has is not fixed before there is one.
    """
    if _is_new(before, after):
        return ()
    known = ((it, after.catalog.find(it.namespace, it.option_name)) for it in _changes(before, after))
    return tuple(it for it, definition in known if definition is not None and definition.immutable)


def check_platform(before: SolutionStack | None, after: SolutionStack) -> None:
    """Raise if an environment cannot go from one platform to another: any version of any branch of its own family.

    Nobody knows what a custom platform is built on, so from and to one every way is open [inferred].
    """
    if before is not None and before.family != after.family and CUSTOM not in (before.family, after.family):
        raise errors.PlatformCannotChange(before=before.name, after=after.name)


def cost(before: Configuration, after: Configuration) -> str:
    """The dearest ChangeSeverity of all options that come to something else."""
    return severity(after.catalog, _changes(before, after))


def brought(environment: Environment, activity: Activity) -> Environment:
    """The environment with all that an activity brings to its configuration."""
    changes = activity.changes
    platform = changes.platform_arn is not None
    return replace(
        environment,
        settings=environment.settings if changes.settings is None else changes.settings,
        extensions=environment.extensions if changes.extensions is None else changes.extensions,
        solution_stack_name=changes.solution_stack_name if platform else environment.solution_stack_name,
        platform_arn=changes.platform_arn or environment.platform_arn,
    )


def draft(environment: Environment) -> Environment | None:
    """The environment as a running update will leave it; None if none brings another configuration."""
    activity = environment.activity
    if activity is None or activity.kind != "configure":
        return None
    after = brought(environment, activity)
    same = after.option_settings == environment.option_settings and after.platform_arn == environment.platform_arn
    return None if same else after


def _changes(before: Configuration, after: Configuration) -> tuple[OptionSetting, ...]:
    return tuple(it for it in changed(before.settings, after.settings) if _differs(it, before, after))


def _is_new(before: Configuration, after: Configuration) -> bool:
    """A load balancer comes with the change."""
    return after.traits.balanced and not before.traits.balanced


def _differs(change: OptionSetting, before: Configuration, after: Configuration) -> bool:
    """Values that compare without regard to case are the same however they are spelled.

    A value is looked up by the name of its option; where that is not all its name, it is compared already.
    """
    name = change.namespace, change.option_name
    old, new = before.value(*name), after.value(*name)
    if old is not None and new is not None and _is_caseless(after, *name):
        old, new = old.lower(), new.lower()
    return old != new or bool(change.identity[2])


def _is_caseless(configuration: Configuration, namespace: str, name: str) -> bool:
    """One of a few words, which validation compares without regard to case, too."""
    definition = configuration.catalog.find(namespace, name, configuration.traits)
    if definition is None or definition.case_sensitive:
        return False
    return definition.value_type == "Boolean" or bool(definition.values_in(configuration.traits))
