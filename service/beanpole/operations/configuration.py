"""Operations on settings and saved configurations."""

from collections.abc import Iterable

from beanpole.context import Context
from beanpole.model import configuring, errors
from beanpole.model.environment import Environment
from beanpole.model.options import Configuration, OptionSetting, configuration, effective
from beanpole.operations.registry import operation
from beanpole.wire.schemas import Request

Answer = dict[str, object]


@operation("DescribeConfigurationSettings", reads=True)
def describe_configuration_settings(context: Context, request: Request) -> Answer:
    """What an environment is set to, and what a running update is about to set it to."""
    if context.store.application(request.application_name) is None:
        raise errors.NoSuchApplication(application=request.application_name)
    environment = _environment(context, request)
    described = [_describe(context, environment, "deployed", environment.settings)]
    draft = configuring.pending(environment)
    if draft is not None and draft != environment.settings:
        described.append(_describe(context, environment, "pending", draft))
    return {"configuration_settings": described}


def configuration_of(
    context: Context, environment: Environment, settings: tuple[OptionSetting, ...] | None = None
) -> Configuration:
    """An environment's settings, or others in their place, read over its platform's defaults."""
    stack = context.catalog.platforms.of(environment.solution_stack_name, environment.platform_arn)
    own = environment.option_settings if settings is None else settings
    return configuration(context.catalog.options, own, stack, environment.tier.name)


def option_settings(given: Iterable[Request] | None) -> tuple[OptionSetting, ...]:
    """The options of a request; those to be removed have no value. A name left out is empty, and so unknown."""
    return tuple(
        OptionSetting(
            namespace=it.namespace or "",
            option_name=it.option_name or "",
            value=it.value if hasattr(it, "value") else None,
            resource_name=it.resource_name or None,
        )
        for it in given or ()
    )


def _environment(context: Context, request: Request) -> Environment:
    if request.template_name and request.environment_name:
        raise errors.TemplateAndEnvironmentGiven
    if request.template_name:
        raise errors.NoSuchConfigurationTemplate(application=request.application_name, template=request.template_name)
    if not request.environment_name:
        raise errors.NothingToDescribeSettingsOf
    found = context.store.environment_named(request.environment_name)
    if found is None or found.application_name != request.application_name:
        raise errors.NoSuchEnvironmentName(environment=request.environment_name)
    return found


def _describe(context: Context, environment: Environment, status: str, settings: tuple[OptionSetting, ...]) -> Answer:
    return {
        "solution_stack_name": environment.solution_stack_name,
        "platform_arn": environment.platform_arn,
        "application_name": environment.application_name,
        "description": environment.description,
        "environment_name": environment.environment_name,
        "deployment_status": status,
        "date_created": environment.date_created,
        "date_updated": environment.settings_updated if status == "deployed" else environment.date_updated,
        "option_settings": effective(configuration_of(context, environment, settings)),
        "tier": environment.tier,
    }
