"""Operations on the tags of resources."""

from collections.abc import Callable

from msgspec.structs import replace

from beanpole.model import errors
from beanpole.model.applications.application import Application, ApplicationVersion
from beanpole.model.applications.template import ConfigurationTemplate
from beanpole.model.calls import tags
from beanpole.model.changes.change import Change
from beanpole.model.custom_platforms.custom_platform import CustomPlatform
from beanpole.model.environment.environment import Environment
from beanpole.model.environment.transitions import request_tags
from beanpole.model.events import messages
from beanpole.model.names import arn
from beanpole.operations.context import Context
from beanpole.operations.registry import Answer, operation
from beanpole.wire.schemas import Request

Resource = Application | ApplicationVersion | ConfigurationTemplate | CustomPlatform | Environment


@operation("ListTagsForResource", reads=True)
def list_tags_for_resource(context: Context, request: Request) -> Answer:
    """The tags of a resource, the service's own among them, by key [inferred]."""
    resource = _resource(context, request.resource_arn)
    rows = [{"key": key, "value": resource.tags[key]} for key in sorted(resource.tags)]
    return {"resource_arn": request.resource_arn, "resource_tags": rows}


@operation("UpdateTagsForResource")
def update_tags_for_resource(context: Context, request: Request) -> None:
    """Change the tags of a resource at once; an environment is updated, because its resources have the tags, too."""
    resource, quotas = _resource(context, request.resource_arn), context.catalog.quotas
    changes = request.tags_to_add, request.tags_to_remove
    if isinstance(resource, Environment):
        _update(context, resource, tags.updated(resource.tags, *changes, quotas.tags_per_environment, own_name=True))
        return
    _check_idle(resource, request.resource_arn)
    own_name = isinstance(resource, ApplicationVersion)
    after = tags.updated(resource.tags, *changes, quotas.tags_per_resource, own_name)
    context.commit(Change(puts=(replace(resource, tags=after),)))


def _update(context: Context, environment: Environment, after: dict[str, str]) -> None:
    updating = request_tags(environment, after, context.request_id, context.now)
    event = updating.tell(messages.TAGS_UPDATE_STARTING(), context.now, context.request_id)
    context.commit(Change(puts=(updating,), events=(event,)))


def _check_idle(resource: Resource, name: str) -> None:
    is_being_deleted = isinstance(resource, Application) and resource.deletion is not None
    if is_being_deleted or (isinstance(resource, CustomPlatform) and resource.status in ("Creating", "Deleting")):
        raise errors.ResourceBusy(arn=name)


def _resource(context: Context, name: str) -> Resource:
    parts = arn.parsed(name)
    if parts is None:
        raise errors.ArnMalformed(arn=name)
    find = _KINDS.get(parts.kind) if parts.service == arn.SERVICE else None
    if find is None or (parts.kind == "platform" and not parts.account_id):
        raise errors.ResourceArnNotSupported(arn=name)
    resource = find(context, parts) if parts.in_world(context.region, context.account_id) else None
    if resource is None:
        raise errors.NoSuchResource(arn=name)
    return resource


def _environment(context: Context, parts: arn.Arn) -> Resource | None:
    application_name, _, name = parts.path.partition("/")
    environment = context.world.environment_named(name)
    return environment if environment is not None and environment.application_name == application_name else None


_KINDS: dict[str, Callable[[Context, arn.Arn], Resource | None]] = {
    "application": lambda context, parts: context.world.application(parts.path),
    "applicationversion": lambda context, parts: context.world.find(ApplicationVersion, parts.path),
    "configurationtemplate": lambda context, parts: context.world.find(ConfigurationTemplate, parts.path),
    "environment": _environment,
    "platform": lambda context, parts: context.world.custom_platform(str(parts)),
}
