"""The entities that a request names; each function raises the service's error where there is none."""

from collections.abc import Iterable
from typing import NoReturn, Protocol

from beanpole.model import errors
from beanpole.model.applications import contents
from beanpole.model.applications.application import Application, ApplicationVersion
from beanpole.model.custom_platforms.custom_platform import CustomPlatform
from beanpole.model.environment.environment import Environment
from beanpole.model.environment.tiers import Tier
from beanpole.model.platforms.catalog import SolutionStack, custom_stack
from beanpole.operations.context import Context
from beanpole.wire.schemas import Request


def application(context: Context, name: str) -> Application:
    """The application of that name, which must not be in deletion."""
    application = context.world.application(name)
    if application is None:
        raise errors.NoSuchApplication(application=name)
    if application.deletion is not None:
        raise errors.ApplicationBeingDeleted(application=name)
    return application


def version(context: Context, application_name: str, label: str) -> ApplicationVersion:
    """The version of that label."""
    application_version = context.world.application_version(application_name, label)
    if application_version is None:
        raise errors.NoSuchApplicationVersion(version=label)
    return application_version


def deployable(context: Context, application_name: str, label: str) -> ApplicationVersion:
    """The version of that label, which must be neither failed nor still building, and have usable contents."""
    application_version = version(context, application_name, label)
    if application_version.status in ("FAILED", "BUILDING"):
        raise errors.LaunchFromFailedVersion(version=label, status=application_version.status)
    contents.check_deployable(application_version.contents, label)
    return application_version


def versions_to_deploy(context: Context, environments: Iterable[Environment]) -> tuple[ApplicationVersion, ...]:
    """The versions that environments are about to deploy, which must be unchanged at the commit."""
    labels = [
        (environment.application_name, environment.activity.version_label)
        for environment in environments
        if environment.activity is not None
    ]
    by_label = {label: context.world.application_version(name, label) for name, label in labels if label is not None}
    return tuple(version for version in by_label.values() if version is not None)


def environment(context: Context, request: Request) -> Environment:
    """The live environment that a request names by id, by name, or by both if they agree."""
    return _environment(context, request.environment_id, request.environment_name)


def environment_of(context: Context, id_: str) -> Environment:
    """The live environment of that id."""
    return _environment(context, id_, None)


def environment_named(context: Context, name: str) -> Environment:
    """The live environment of that name."""
    return _environment(context, None, name)


def environment_or_its_past(context: Context, request: Request) -> Environment:
    """The environment to rebuild: the live environment, else the last terminated one of that id or name.

    An environment that was terminated too long ago is not found.
    """
    id_, name = request.environment_id, request.environment_name
    if not (id_ or name) or (name and not id_ and context.world.environment_named(name)):
        return environment(context, request)
    since = context.now - context.catalog.quotas.restore_window
    past = [
        (environment.terminated_at, environment.environment_id, environment)
        for environment in context.world.environments()
        if environment.terminated_at is not None
        and environment.terminated_at >= since
        and (not id_ or environment.environment_id == id_)
        and (not name or environment.environment_name == name)
    ]
    return max(past)[2] if past else environment(context, request)


def pair(context: Context, request: Request) -> tuple[Environment, Environment]:
    """Source and destination of a swap, both named by id or both by name."""
    ids = request.source_environment_id, request.destination_environment_id
    names = request.source_environment_name, request.destination_environment_name
    if not all(map(any, zip(ids, names, strict=True))):
        raise errors.SwapEnvironmentsNotNamed
    if not (all(ids) or all(names)):
        raise errors.SwapPairMixed
    return _environment(context, ids[0], names[0]), _environment(context, ids[1], names[1])


class NamesPlatform(Protocol):
    """A request, or another value that names a platform."""

    @property
    def solution_stack_name(self) -> str | None: ...
    @property
    def platform_arn(self) -> str | None: ...


def stack(context: Context, request: NamesPlatform) -> SolutionStack | None:
    """The platform that a request names by solution stack or by ARN; None without either."""
    name, arn = request.solution_stack_name, request.platform_arn
    if name and arn:
        raise errors.PlatformGivenTwice
    if name:
        return named_stack(context, name)
    return stack_of_arn(context, arn) if arn else None


def stack_to_read(context: Context, request: NamesPlatform) -> SolutionStack | None:
    """The platform whose options a request reads; the EB CLI sends a stack's name as an ARN [inferred]."""
    named = context.catalog.platforms.find_stack(request.platform_arn or "")
    return named if named is not None and not request.solution_stack_name else stack(context, request)


def stack_of_arn(context: Context, arn: str) -> SolutionStack:
    """The platform of an ARN: the service's own in this region, or a Ready one of the account."""
    managed = context.catalog.platforms.find_arn(arn)
    if managed is not None and managed.arn(context.region) == arn:
        return managed
    return custom_stack(_own_platform(context, arn).platform_arn)


def is_offered(context: Context, arn: str) -> bool:
    """Tell whether a platform of that ARN exists, in any state."""
    managed = context.catalog.platforms.find_arn(arn)
    return (managed is not None and managed.arn(context.region) == arn) or (
        context.world.custom_platform(arn) is not None
    )


def platform_under(context: Context, solution_stack_name: str | None, arn: str) -> tuple[CustomPlatform, ...]:
    """The custom platform of an environment, which must be unchanged at the commit; none for a managed platform."""
    return () if solution_stack_name else (_own_platform(context, arn),)


def named_stack(context: Context, name: str) -> SolutionStack:
    """The solution stack of that name."""
    return context.catalog.platforms.find_stack(name) or _missing(errors.NoSuchSolutionStack(stack=name))


def on_tier(stack: SolutionStack | None, tier: Tier) -> SolutionStack:
    """The platform of a new environment, which must support the tier.

    Only accounts with environments on a retired branch may use it; here every account counts as such
    (platforms-support-policy) [inferred].
    """
    if stack is None:
        raise errors.NoPlatformGiven
    if stack.tiers and f"{tier.name}/{tier.type}" not in stack.tiers:
        raise errors.UnknownTier
    return stack


def _own_platform(context: Context, arn: str) -> CustomPlatform:
    platform = context.world.custom_platform(arn)
    if platform is None:
        raise errors.NoSuchPlatform(arn=arn)
    if platform.status != "Ready":
        raise errors.PlatformNotReady(arn=arn)
    return platform


def _environment(context: Context, id_: str | None, name: str | None) -> Environment:
    if id_:
        environment = context.world.environment(id_)
        if environment is None or not environment.live or (name and environment.environment_name != name):
            raise errors.NoSuchEnvironmentId(environment=id_)
        return environment
    if not name:
        raise errors.EnvironmentNotNamed
    return context.world.environment_named(name) or _missing(errors.NoSuchEnvironmentName(environment=name))


def _missing(error: errors.ServiceError) -> NoReturn:
    raise error
