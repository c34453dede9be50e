"""What a request names, found, or the service's refusal."""

from typing import NoReturn

from beanpole.context import Context
from beanpole.model import errors
from beanpole.model.application import Application, ApplicationVersion
from beanpole.model.environment import Environment, Tier
from beanpole.model.platforms import SolutionStack
from beanpole.wire.schemas import Request


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
    if found.status == "FAILED":
        raise errors.LaunchFromFailedVersion(version=label, status=found.status)
    return found


def environment(context: Context, request: Request) -> Environment:
    """The live environment that a request names by id, by name, or by both if they agree."""
    return _environment(context, request.environment_id, request.environment_name)


def environment_named(context: Context, name: str) -> Environment:
    """The live environment of that name."""
    return _environment(context, None, name)


def environment_or_its_past(context: Context, request: Request) -> Environment:
    """The environment to rebuild: the live one, else the one of that id or name that was terminated last.

    One that was terminated too long ago is found no more.
    """
    id_, name = request.environment_id, request.environment_name
    if not (id_ or name) or (name and not id_ and context.store.environment_named(name)):
        return environment(context, request)
    since = context.now - context.catalog.quotas.restore_window
    past = [
        (it.terminated_at, it.environment_id, it)
        for it in context.store.environments()
        if it.terminated_at is not None
        and it.terminated_at >= since
        and (not id_ or it.environment_id == id_)
        and (not name or it.environment_name == name)
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


def stack(context: Context, request: Request) -> SolutionStack | None:
    """The platform that a request names by solution stack or by ARN; None if it names none."""
    name, arn = request.solution_stack_name, request.platform_arn
    if name and arn:
        raise errors.PlatformGivenTwice
    platforms = context.catalog.platforms
    if name:
        return named_stack(context, name)
    return (platforms.find_arn(arn) or _missing(errors.NoSuchPlatform(arn=arn))) if arn else None


def named_stack(context: Context, name: str) -> SolutionStack:
    """The solution stack of that name."""
    return context.catalog.platforms.find_stack(name) or _missing(errors.NoSuchSolutionStack(stack=name))


def stack_for(context: Context, request: Request, tier: Tier, otherwise: str | None = None) -> SolutionStack:
    """The platform of a new environment: what the request names, `otherwise` that stack; it must know the tier.

    A retired branch is there for those who have environments on it already, and for nobody else: we take every account
    for one of those (platforms-support-policy) [inferred].
    """
    return _on_tier(stack(context, request) or (named_stack(context, otherwise) if otherwise else None), tier)


def platform(context: Context, tier: Tier, name: str | None) -> SolutionStack:
    """The solution stack of that name, for a new environment; it must know the tier."""
    return _on_tier(named_stack(context, name) if name else None, tier)


def _on_tier(found: SolutionStack | None, tier: Tier) -> SolutionStack:
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
