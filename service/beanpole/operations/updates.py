"""UpdateEnvironment: what is asked of an environment that is there."""

from msgspec.structs import replace

from beanpole.context import Context
from beanpole.model import configuring, errors, messages, tiers
from beanpole.model.change import Change
from beanpole.model.environment import Environment
from beanpole.model.options import OptionSetting
from beanpole.model.platforms import SolutionStack
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
    stack = _new_stack(context, request, environment)
    updating = environment.request_update(
        context.request_id,
        context.now,
        request.version_label or None,
        _new_settings(context, request, environment, stack),
        solution_stack_name=stack and stack.name,
        platform_arn=stack and stack.arn(context.region),
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
    if stack is not None:
        configuring.check_platform(context.catalog.platforms.find_stack(environment.solution_stack_name), stack)


def _describes_only(request: Request) -> bool:
    works = ("version_label", "option_settings", "options_to_remove", "template_name", "solution_stack_name")
    return request.description is not None and not any(getattr(request, it) for it in (*works, "platform_arn"))


def _new_stack(context: Context, request: Request, environment: Environment) -> SolutionStack | None:
    """The platform that an update brings; None if it stays on its own."""
    stack = find.stack(context, request)
    return None if stack is None or stack.name == environment.solution_stack_name else stack


def _new_settings(
    context: Context, request: Request, environment: Environment, stack: SolutionStack | None
) -> tuple[OptionSetting, ...] | None:
    """The settings after an update; None if they stay as they are and a version or a platform changes."""
    before = configuration_of(context, environment)
    changes, removals = option_settings(request.option_settings), option_settings(request.options_to_remove)
    after = configuring.settled(
        context.catalog.options,
        before.settings,
        changes,
        removals,
        stack or context.catalog.platforms.find_stack(environment.solution_stack_name),
        environment.tier.name,
    )
    configuring.check_fixed(before, after)
    alone = request.version_label or stack is not None
    return None if alone and after.settings == before.settings else after.settings
