"""Operations on the settings of environments and saved configurations."""

from collections.abc import Iterable

from msgspec.structs import replace

from beanpole.model import errors
from beanpole.model.applications.template import ConfigurationTemplate
from beanpole.model.changes.change import Change
from beanpole.model.environment import option_layers
from beanpole.model.environment.environment import Environment
from beanpole.model.options.configuration import Configuration, configuration, effective
from beanpole.model.options.definitions import OptionSetting
from beanpole.model.options.namespaces import DATABASE
from beanpole.operations import find
from beanpole.operations.context import Context
from beanpole.operations.desired import bases
from beanpole.operations.registry import Answer, operation
from beanpole.wire.schemas import Request

SECRETS = ((DATABASE, "DBPassword"),)
MASK = "******"  # stands for the value of a secret [inferred]


@operation("DescribeConfigurationSettings", reads=True)
def describe_configuration_settings(context: Context, request: Request) -> Answer:
    """The settings of a saved configuration, or of an environment with its draft of another configuration."""
    if context.world.application(request.application_name) is None:
        raise errors.NoSuchApplication(application=request.application_name)
    if request.template_name and request.environment_name:
        raise errors.TemplateAndEnvironmentGiven
    if not (request.template_name or request.environment_name):
        raise errors.NothingToDescribeSettingsOf
    if request.template_name:
        template = bases.template(context, request.application_name, request.template_name)
        _check_is_offered(context, template)
        descriptions = [describe_template(template) | _options(template_configuration(context, template), request)]
    else:
        environment = _environment(context, request)
        descriptions = [_describe(context, draft, status, request) for status, draft in _drafts(environment)]
    return {"configuration_settings": descriptions}


@operation("DeleteEnvironmentConfiguration")
def delete_environment_configuration(context: Context, request: Request) -> None:
    """Drop the draft that could not be deployed, if there is one.

    A running update is not stopped: that takes AbortEnvironmentUpdate [inferred].
    """
    find.application(context, request.application_name)
    environment = _environment(context, request)
    if environment.failed_settings is not None:
        context.commit(Change(puts=(replace(environment, failed_settings=None),)))


def configuration_of(context: Context, environment: Environment) -> Configuration:
    """An environment's settings, read over its platform's defaults."""
    stack = context.catalog.platforms.of(environment.solution_stack_name, environment.platform_arn)
    return configuration(context.catalog.options, environment.option_settings, stack, environment.tier.name)


def template_configuration(context: Context, template: ConfigurationTemplate) -> Configuration:
    """A saved configuration's settings, read over its platform's defaults."""
    named = template.solution_stack_name, template.platform_arn or ""
    stack = context.catalog.platforms.of(*named) if any(named) else None
    return configuration(context.catalog.options, template.settings, stack, template.tier.name)


def describe_template(template: ConfigurationTemplate) -> Answer:
    """A saved configuration without its settings, as in the answers to its creation and its update (a recording)."""
    return {
        "solution_stack_name": template.solution_stack_name,
        "platform_arn": template.platform_arn,
        "application_name": template.application_name,
        "template_name": template.template_name,
        "description": template.description,
        "date_created": template.date_created,
        "date_updated": template.date_updated,
        "tier": template.tier,
    }


def is_requested(identities: Iterable[Request] | None, namespace: str, name: str) -> bool:
    """Tell whether a list of options has this one.

    An empty list has all options, and an entry without a name all of its namespace [inferred]. A ResourceName makes no
    difference.
    """
    specifications = tuple(identities or ())
    return not specifications or any(
        option.namespace == namespace and option.option_name in (None, "", name) for option in specifications
    )


def _check_is_offered(context: Context, template: ConfigurationTemplate) -> None:
    """Raise NoSuchPlatform for a saved configuration whose platform no longer exists.

    It is listed and can be deleted, but not described. A capture has the sentence:
    hashicorp/terraform-provider-aws#29856.
    """
    if template.platform_arn and not find.is_offered(context, template.platform_arn):
        raise errors.NoSuchPlatform(arn=template.platform_arn)


def _drafts(environment: Environment) -> list[tuple[str, Environment]]:
    """The deployed settings, and the draft: the settings of a running update, else those of the last failed one."""
    drafts = [("deployed", environment)]
    pending = option_layers.pending(environment)
    if pending is not None:
        drafts.append(("failed" if _is_failing(environment) else "pending", pending))
    elif environment.failed_settings is not None:
        drafts.append(("failed", replace(environment, settings=environment.failed_settings)))
    return drafts


def _is_failing(environment: Environment) -> bool:
    """Tell whether a failed update is being rolled back; an aborted update is not failed."""
    return environment.status != "Aborting" and environment.activity is not None and environment.activity.undoing > 0


def _environment(context: Context, request: Request) -> Environment:
    environment = context.world.environment_named(request.environment_name)
    if environment is None or environment.application_name != request.application_name:
        raise errors.NoSuchEnvironmentName(environment=request.environment_name)
    return environment


def _describe(context: Context, environment: Environment, status: str, request: Request) -> Answer:
    described = {
        "solution_stack_name": environment.solution_stack_name,
        "platform_arn": environment.platform_arn,
        "application_name": environment.application_name,
        "description": environment.description,
        "environment_name": environment.environment_name,
        "deployment_status": status,
        "date_created": environment.date_created,
        "date_updated": environment.settings_updated if status == "deployed" else environment.date_updated,
        "tier": environment.tier,
    }
    return described | _options(configuration_of(context, environment), request)


def _options(configuration: Configuration, request: Request) -> Answer:
    settings = (
        _mask(setting)
        for setting in effective(configuration)
        if is_requested(request.options, setting.namespace, setting.option_name)
    )
    return {"option_settings": tuple(settings)}


def _mask(setting: OptionSetting) -> OptionSetting:
    secret = setting.value and (setting.namespace, setting.option_name) in SECRETS
    return replace(setting, value=MASK) if secret else setting
