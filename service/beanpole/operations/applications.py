"""Operations on applications."""

from collections.abc import Sequence

from msgspec.structs import replace

from beanpole.context import Context
from beanpole.model import errors, messages, naming, tags
from beanpole.model.application import Application, ApplicationVersion
from beanpole.model.change import Change
from beanpole.model.deletion import deletion
from beanpole.model.environment import Environment
from beanpole.model.event import Event, told
from beanpole.operations.registry import operation
from beanpole.wire.schemas import Request

Answer = dict[str, object]

# What a new application says of its life cycle (api.md 7): no rule holds.
NO_RULES = {
    "max_count_rule": {"enabled": False, "max_count": 200, "delete_source_from_s3": False},
    "max_age_rule": {"enabled": False, "max_age_in_days": 180, "delete_source_from_s3": False},
}


@operation("CreateApplication")
def create_application(context: Context, request: Request) -> Answer:
    """Make an empty application."""
    if context.store.application(request.application_name) is not None:
        raise errors.ApplicationExists(application=request.application_name)
    application = new_application(context, request)
    context.store.commit(Change(puts=(application,), events=created(application, context)))
    return {"application": describe(application, ())}


@operation("DescribeApplications", reads=True)
def describe_applications(context: Context, request: Request) -> Answer:
    """The applications of these names, or all; a name that nothing has gives none."""
    names = frozenset(request.application_names or ())
    applications = [it for it in context.store.applications() if not names or it.application_name in names]
    versions = context.store.application_versions()
    return {"applications": [describe(it, versions) for it in applications]}


@operation("DeleteApplication")
def delete_application(context: Context, request: Request) -> None:
    """Delete an application with its versions; deleting what is not there is no error."""
    application = context.store.application(request.application_name)
    if application is None:
        return
    unchanged = tuple((kind, context.store.version(kind)) for kind in ("environment", "version"))
    environments = [it for it in context.store.environments() if it.live and belongs(it, application)]
    versions = [it for it in context.store.application_versions() if belongs(it, application)]
    by_force = bool(request.terminate_env_by_force)
    change = deletion(application, environments, versions, by_force, context.request_id, context.now)
    context.store.commit(replace(change, unchanged=unchanged))


def new_application(context: Context, request: Request) -> Application:
    """The application that a request asks for, in its first generation."""
    lifecycle = request.resource_lifecycle_config if "resource_lifecycle_config" in request.given() else None
    if lifecycle and any(it and it.enabled for it in _rules(lifecycle)):
        raise errors.NotBuiltYet(what="A rule of ResourceLifecycleConfig")
    return Application(
        application_name=request.application_name,
        application_arn=naming.arn(context.region, context.account_id, "application", request.application_name),
        date_created=context.now,
        date_updated=context.now,
        description=request.description or None,
        service_role=lifecycle.service_role if lifecycle else None,
        tags=tags.new(request.tags, context.catalog.quotas.tags_per_resource),
    )


def created(application: Application, context: Context) -> tuple[Event, ...]:
    """What the log says of a new application."""
    name = application.application_name
    said = (
        messages.OPERATION_STARTING(operation="createApplication"),
        messages.CREATED_APPLICATION(application=name),
        messages.OPERATION_COMPLETED(operation="createApplication"),
    )
    return tuple(told(it, context.now, context.request_id, application_name=name) for it in said)


def describe(application: Application, versions: Sequence[ApplicationVersion]) -> Answer:
    """As the wire shows it: without versions there is no `Versions` at all (a recording)."""
    labels = [it.version_label for it in versions if belongs(it, application)]
    return {
        "application_arn": application.application_arn,
        "application_name": application.application_name,
        "description": application.description,
        "date_created": application.date_created,
        "date_updated": application.date_updated,
        "versions": labels or None,
        "configuration_templates": (),
        "resource_lifecycle_config": {
            "service_role": application.service_role,
            "version_lifecycle_config": NO_RULES,
        },
    }


def belongs(it: ApplicationVersion | Environment, application: Application) -> bool:
    """Whether it lives in the application."""
    return it.application_name == application.application_name


def _rules(lifecycle: Request) -> tuple[Request | None, ...]:
    config = lifecycle.version_lifecycle_config
    return (config.max_count_rule, config.max_age_rule) if config else ()
