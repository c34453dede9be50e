"""ValidateConfigurationSettings: the errors and warnings about settings, without setting them."""

from collections.abc import Iterator

from msgspec.structs import replace

from beanpole.model import errors
from beanpole.model.environment import option_layers, tiers
from beanpole.model.options.configuration import Configuration, configuration, merge
from beanpole.model.options.findings import ValidationMessage, about_fixed
from beanpole.model.options.validation import advice, unnamed, validate
from beanpole.operations import find
from beanpole.operations.context import Context
from beanpole.operations.desired import bases
from beanpole.operations.desired.bases import Base
from beanpole.operations.desired.targets import option_settings
from beanpole.operations.registry import Answer, operation
from beanpole.wire.schemas import Request


@operation("ValidateConfigurationSettings", reads=True)
def validate_configuration_settings(context: Context, request: Request) -> Answer:
    """The findings about settings merged over those of a saved configuration, an environment or a platform."""
    if context.world.application(request.application_name) is None:
        raise errors.NoSuchApplication(application=request.application_name)
    base = _base(context, request)
    stack = find.stack(context, request) or base.stack
    if stack is None:
        raise errors.NoPlatformGiven
    base = replace(base, stack=stack, tier=base.tier if request.tier is None else tiers.tier_of(request.tier))
    requested = option_settings(request.option_settings)
    after = replace(base, settings=merge(base.settings, requested, option_settings(request.options_to_remove)))
    configuration_after = _configuration(context, after)
    fixed = option_layers.fixed(_configuration(context, base), configuration_after) if request.environment_name else ()
    unchangeable = (about_fixed(setting.namespace, setting.option_name) for setting in fixed)
    validation_messages = (
        *_unnamed(configuration_after),
        *validate(configuration_after),
        *unchangeable,
        *advice(configuration_after),
    )
    return {"messages": validation_messages}


def _base(context: Context, request: Request) -> Base:
    """The saved configuration or environment of the request, with its version and TemplateSpecification."""
    name, specification = request.application_name, request.template_specification
    if request.template_name and request.environment_name:
        raise errors.TemplateAndEnvironmentGiven
    base = Base()
    if request.template_name:
        base = bases.of_template(context, name, request.template_name)
    elif request.environment_name:
        base = bases.of_environment_named(context, name, request.environment_name)
    elif not (specification or request.solution_stack_name or request.platform_arn):
        raise errors.NothingToDescribeSettingsOf
    if request.version_label:
        base = base.under(Base(extensions=find.version(context, name, request.version_label).extensions))
    return base.under(bases.of_specification(context, name, specification))


def _configuration(context: Context, base: Base) -> Configuration:
    tier = base.tier or tiers.tier_of(None)
    return configuration(context.catalog.options, merge(base.extensions, base.settings), base.stack, tier.name)


def _unnamed(configuration_: Configuration) -> Iterator[ValidationMessage]:
    for setting in unnamed(configuration_.catalog, configuration_.settings):
        yield ValidationMessage(
            setting.namespace, setting.option_name, "error", errors.ScheduledActionNotNamed.sentence
        )
