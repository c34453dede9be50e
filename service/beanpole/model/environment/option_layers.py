"""The settings of an environment in layers, the configuration that a request changes them to, and its refusals."""

from collections.abc import Iterable

from msgspec import Struct
from msgspec.structs import replace

from beanpole.model import errors
from beanpole.model.environment.environment import Environment
from beanpole.model.environment.requests import Configure
from beanpole.model.options.configuration import Configuration, configuration, differences, merge, severity
from beanpole.model.options.definitions import OptionCatalog, OptionSetting
from beanpole.model.options.findings import about_fixed
from beanpole.model.options.namespaces import ENVIRONMENT
from beanpole.model.options.validation import one_by_one, unnamed, validate
from beanpole.model.platforms.catalog import CUSTOM, SolutionStack

# The options that .ebextensions cannot set.
FROM_THE_API_ONLY = ((ENVIRONMENT, "ExternalExtensionsS3Bucket"), (ENVIRONMENT, "ExternalExtensionsS3Key"))


class Layers(Struct, frozen=True):
    """Settings by their source: those of API calls and saved configurations override those of `.ebextensions`."""

    settings: tuple[OptionSetting, ...] = ()
    extensions: tuple[OptionSetting, ...] = ()

    @property
    def together(self) -> tuple[OptionSetting, ...]:
        """All settings; an option without one has its default."""
        return merge(self.extensions, self.settings)


def configuration_after(
    catalog: OptionCatalog,
    before: tuple[OptionSetting, ...],
    changes: Iterable[OptionSetting],
    removals: Iterable[OptionSetting],
    stack: SolutionStack | None,
    tier: str,
) -> Configuration:
    """The configuration after a request; raises the first error that the service finds in it."""
    return checked(catalog, Layers(merge(before, changes, removals)), stack, tier)


def checked(
    catalog: OptionCatalog,
    layers: Layers,
    stack: SolutionStack | None,
    tier: str,
    deployed: tuple[OptionSetting, ...] | None = None,
) -> Configuration:
    """The configuration of these layers; raises the first error that the service finds in it.

    `deployed` are the extensions of the running version, none in a new environment: an error that only the extensions
    of a new version cause is not raised here, but appears when that version is deployed (`wrong_extensions`).
    """
    for setting in layers.extensions:
        if (setting.namespace, setting.option_name) in FROM_THE_API_ONLY:
            raise errors.ExternalExtensionsOnly(namespace=setting.namespace, name=setting.option_name)
    settings = layers.together
    if unnamed(catalog, settings):
        raise errors.ScheduledActionNotNamed
    result = configuration(catalog, settings, stack, tier)
    findings = validate(result)
    if findings and deployed is not None:
        findings = validate(configuration(catalog, Layers(layers.settings, deployed).together, stack, tier))
    if findings:
        raise errors.ConfigurationInvalid(reason=findings[0].message)
    return result


def wrong_extensions(configuration: Configuration, extensions: tuple[OptionSetting, ...]) -> tuple[str, ...]:
    """The errors that the settings of `.ebextensions` cause in a configuration, which would be valid without them.

    A setting that the API overrides is an error, too [inferred].
    """
    findings = one_by_one(configuration, extensions) or validate(configuration) if extensions else ()
    return tuple(finding.message for finding in findings)


def check_fixed(before: Configuration, after: Configuration) -> None:
    """Raise if an option changes that is fixed once the environment exists."""
    for change in fixed(before, after):
        raise errors.ConfigurationInvalid(reason=about_fixed(change.namespace, change.option_name).message)


def fixed(before: Configuration, after: Configuration) -> tuple[OptionSetting, ...]:
    """The changes of options that are fixed once the environment exists.

    An option of a load balancer is not fixed before there is a load balancer.
    """
    if _is_new(before, after):
        return ()
    changes = ((change, after.catalog.find(change.namespace, change.option_name)) for change in _changes(before, after))
    return tuple(change for change, definition in changes if definition is not None and definition.immutable)


def check_platform(before: SolutionStack | None, after: SolutionStack) -> None:
    """Raise PlatformCannotChange unless both are of one family; branches and versions may differ.

    The base of a custom platform is not known, so changes from and to one are allowed [inferred].
    """
    if before is not None and before.family != after.family and CUSTOM not in (before.family, after.family):
        raise errors.PlatformCannotChange(before=before.name, after=after.name)


def cost(before: Configuration, after: Configuration, apart_from: tuple[str, str] | None = None) -> str:
    """The highest ChangeSeverity of the options whose values change, except one option, by its namespace and name."""
    changes = _changes(before, after)
    return severity(
        after.catalog, (change for change in changes if (change.namespace, change.option_name) != apart_from)
    )


def with_changes(environment: Environment, changes: Configure) -> Environment:
    """The environment with the requested changes of its configuration."""
    platform = changes.platform_arn is not None
    return replace(
        environment,
        settings=environment.settings if changes.settings is None else changes.settings,
        extensions=environment.extensions if changes.extensions is None else changes.extensions,
        solution_stack_name=changes.solution_stack_name if platform else environment.solution_stack_name,
        platform_arn=changes.platform_arn or environment.platform_arn,
    )


def pending(environment: Environment) -> Environment | None:
    """The environment as a running update will leave it; None unless one changes the configuration."""
    activity = environment.activity
    if activity is None or not isinstance(activity.request, Configure):
        return None
    after = with_changes(environment, activity.request)
    same = after.option_settings == environment.option_settings and after.platform_arn == environment.platform_arn
    return None if same else after


def _changes(before: Configuration, after: Configuration) -> tuple[OptionSetting, ...]:
    return tuple(change for change in differences(before.settings, after.settings) if _differs(change, before, after))


def _is_new(before: Configuration, after: Configuration) -> bool:
    """Tell whether the change adds a load balancer."""
    return after.traits.balanced and not before.traits.balanced


def _differs(change: OptionSetting, before: Configuration, after: Configuration) -> bool:
    """Tell whether the value changes; the case of letters counts only for options that are case-sensitive.

    Values are looked up by namespace and name alone; a setting that has a third part was compared with it before.
    """
    name = change.namespace, change.option_name
    old, new = before.value(*name), after.value(*name)
    if old is not None and new is not None and _is_caseless(after, *name):
        old, new = old.lower(), new.lower()
    return old != new or bool(change.identity[2])


def _is_caseless(configuration: Configuration, namespace: str, name: str) -> bool:
    """Tell whether the option's values are an enumeration, whose case validation ignores, too."""
    definition = configuration.catalog.find(namespace, name, configuration.traits)
    if definition is None or definition.case_sensitive:
        return False
    return definition.value_type == "Boolean" or bool(definition.values_in(configuration.traits))
