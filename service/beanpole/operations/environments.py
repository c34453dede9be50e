"""Operations on environments."""

from msgspec.structs import replace

from beanpole.context import Context
from beanpole.model import configuring, errors, messages, naming, paging, tiers
from beanpole.model.change import Change, Claim, cname_claim, environment_name_claim
from beanpole.model.environment import Environment
from beanpole.model.listing import PLACES, Wanted, listed, place
from beanpole.operations import find
from beanpole.operations.configuration import option_settings
from beanpole.operations.environment_views import (
    EnvironmentDescription,
    describe,
    describe_all,
    describe_resources,
)
from beanpole.operations.registry import operation
from beanpole.wire.schemas import Request

Answer = dict[str, object]

SAMPLE = "Sample Application"  # the label of what runs where no version was asked for


@operation("CreateEnvironment")
def create_environment(context: Context, request: Request) -> EnvironmentDescription:
    """Ask for an environment; a worker builds it."""
    application = find.application(context, request.application_name)
    _check_new(context, request)
    environment = _new_environment(context, request)
    _check_names_are_free(context, environment)
    starting = messages.OPERATION_STARTING(operation="createEnvironment")
    told = environment.tell(starting, context.now, context.request_id)
    context.store.commit(Change(puts=(environment,), reads=(application,), claims=_claims(environment), events=(told,)))
    return describe(environment if request.cname_prefix else replace(environment, cname=None))


@operation("DescribeEnvironments", reads=True)
def describe_environments(context: Context, request: Request) -> Answer:
    """The environments that pass every filter, live ones first; a name that nothing has gives none."""
    found = listed(context.store.environments(), _wanted(context, request))
    page, token = paging.page(found, place, PLACES, request.max_records, request.next_token)
    return {"environments": describe_all(context.store, page), "next_token": token}


@operation("DescribeEnvironmentResources", reads=True)
def describe_environment_resources(context: Context, request: Request) -> Answer:
    """What stands behind an environment."""
    environment = find.environment(context, request)
    fleet = context.store.fleet(environment.id).values()
    return {"environment_resources": describe_resources(environment, fleet)}


@operation("TerminateEnvironment")
def terminate_environment(context: Context, request: Request) -> EnvironmentDescription:
    """Ask that an environment be taken down; it keeps its names until it is gone."""
    environment = find.environment(context, request)
    if request.terminate_resources is False:
        raise errors.NotBuiltYet(what="TerminateResources=false of TerminateEnvironment")
    going = environment.request_termination("terminateEnvironment", context.request_id, context.now)
    starting = messages.OPERATION_STARTING(operation="terminateEnvironment")
    told = going.tell(starting, context.now, context.request_id)
    context.store.commit(Change(puts=(going,), events=(told,)))
    return describe(going)


@operation("CheckDNSAvailability", reads=True)
def check_dns_availability(context: Context, request: Request) -> Answer:
    """Whether a prefix is free, and the domain name it makes."""
    cname = naming.cname(request.cname_prefix, context.region)
    return {"available": context.store.holder(cname_claim(cname)) is None, "fully_qualified_cname": cname}


def _check_new(context: Context, request: Request) -> None:
    """What can be said against a new environment before its platform and options are looked at."""
    if request.environment_name:
        naming.check_environment_name(request.environment_name)
    elif request.group_name:
        raise errors.NotBuiltYet(what="CreateEnvironment with the name that a source bundle gives")
    else:
        raise errors.NewEnvironmentNotNamed
    check_sources(context, request, request.application_name)
    if request.cname_prefix:
        if tiers.named(request.tier).name == "Worker":
            raise errors.WorkerHasNoCname
        naming.check_cname_prefix(request.cname_prefix)


def _new_environment(context: Context, request: Request) -> Environment:
    tier = tiers.named(request.tier)
    stack = find.stack_for(context, request, tier)
    given, removed = option_settings(request.option_settings), option_settings(request.options_to_remove)
    settings = configuring.settled(context.catalog.options, (), given, removed, stack, tier.name).settings
    id_, name = context.ids.environment_id(), request.environment_name
    prefix = request.cname_prefix or f"{name}.eba-{context.ids.label()}"
    own = {it.key: it.value for it in request.tags or () if it.key}
    environment = Environment(
        environment_id=id_,
        environment_name=name,
        application_name=request.application_name,
        environment_arn=naming.arn(context.region, context.account_id, "environment", request.application_name, name),
        solution_stack_name=stack.name,
        platform_arn=stack.arn(context.region),
        date_created=context.now,
        date_updated=context.now,
        account_id=context.account_id,
        region=context.region,
        tier=tier,
        description=request.description or None,
        version_label=request.version_label or SAMPLE,
        cname=None if tier.name == "Worker" else naming.cname(prefix, context.region),
        operations_role=request.operations_role,
        settings=settings,
        settings_updated=context.now,
        tags=own | naming.own_tags(name, id_),
    )
    return environment.request_launch(context.request_id, context.now)


def _check_names_are_free(context: Context, environment: Environment) -> None:
    names = [it.name for it in _claims(environment)]
    name_holder, *cname_holder = context.store.holders(names)
    if name_holder is not None:
        raise errors.EnvironmentExists(environment=environment.environment_name)
    if any(cname_holder):
        raise errors.CnameTaken(cname=environment.cname)


def _claims(environment: Environment) -> tuple[Claim, ...]:
    names = [environment_name_claim(environment.environment_name)]
    if environment.cname:
        names.append(cname_claim(environment.cname))
    return tuple(Claim(name, None, environment.id) for name in names)


def check_sources(context: Context, request: Request, application_name: str) -> None:
    """The version and the saved configuration that a request names."""
    if request.version_label:
        find.deployable(context, application_name, request.version_label)
    if request.template_name:
        raise errors.NoSuchConfigurationTemplate(application=application_name, template=request.template_name)
    if "template_specification" in request.given():
        raise errors.NotBuiltYet(what="TemplateSpecification")


def _wanted(context: Context, request: Request) -> Wanted:
    """Terminated ones are listed for an hour, or back to `IncludedDeletedBackTo` while they could be restored."""
    quotas = context.catalog.quotas
    since: int | None = context.now - quotas.terminated_listed_seconds * 1000
    if request.include_deleted is False:
        since = None
    elif request.include_deleted and request.included_deleted_back_to is not None:
        since = max(request.included_deleted_back_to, context.now - quotas.restore_window)
    return Wanted(
        application_name=request.application_name,
        version_label=request.version_label,
        ids=frozenset(request.environment_ids or ()),
        names=frozenset(request.environment_names or ()),
        gone_since=since,
    )
