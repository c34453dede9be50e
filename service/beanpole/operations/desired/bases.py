"""The base of a configuration: a platform, a saved configuration, an environment, or the text of a configuration.

A base has a platform, a tier and settings; unknown parts are None. A request may override each of them.
"""

from collections.abc import Mapping

from msgspec import Struct
from msgspec.structs import replace

from beanpole.files.saved_configuration import SavedConfiguration
from beanpole.model import errors
from beanpole.model.applications.template import ConfigurationTemplate
from beanpole.model.calls import tags
from beanpole.model.environment import tiers
from beanpole.model.environment.environment import Environment
from beanpole.model.environment.tiers import WEB, Named, Tier
from beanpole.model.names import naming
from beanpole.model.options.configuration import merge
from beanpole.model.options.definitions import OptionSetting
from beanpole.model.options.namespaces import DATABASE, PARAMETERS
from beanpole.model.platforms.catalog import SolutionStack
from beanpole.operations import find
from beanpole.operations.context import Context
from beanpole.operations.desired import template_objects
from beanpole.wire.schemas import Request

# A snippet of the EB CLI by its name, and the setting that has the same effect [inferred].
SNIPPETS = {"RdsExtensionEB": OptionSetting(DATABASE, "HasCoupledDatabase", "true")}


class Base(Struct, frozen=True):
    """The source of a configuration; `tags` are for the environment that is made from it."""

    stack: SolutionStack | None = None
    tier: Tier | None = None
    settings: tuple[OptionSetting, ...] = ()
    extensions: tuple[OptionSetting, ...] = ()
    template_name: str | None = None
    tags: dict[str, str] = {}

    def under(self, other: "Base") -> "Base":
        """The other base over this one: values and settings of the other override those of this one."""
        return Base(
            stack=other.stack or self.stack,
            tier=other.tier or self.tier,
            settings=merge(self.settings, other.settings),
            extensions=other.extensions or self.extensions,
            template_name=other.template_name or self.template_name,
            tags={**self.tags, **other.tags},
        )


class Platform(Struct, frozen=True):
    """A platform by one of its names."""

    solution_stack_name: str | None = None
    platform_arn: str | None = None


def template(context: Context, application_name: str, template_name: str) -> ConfigurationTemplate:
    """The saved configuration of that name; if it has an object, the contents of the object count."""
    template = context.world.template(application_name, template_name)
    contents = template_objects.fetch(context, application_name, template_name)
    if contents is None:
        return template or _missing_template(application_name, template_name)
    if template is None or contents.platform_arn != template.platform_arn:
        base, template = (
            of_contents(context, contents),
            template or _from_object(context, application_name, template_name, contents),
        )
        arn = base.stack.arn(context.region) if base.stack else None
        template = replace(template, solution_stack_name=base.stack.name if base.stack else None, platform_arn=arn)
    else:  # its platform may be gone
        base = of_contents(context, replace(contents, solution_stack_name=None, platform_arn=None))
    return replace(
        template,
        tier=base.tier or WEB,
        description=contents.description or None,
        settings=base.settings,
        environment_tags=base.tags,
    )


def of_request(context: Context, request: Request, application_name: str, below: Base) -> Base:
    """The base `below`, under the saved configuration and the TemplateSpecification of a request."""
    base = below
    if request.template_name:
        base = base.under(of_template(context, application_name, request.template_name))
    return base.under(of_specification(context, application_name, request.template_specification))


def of_template(context: Context, application_name: str, template_name: str) -> Base:
    """The base for a saved configuration."""
    configuration = template(context, application_name, template_name)
    return Base(
        stack=find.stack(context, Platform(platform_arn=configuration.platform_arn)),
        tier=configuration.tier,
        settings=configuration.settings,
        template_name=template_name,
        tags=configuration.environment_tags,
    )


def of_environment(context: Context, environment: Environment) -> Base:
    """The base for an environment, with its tags but for the service's own."""
    return Base(
        stack=find.stack(context, Platform(platform_arn=environment.platform_arn)),
        tier=environment.tier,
        settings=environment.settings,
        extensions=environment.extensions,
        tags=tags.of_users(environment.tags),
    )


def of_environment_named(context: Context, application_name: str | None, name: str) -> Base:
    """The base for the live environment of that name; it must be the application's."""
    environment = context.world.environment_named(name)
    if environment is None or application_name not in (None, environment.application_name):
        raise errors.NoSuchEnvironmentName(environment=name)
    return of_environment(context, environment)


def of_contents(context: Context, contents: SavedConfiguration) -> Base:
    """The base for the text of a configuration."""
    settings = merge((), contents.settings)
    return of_file(context, contents.solution_stack_name, contents.platform_arn, contents.tier, settings, contents.tags)


def of_file(
    context: Context,
    stack_name: str | None,
    platform_arn: str | None,
    tier: Named | None,
    settings: tuple[OptionSetting, ...],
    tags_of_file: Mapping[str, str],
) -> Base:
    """The base for the content of a file, as of a manifest; of two names of the platform the ARN counts."""
    return Base(
        stack=find.stack(context, Platform(None if platform_arn else stack_name, platform_arn)),
        tier=tiers.tier_of(tier) if tier else None,
        settings=settings,
        tags=tags.of_users(tags_of_file),
    )


def of_specification(context: Context, application_name: str | None, specification: Request | None) -> Base:
    """The base for a TemplateSpecification, as the EB CLI sends it: a source, snippets and parameters.

    The `.ebextensions` of a source environment do not count: the version of the new environment brings its own.
    """
    if specification is None:
        return Base()
    base = _of_source(context, application_name, specification.template_source)
    more = [_snippet(snippet) for snippet in specification.template_snippets or ()]
    more += [
        OptionSetting(PARAMETERS, parameter.parameter or "", parameter.value)
        for parameter in specification.parameters or ()
    ]
    return replace(base, settings=merge(base.settings, more), extensions=())


def _of_source(context: Context, application_name: str | None, source: Request | None) -> Base:
    if source is None:
        return Base()
    if source.environment_name and source.source_contents:
        raise errors.TemplateBasesMixed(one="EnvironmentName", other="SourceContents")
    base = Base(stack=find.stack(context, source))
    if source.environment_name:
        return of_environment_named(context, application_name, source.environment_name).under(base)
    if source.source_contents:
        return of_contents(context, template_objects.understand(source.source_contents)).under(base)
    return base


def _snippet(snippet: Request) -> OptionSetting:
    setting = SNIPPETS.get(snippet.snippet_name or "")
    if setting is None:
        raise errors.SnippetUnknown(snippet=snippet.snippet_name or "")
    return setting


def _missing_template(application_name: str, template_name: str) -> ConfigurationTemplate:
    raise errors.NoSuchConfigurationTemplate(application=application_name, template=template_name)


def _from_object(
    context: Context, application_name: str, template_name: str, contents: SavedConfiguration
) -> ConfigurationTemplate:
    """A saved configuration that a client wrote to the object store, without a call."""
    created = context.now if contents.date_created is None else contents.date_created
    return ConfigurationTemplate(
        application_name=application_name,
        template_name=template_name,
        configuration_template_arn=template_arn(context, application_name, template_name),
        date_created=created,
        date_updated=created if contents.date_modified is None else contents.date_modified,
    )


def template_arn(context: Context, application_name: str, template_name: str) -> str:
    """The ARN of a saved configuration."""
    return naming.arn(context.region, context.account_id, "configurationtemplate", application_name, template_name)
