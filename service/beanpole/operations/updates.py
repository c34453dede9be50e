"""UpdateEnvironment: what is asked of an environment that is there."""

from msgspec.structs import replace

from beanpole.model import errors
from beanpole.model.applications.manifest import Manifest
from beanpole.model.changes.change import Change, Entity
from beanpole.model.environment import option_layers, tiers
from beanpole.model.environment.environment import Environment
from beanpole.model.environment.requests import Configure
from beanpole.model.events import messages
from beanpole.model.options.configuration import merge
from beanpole.model.platforms.catalog import SolutionStack
from beanpole.operations import creation, find
from beanpole.operations.configuration import configuration_of
from beanpole.operations.context import Context
from beanpole.operations.desired import desired
from beanpole.operations.desired.bases import Base
from beanpole.operations.desired.desired import Desired, Sources
from beanpole.operations.registry import operation
from beanpole.operations.views.environment import EnvironmentDescription, describe
from beanpole.wire.schemas import Request


@operation("UpdateEnvironment")
def update_environment(context: Context, request: Request) -> EnvironmentDescription:
    """Ask for another version, other settings, or both; a new description alone needs nobody's work."""
    environment, manifest = _addressed(context, request)
    found = _found(context, request, environment, manifest)
    _check_update(context, request, environment)
    if request.description is not None:
        environment = replace(environment, description=request.description or None, date_updated=context.now)
    if _describes_only(request):
        context.commit(Change(puts=(environment,)))
        return describe(environment)
    wish = desired.of_existing(context, request, found, environment)
    updating = _updating(context, request, environment, wish, relinked=bool(manifest.links))
    told = updating.tell(messages.UPDATE_STARTING(), context.now, context.request_id)
    under = () if wish.stack is None else find.platform_under(context, wish.stack.name, wish.stack.arn(context.region))
    reads: tuple[Entity, ...] = (*find.brought(context, [updating]), *under)
    bound = creation.bind(context, [updating]) if manifest.links else Change(puts=(updating,))
    context.commit(replace(bound, reads=reads, events=(told,)))
    return describe(updating)


def _addressed(context: Context, request: Request) -> tuple[Environment, Manifest]:
    """The environment, and what the manifest says of it where the request leaves the name to that and a group.

    Of a manifest an update takes the options and the links, as ComposeEnvironments does [inferred].
    """
    if request.environment_id or request.environment_name or not request.group_name:
        return find.environment(context, request), Manifest()
    if not request.application_name:
        raise errors.ParameterMissing(parameter="ApplicationName")
    name = find.application(context, request.application_name).application_name
    manifest = creation.manifest_of(context, name, request.version_label, request.group_name)
    environment = find.environment_named(context, manifest.environment_name or "")
    if manifest.tier is not None and tiers.named(manifest.tier) != environment.tier:
        raise errors.TierCannotChange
    return replace(environment, links=manifest.links, group_name=request.group_name), manifest


def _found(context: Context, request: Request, environment: Environment, manifest: Manifest) -> Sources:
    """All that the request names, which must be the environment's application's."""
    application_name = request.application_name or environment.application_name
    if application_name != environment.application_name:
        find.application(context, application_name)
        raise errors.NoSuchEnvironmentName(environment=environment.environment_name)
    return desired.sources(context, request, application_name, Base(settings=merge((), manifest.option_settings)))


def _check_update(context: Context, request: Request, environment: Environment) -> None:
    """What cannot be changed, then state."""
    if request.tier is not None and tiers.named(request.tier) != environment.tier:
        raise errors.TierCannotChange
    environment.must_be_ready()


def _describes_only(request: Request) -> bool:
    works = (
        request.version_label,
        request.template_name,
        request.template_specification,
        request.option_settings,
        request.options_to_remove,
        request.solution_stack_name,
        request.platform_arn,
    )
    return request.description is not None and not any(works)


def _updating(
    context: Context, request: Request, environment: Environment, wish: Desired, relinked: bool
) -> Environment:
    """The environment, about to get what differs from what it has; what stays as it is is not brought.

    Where it is `relinked` its links will bring properties, so there are settings to deploy.
    """
    stack = _new_stack(context, environment, wish)
    option_layers.check_fixed(configuration_of(context, environment), wish.configuration)
    settings, extensions = wish.layers.settings, wish.layers.extensions
    changes = wish.template_name or relinked or settings != environment.settings
    alone = (request.version_label or stack) and not changes
    update = Configure(
        request.version_label or None,
        settings=None if alone else settings,
        extensions=None if extensions == environment.extensions else extensions,
        template_name=wish.template_name,
        solution_stack_name=stack.name if stack else None,
        platform_arn=stack.arn(context.region) if stack else None,
    )
    return environment.request_update(update, context.request_id, context.now)


def _new_stack(context: Context, environment: Environment, wish: Desired) -> SolutionStack | None:
    """The platform that an update brings; None if the environment stays on its own."""
    if wish.stack is None or wish.stack.arn(context.region) == environment.platform_arn:
        return None
    before = context.catalog.platforms.of(environment.solution_stack_name, environment.platform_arn)
    option_layers.check_platform(before, wish.stack)
    return wish.stack
