"""DescribeConfigurationOptions: the options that can be set, and their bounds."""

from collections.abc import Iterable

from msgspec import Struct

from beanpole.model import errors
from beanpole.model.environment import tiers
from beanpole.model.environment.fleet import ZONES
from beanpole.model.options import reasons
from beanpole.model.options.configuration import Configuration, configuration, merge
from beanpole.model.options.definitions import OptionDefinition, Traits
from beanpole.operations import find
from beanpole.operations.configuration import is_requested
from beanpole.operations.context import Context
from beanpole.operations.desired import bases
from beanpole.operations.desired.bases import Base
from beanpole.operations.desired.targets import option_settings
from beanpole.operations.registry import Answer, operation
from beanpole.wire.schemas import Request


class OptionDescription(Struct, frozen=True, kw_only=True):
    """An option in an answer; a member that does not apply is None, and so left out."""

    namespace: str
    name: str
    default_value: str | None
    change_severity: str
    user_defined: bool
    value_type: str
    value_options: tuple[str, ...] | None
    min_value: int | None
    max_value: int | None
    max_length: int | None
    regex: Answer | None


@operation("DescribeConfigurationOptions", reads=True)
def describe_configuration_options(context: Context, request: Request) -> Answer:
    """The options of a platform, a saved configuration or an environment, filtered by the `Options` of the request."""
    base = _base(context, request)
    stack = find.stack_to_read(context, request) or base.stack
    if stack is None:
        raise errors.NoPlatformGiven
    tier = base.tier if request.tier is None and base.tier else tiers.tier_of(request.tier)
    requested = option_settings(request.option_settings)
    settings = merge(base.settings, requested, option_settings(request.options_to_remove))
    in_place = configuration(context.catalog.options, merge(base.extensions, settings), stack, tier.name)
    descriptions = (
        _describe(definition, in_place.traits, context.region)
        for definition in _known(in_place)
        if is_requested(request.options, definition.namespace, definition.name)
    )
    return {
        "solution_stack_name": stack.name,
        "platform_arn": stack.arn(context.region),
        "options": tuple(descriptions),
        "tier": tier,
    }


def _base(context: Context, request: Request) -> Base:
    """The saved configuration or environment of the request, with its version and TemplateSpecification."""
    name, application_name = request.application_name, request.application_name or None
    if name and context.world.application(name) is None:
        raise errors.NoSuchApplication(application=name)
    if request.template_name and request.environment_name:
        raise errors.TemplateAndEnvironmentGiven
    if request.template_name and not name:
        raise errors.ApplicationNotNamed
    base = Base()
    if request.template_name:
        base = bases.of_template(context, name, request.template_name)
    elif request.environment_name:
        base = bases.of_environment_named(context, application_name, request.environment_name)
    if request.version_label and name:
        version = find.version(context, name, request.version_label)
        base = base.under(Base(extensions=version.extensions))
    return base.under(bases.of_specification(context, application_name, request.template_specification))


def _known(in_place: Configuration) -> Iterable[OptionDefinition]:
    """The options of the platform and tier, and those that the user defines: properties, processes, listeners."""
    catalog, traits = in_place.catalog, in_place.traits
    known = {(definition.namespace, definition.name): definition for definition in catalog.offered(traits)}
    for namespace in {setting.namespace for setting in in_place.settings}:
        known.update(
            ((definition.namespace, definition.name), definition) for definition in catalog.unfolded(namespace, traits)
        )
    for setting in in_place.settings:
        definition = catalog.find(setting.namespace, setting.option_name, traits)
        if definition is not None:
            known.setdefault((definition.namespace, definition.name), definition)
    return (known[key] for key in sorted(known))


def _describe(definition: OptionDefinition, traits: Traits, region: str) -> OptionDescription:
    pattern = definition.pattern
    label = definition.label or reasons.NO_MATCH_LABEL.format(pattern=pattern)
    return OptionDescription(
        namespace=definition.namespace,
        name=definition.name,
        default_value=definition.default_in(traits),
        change_severity=definition.severity,
        user_defined=definition.user_defined,
        value_type=definition.value_type,
        value_options=_values(definition, traits, region),
        min_value=_whole(definition.min),
        max_value=_whole(definition.max),
        max_length=definition.max_length,
        regex={"pattern": pattern, "label": label} if pattern else None,
    )


def _values(definition: OptionDefinition, traits: Traits, region: str) -> tuple[str, ...] | None:
    """The allowed values; None if there is no list of values. A list that depends on the region may be empty."""
    match definition.values_of:
        case "zones":
            return tuple(f"{region}{zone}" for zone in ZONES)
        case "load balancers":
            return ()
        case _:
            return definition.values_in(traits) or None


def _whole(bound: int | float | None) -> int | None:
    """A bound in an answer, which has whole numbers alone; None for a fraction."""
    return int(bound) if bound is not None and bound == int(bound) else None
