"""UpdateEnvironment: what is asked of an environment that is there."""

from msgspec.structs import replace

from beanpole.context import Context
from beanpole.model import configuring, errors, messages, tiers
from beanpole.model.change import Change
from beanpole.model.environment import Environment
from beanpole.model.options import OptionSetting
from beanpole.operations import find
from beanpole.operations.configuration import configuration_of, option_settings
from beanpole.operations.environment_views import EnvironmentDescription, describe
from beanpole.operations.environments import check_sources
from beanpole.operations.registry import operation
from beanpole.wire.schemas import Request


@operation("UpdateEnvironment")
def update_environment(context: Context, request: Request) -> EnvironmentDescription:
    """Ask for another version, other settings, or both; a new description alone needs nobody's work."""
    environment = find.environment(context, request)
    _check_update(context, request, environment)
    if request.description is not None:
        environment = replace(environment, description=request.description or None, date_updated=context.now)
    if _describes_only(request):
        context.store.commit(Change(puts=(environment,)))
        return describe(environment)
    updating = environment.request_update(
        context.request_id, context.now, request.version_label, _new_settings(context, request, environment)
    )
    told = updating.tell(messages.UPDATE_STARTING(), context.now, context.request_id)
    context.store.commit(Change(puts=(updating,), events=(told,)))
    return describe(updating)


def _check_update(context: Context, request: Request, environment: Environment) -> None:
    """Existence, then what cannot be changed, then state."""
    application_name = request.application_name or environment.application_name
    if application_name != environment.application_name:
        find.application(context, application_name)
        raise errors.NoSuchEnvironmentName(environment=environment.environment_name)
    check_sources(context, request, application_name)
    stack = find.stack(context, request)
    if request.tier is not None and tiers.named(request.tier) != environment.tier:
        raise errors.TierCannotChange
    environment.must_be_ready()
    if stack is not None and stack.arn(context.region) != environment.platform_arn:
        raise errors.NotBuiltYet(what="A change of platform")


def _describes_only(request: Request) -> bool:
    works = request.version_label or request.option_settings or request.options_to_remove
    return request.description is not None and not works


def _new_settings(context: Context, request: Request, environment: Environment) -> tuple[OptionSetting, ...] | None:
    """The settings after an update; None if a version is all that changes."""
    before = configuration_of(context, environment)
    changes, removals = option_settings(request.option_settings), option_settings(request.options_to_remove)
    after = configuring.settled(
        context.catalog.options,
        before.settings,
        changes,
        removals,
        context.catalog.platforms.of(environment.solution_stack_name, environment.platform_arn),
        environment.tier.name,
    )
    configuring.check_in_place(before, after)
    if request.version_label:
        configuring.check_policy(before)
    return None if request.version_label and after.settings == before.settings else after.settings
