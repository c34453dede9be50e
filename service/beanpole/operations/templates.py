"""Operations on saved configurations."""

from msgspec.structs import replace

from beanpole.model import errors
from beanpole.model.applications.template import ConfigurationTemplate
from beanpole.model.calls import tags
from beanpole.model.changes.change import Change
from beanpole.model.environment import option_layers, tiers
from beanpole.model.environment.environment import Environment
from beanpole.model.environment.option_layers import Layers
from beanpole.model.environment.tiers import WEB
from beanpole.model.events import messages
from beanpole.model.events.event import Event, application_event
from beanpole.model.events.messages import Sentence
from beanpole.model.options.configuration import merge
from beanpole.operations import find, quotas
from beanpole.operations.configuration import describe_template
from beanpole.operations.context import Context
from beanpole.operations.desired import bases, template_objects
from beanpole.operations.desired.bases import Base
from beanpole.operations.desired.targets import option_settings
from beanpole.operations.registry import Answer, operation
from beanpole.wire.schemas import Request


@operation("CreateConfigurationTemplate")
def create_configuration_template(context: Context, request: Request) -> Answer:
    """Save the settings of a platform, an environment or another saved configuration under a name."""
    application = find.application(context, request.application_name)
    if context.world.template(request.application_name, request.template_name) is not None:
        raise errors.ConfigurationTemplateExists(template=request.template_name)
    before, most = quotas.listing_version(context, "template"), context.catalog.quotas.configuration_templates
    count = len(context.world.templates())
    unchanged = quotas.room(before, count, 1, most, errors.TooManyConfigurationTemplates)
    template = _new(context, request)
    objects = template_objects.put(context, template)
    events = _events(context, request, "createConfigurationTemplate", messages.CREATED_TEMPLATE)
    context.commit(Change(puts=(template,), reads=(application,), unchanged=unchanged, events=events, objects=objects))
    return describe_template(template)


@operation("UpdateConfigurationTemplate")
def update_configuration_template(context: Context, request: Request) -> Answer:
    """Change the settings or the description of a saved configuration; environments made from it stay as they are."""
    application = find.application(context, request.application_name)
    template = _change(context, request, bases.template(context, request.application_name, request.template_name))
    objects = template_objects.put(context, template)
    events = _events(context, request, "updateConfigurationTemplate", messages.UPDATED_TEMPLATE)
    context.commit(Change(puts=(template,), reads=(application,), events=events, objects=objects))
    return describe_template(template)


@operation("DeleteConfigurationTemplate")
def delete_configuration_template(context: Context, request: Request) -> None:
    """Delete a saved configuration, also one with unreadable contents; environments made from it stay as they are."""
    application = find.application(context, request.application_name)
    names = request.application_name, request.template_name
    stored = context.world.template(*names)
    if stored is None and not template_objects.is_there(context, *names):
        raise errors.NoSuchConfigurationTemplate(application=names[0], template=names[1])
    objects = template_objects.remove(context, *names)
    events = _events(context, request, "deleteConfigurationTemplate", messages.DELETED_TEMPLATE)
    deletes = (stored,) if stored else ()
    context.commit(Change(deletes=deletes, reads=(application,), events=events, objects=objects))


def _new(context: Context, request: Request) -> ConfigurationTemplate:
    base = _base(context, request)
    if base.stack is None:
        raise errors.NoTemplateBase
    blank = ConfigurationTemplate(
        application_name=request.application_name,
        template_name=request.template_name,
        configuration_template_arn=bases.template_arn(context, request.application_name, request.template_name),
        date_created=context.now,
        date_updated=context.now,
        tags=tags.new(request.tags, context.catalog.quotas.tags_per_resource),
    )
    return _merge(context, request, blank, base)


def _change(context: Context, request: Request, template: ConfigurationTemplate) -> ConfigurationTemplate:
    """The EB CLI's model lets an update bring a base, too; it lies over what the saved configuration has [inferred]."""
    platform = bases.Platform(platform_arn=template.platform_arn)
    own = Base(find.stack(context, platform), template.tier, template.settings, tags=template.environment_tags)
    return _merge(context, request, template, own.under(_base(context, request)))


def _merge(context: Context, request: Request, template: ConfigurationTemplate, base: Base) -> ConfigurationTemplate:
    """The saved configuration with the settings of its base and of the request, which must be valid together."""
    tier = base.tier or WEB if request.tier is None else tiers.tier_of(request.tier)
    stack = find.on_tier(base.stack, tier)
    requested = option_settings(request.option_settings)
    settings = merge(base.settings, requested, option_settings(request.options_to_remove))
    option_layers.checked(context.catalog.options, Layers(settings), stack, tier.name)
    return replace(
        template,
        solution_stack_name=stack.name,
        platform_arn=stack.arn(context.region),
        tier=tier,
        description=template.description if request.description is None else request.description or None,
        settings=settings,
        environment_tags=base.tags,
        date_updated=context.now,
    )


def _base(context: Context, request: Request) -> Base:
    """The base of the request, one of four; a platform that is named with a source must be that of the source."""
    named, source, id_ = find.stack(context, request), request.source_configuration, request.environment_id
    if source is not None and id_:
        raise errors.TemplateBasesMixed(one="SourceConfiguration", other="EnvironmentId")
    if request.version_label:
        find.version(context, request.application_name, request.version_label)
    base = Base()
    if source is not None:
        base = _of_source(context, request.application_name, source)
        if named and base.stack and named != base.stack:
            raise errors.TemplatePlatformMismatch
    elif id_:
        base = replace(bases.of_environment(context, _own_environment(context, request, id_)), extensions=())
    specification = bases.of_specification(context, request.application_name, request.template_specification)
    return base.under(specification).under(Base(stack=named))


def _own_environment(context: Context, request: Request, id_: str) -> Environment:
    """The live environment of that id; an environment of another application is not found [inferred]."""
    environment = find.environment_of(context, id_)
    if environment.application_name != request.application_name:
        raise errors.NoSuchEnvironmentId(environment=id_)
    return environment


def _of_source(context: Context, application_name: str, source: Request) -> Base:
    """Another saved configuration, of the same application unless it names another."""
    name = source.application_name or application_name
    if context.world.application(name) is None:
        raise errors.NoSuchApplication(application=name)
    if not source.template_name:
        raise errors.NoTemplateBase
    return bases.of_template(context, name, source.template_name)


def _events(context: Context, request: Request, name: str, sentence: Sentence) -> tuple[Event, ...]:
    """The events of an operation that is completed by its answer."""
    sentences = (
        messages.OPERATION_STARTING(operation=name),
        sentence(template=request.template_name),
        messages.OPERATION_COMPLETED(operation=name),
    )
    names = {"application_name": request.application_name, "template_name": request.template_name}
    return tuple(application_event(message, context.now, context.request_id, **names) for message in sentences)
