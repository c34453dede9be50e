"""Operations on environments."""

from msgspec.structs import replace

from beanpole.model import errors
from beanpole.model.calls import tags
from beanpole.model.changes.change import Change, cname_claim
from beanpole.model.environment.environment import Environment
from beanpole.model.environment.transitions import request_termination
from beanpole.model.names import naming
from beanpole.operations import creation, find, service_roles
from beanpole.operations.context import Context
from beanpole.operations.desired import desired as desired_of
from beanpole.operations.desired import targets
from beanpole.operations.desired.targets import Target
from beanpole.operations.registry import Answer, operation
from beanpole.operations.views.environment import (
    EnvironmentDescription,
    describe,
    describe_resources,
    describe_terminating,
)
from beanpole.wire.schemas import Request


@operation("CreateEnvironment")
def create_environment(context: Context, request: Request) -> EnvironmentDescription:
    """Request a new environment; a worker launches it."""
    application = find.application(context, request.application_name)
    target = targets.of_creation(context, request)
    desired = desired_of.of_new(context, target)
    added = _tags(context, request, target)
    room = creation.room(context, 1)
    launching = creation.launching(context, target, desired)
    environment = replace(
        launching,
        description=request.description or None,
        operations_role=request.operations_role,
        tags=added | launching.tags,
    )
    if context.conflicts:  # the commit refuses names that are taken
        creation.check_names_are_free(context, environment)
    change = creation.with_claims(creation.bind(context, [environment]), [environment], room)
    change = service_roles.with_fault(context, change, environment, desired.layers.together)
    reads = (application, *desired_of.reads(context, target, desired))
    context.commit(replace(change, reads=reads, events=(creation.starting(environment, context),)))
    return describe(environment if target.cname_prefix else replace(environment, cname=None))


@operation("DescribeEnvironmentResources", reads=True)
def describe_environment_resources(context: Context, request: Request) -> Answer:
    """The resources of an environment."""
    environment = find.environment(context, request)
    fleet = context.world.fleet(environment.id).values()
    return {"environment_resources": describe_resources(environment, fleet)}


@operation("TerminateEnvironment")
def terminate_environment(context: Context, request: Request) -> EnvironmentDescription:
    """Request a termination, with the resources or without; the environment keeps its names until it is terminated."""
    environment = find.environment(context, request)
    if not request.force_terminate:
        _check_no_links(context, environment)
    keeps = request.terminate_resources is False
    terminating = request_termination(environment, "terminateEnvironment", context.request_id, context.now, keeps)
    change = Change(puts=(terminating,), events=(creation.starting(terminating, context),))
    context.commit(service_roles.with_fault(context, change, environment, None))
    return describe_terminating(terminating)


@operation("CheckDNSAvailability", reads=True)
def check_dns_availability(context: Context, request: Request) -> Answer:
    """The availability of a CNAME prefix, and its domain name; a reserved or malformed prefix is not available."""
    cname = naming.cname(request.cname_prefix, context.region)
    free = naming.is_label(request.cname_prefix) and context.world.holder(cname_claim(cname)) is None
    return {"available": free, "fully_qualified_cname": cname}


def _tags(context: Context, request: Request, target: Target) -> dict[str, str]:
    """The tags of a new environment: those of its base, overridden by the requested ones."""
    most = context.catalog.quotas.tags_per_environment
    return tags.new(request.tags, most, own_name=True, below=target.base.tags)


def _check_no_links(context: Context, environment: Environment) -> None:
    """Raise EnvironmentIsLinked if another live environment links to this one."""
    for other in context.world.environments():
        if other.live and any(link.environment_name == environment.environment_name for link in other.links):
            raise errors.EnvironmentIsLinked(environment=environment.environment_name, linking=other.environment_name)
