"""What a request names, found, or the service's refusal."""

from typing import NoReturn

from beanpole.context import Context
from beanpole.model import contents, errors
from beanpole.model.application import Application, ApplicationVersion
from beanpole.model.environment import Environment, Tier
from beanpole.model.platforms import SolutionStack
from beanpole.wire.schemas import Request

EXTERNAL_EXTENSIONS = ("ExternalExtensionsS3Bucket", "ExternalExtensionsS3Key")  # which no bundle may set


def application(context: Context, name: str) -> Application:
    """The application of that name, still open to what is put into it."""
    found = context.store.application(name)
    if found is None:
        raise errors.NoSuchApplication(application=name)
    if found.deletion is not None:
        raise errors.ApplicationBeingDeleted(application=name)
    return found


def version(context: Context, application_name: str, label: str) -> ApplicationVersion:
    """The version of that label."""
    found = context.store.application_version(application_name, label)
    if found is None:
        raise errors.NoSuchApplicationVersion(version=label)
    return found


def deployable(context: Context, application_name: str, label: str) -> ApplicationVersion:
    """The version of that label, which is not known to be bad."""
    found = version(context, application_name, label)
    if found.status in ("FAILED", "BUILDING"):
        raise errors.LaunchFromFailedVersion(version=label, status=found.status)
    contents.check_deployable(found.contents, label)
    for it in found.extensions:
        if it.option_name in EXTERNAL_EXTENSIONS:
            raise errors.ExternalExtensionsOnly(namespace=it.namespace, name=it.option_name)
    return found


def environment(context: Context, request: Request) -> Environment:
    """The live environment that a request names by id, by name, or by both if they agree."""
    return _environment(context, request.environment_id, request.environment_name)


def pair(context: Context, request: Request) -> tuple[Environment, Environment]:
    """Source and destination of a swap, both named by id or both by name."""
    ids = request.source_environment_id, request.destination_environment_id
    names = request.source_environment_name, request.destination_environment_name
    if any(ids) and any(names) and not (all(ids) or all(names)):
        raise errors.SwapPairMixed
    if not (all(ids) or all(names)):
        raise errors.SwapEnvironmentsNotNamed
    return _environment(context, ids[0], names[0]), _environment(context, ids[1], names[1])


def stack(context: Context, request: Request) -> SolutionStack | None:
    """The platform that a request names by solution stack or by ARN; None if it names none."""
    name, arn = request.solution_stack_name, request.platform_arn
    if name and arn:
        raise errors.PlatformGivenTwice
    platforms = context.catalog.platforms
    if name:
        return platforms.find_stack(name) or _missing(errors.NoSuchSolutionStack(stack=name))
    return (platforms.find_arn(arn) or _missing(errors.NoSuchPlatform(arn=arn))) if arn else None


def stack_for(context: Context, request: Request, tier: Tier) -> SolutionStack:
    """The platform of a new environment; it must know the tier."""
    found = stack(context, request)
    if found is None:
        raise errors.NoPlatformGiven
    if found.tiers and f"{tier.name}/{tier.type}" not in found.tiers:
        raise errors.UnknownTier
    return found


def _environment(context: Context, id_: str | None, name: str | None) -> Environment:
    if id_:
        found = context.store.environment(id_)
        if found is None or not found.live or (name and found.environment_name != name):
            raise errors.NoSuchEnvironmentId(environment=id_)
        return found
    if not name:
        raise errors.EnvironmentNotNamed
    return context.store.environment_named(name) or _missing(errors.NoSuchEnvironmentName(environment=name))


def _missing(error: errors.ServiceError) -> NoReturn:
    raise error
