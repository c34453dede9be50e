"""Operations on applications."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import TypeVar

from msgspec import Struct
from msgspec.structs import replace

from beanpole.model import errors
from beanpole.model.applications import lifecycle
from beanpole.model.applications.application import Application, ApplicationVersion
from beanpole.model.applications.lifecycle import ResourceLifecycleConfig, VersionLifecycleConfig
from beanpole.model.calls import tags
from beanpole.model.changes.application_deletion import deletion
from beanpole.model.changes.change import Change
from beanpole.model.events import messages
from beanpole.model.events.event import Event, application_event
from beanpole.model.names import naming
from beanpole.operations import find, kept_bundles, quotas
from beanpole.operations.context import Context
from beanpole.operations.desired import template_objects
from beanpole.operations.registry import Answer, operation
from beanpole.wire.schemas import Request

R = TypeVar("R", bound=Struct)


@operation("CreateApplication")
def create_application(context: Context, request: Request) -> Answer:
    """Create an empty application."""
    if context.world.application(request.application_name) is not None:
        raise errors.ApplicationExists(application=request.application_name)
    application = _new_application(context, request)
    unchanged = room(context)
    context.commit(Change(puts=(application,), unchanged=unchanged, events=creation_events(application, context)))
    return {"application": _describe(application)}


@operation("DescribeApplications", reads=True)
def describe_applications(context: Context, request: Request) -> Answer:
    """The applications of these names, or all; an unknown name gives none."""
    names = frozenset(request.application_names or ())
    applications = [
        application
        for application in context.world.applications()
        if not names or application.application_name in names
    ]
    return {"applications": _describe_all(context, applications)}


@operation("UpdateApplication")
def update_application(context: Context, request: Request) -> Answer:
    """Change the description; an empty one removes it."""
    application = find.application(context, request.application_name)
    text = request.description if "description" in request else application.description
    updated = replace(application, description=text or None, date_updated=context.now)
    context.commit(Change(puts=(updated,), events=_events(updated, "updateApplication", context)))
    return {"application": _describe_all(context, [updated])[0]}


@operation("UpdateApplicationResourceLifecycle")
def update_application_resource_lifecycle(context: Context, request: Request) -> Answer:
    """Change the rules that delete old versions; members that the request leaves out stay as they are."""
    application = find.application(context, request.application_name)
    config = _lifecycle(application.resource_lifecycle_config, request.resource_lifecycle_config)
    updated = replace(application, resource_lifecycle_config=config, date_updated=context.now)
    events = _events(updated, "updateApplicationResourceLifecycle", context)
    context.commit(Change(puts=(updated,), events=events))
    return {"application_name": updated.application_name, "resource_lifecycle_config": config}


@operation("DeleteApplication")
def delete_application(context: Context, request: Request) -> None:
    """Delete an application and its contents; an unknown name is no error.

    The objects of its saved configurations are deleted at once, even if environments must be terminated first.
    """
    application = context.world.application(request.application_name)
    if application is None:
        return
    unchanged = tuple(quotas.listing_version(context, kind) for kind in ("environment", "version", "template"))
    name = application.application_name
    environments = [
        environment
        for environment in context.world.environments()
        if environment.live and environment.application_name == name
    ]
    inside = context.world.inside(name)
    by_force = bool(request.terminate_env_by_force)
    change = deletion(application, environments, inside, by_force, context.request_id, context.now)
    spare = kept_bundles.unused(
        context, [entity for entity in change.deletes if isinstance(entity, ApplicationVersion)]
    )
    objects = (*template_objects.remove_all(context, name), *spare.objects)
    context.commit(replace(change, unchanged=unchanged, unused=spare.unused, objects=objects))


def room(context: Context) -> tuple[tuple[str, str], ...]:
    """Room for one more application; raises TooManyApplications."""
    before = quotas.listing_version(context, "application")
    count = len(context.world.applications())
    return quotas.room(before, count, 1, context.catalog.quotas.applications, errors.TooManyApplications)


def new(context: Context, name: str) -> Application:
    """An application that has nothing but a name."""
    return Application(
        application_name=name,
        application_arn=naming.arn(context.region, context.account_id, "application", name),
        date_created=context.now,
        date_updated=context.now,
    )


def creation_events(application: Application, context: Context) -> tuple[Event, ...]:
    """The events of the creation of an application."""
    message = messages.CREATED_APPLICATION(application=application.application_name)
    return _events(application, "createApplication", context, message)


def _new_application(context: Context, request: Request) -> Application:
    return replace(
        new(context, request.application_name),
        description=request.description or None,
        resource_lifecycle_config=_lifecycle(ResourceLifecycleConfig(), request.resource_lifecycle_config),
        tags=tags.new(request.tags, context.catalog.quotas.tags_per_resource),
    )


def _lifecycle(before: ResourceLifecycleConfig, requested: Request | None) -> ResourceLifecycleConfig:
    """The configuration with the requested members replaced; raises the first error in the result."""
    if requested is None:
        return before
    rules, requested_rules = before.version_lifecycle_config, requested.version_lifecycle_config
    if requested_rules is not None:
        rules = VersionLifecycleConfig(
            _replace(rules.max_count_rule, requested_rules.max_count_rule),
            _replace(rules.max_age_rule, requested_rules.max_age_rule),
        )
    role = requested.service_role if "service_role" in requested else before.service_role
    after = ResourceLifecycleConfig(role, rules)
    lifecycle.check(after)
    return after


def _replace(rule: R, requested: Request | None) -> R:
    names = () if requested is None else requested.sent_members()
    return replace(rule, **{name: getattr(requested, name) for name in names})


def _events(
    application: Application, operation: str, context: Context, *between: messages.Message
) -> tuple[Event, ...]:
    sentences = (
        messages.OPERATION_STARTING(operation=operation),
        *between,
        messages.OPERATION_COMPLETED(operation=operation),
    )
    name = application.application_name
    return tuple(
        application_event(message, context.now, context.request_id, application_name=name) for message in sentences
    )


def _describe_all(context: Context, applications: Iterable[Application]) -> list[Answer]:
    versions: Mapping[str, list[str]] = defaultdict(list)
    for version in context.world.application_versions():
        versions[version.application_name].append(version.version_label)
    templates: Mapping[str, list[str]] = defaultdict(list)
    for template in context.world.templates():
        templates[template.application_name].append(template.template_name)
    return [
        _describe(application, versions[application.application_name], templates[application.application_name])
        for application in applications
    ]


def _describe(application: Application, versions: Iterable[str] = (), templates: Iterable[str] = ()) -> Answer:
    """An application in an answer; without versions there is no member `Versions` (a recording)."""
    return {
        "application_arn": application.application_arn,
        "application_name": application.application_name,
        "description": application.description,
        "date_created": application.date_created,
        "date_updated": application.date_updated,
        "versions": versions or None,
        "configuration_templates": templates,
        "resource_lifecycle_config": application.resource_lifecycle_config,
    }
