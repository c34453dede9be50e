"""RebuildEnvironment and RestartAppServer: an environment's resources are created anew, or its servers restarted."""

from beanpole.model import errors
from beanpole.model.applications.application import Application
from beanpole.model.changes.change import Change
from beanpole.model.environment.environment import Environment
from beanpole.model.environment.transitions import request_rebuild, request_restart, request_restore
from beanpole.operations import creation, find
from beanpole.operations.context import Context
from beanpole.operations.desired import desired as desired_of
from beanpole.operations.desired.targets import SAMPLE
from beanpole.operations.registry import operation
from beanpole.wire.schemas import Request


@operation("RebuildEnvironment")
def rebuild_environment(context: Context, request: Request) -> None:
    """Request new resources for an environment, also for one that was terminated within the last six weeks."""
    environment = find.environment_or_its_past(context, request)
    context.commit(_rebuild(context, environment) if environment.live else _restore(context, environment))


@operation("RestartAppServer")
def restart_app_server(context: Context, request: Request) -> None:
    """Request a restart of an environment's application servers."""
    requested = request_restart(find.environment(context, request), context.request_id, context.now)
    context.commit(Change(puts=(requested,), events=(creation.starting(requested, context),)))


def _rebuild(context: Context, environment: Environment) -> Change:
    requested = request_rebuild(environment, context.request_id, context.now)
    return Change(puts=(requested,), events=(creation.starting(requested, context),))


def _restore(context: Context, environment: Environment) -> Change:
    """The change by which a terminated environment gets its names again, if they are free, and is launched anew."""
    application = _check_past(context, environment)
    room = creation.room(context, 1)
    refusals = desired_of.refusals(context, environment)
    requested = request_restore(environment, context.request_id, context.now, refusals)
    return Change(
        puts=(requested,),
        reads=(
            application,
            *find.versions_to_deploy(context, [requested]),
            *find.platform_under(context, environment.solution_stack_name, environment.platform_arn),
        ),
        claims=creation.claims(requested),
        unchanged=room.unchanged,
        deletes=room.deletes,
        events=(creation.starting(requested, context),),
    )


def _check_past(context: Context, environment: Environment) -> Application:
    """Raise an error unless the application and the version still exist, and the names are free; the application."""
    application = find.application(context, environment.application_name)
    label, name = environment.version_label, environment.environment_name
    if label not in (None, SAMPLE):
        find.deployable(context, environment.application_name, label)
    name_holder, *cname_holder = context.world.holders([claim.name for claim in creation.claims(environment)])
    if name_holder is not None:
        raise errors.NameTakenSince(environment=name, what="name")
    if any(cname_holder):
        raise errors.NameTakenSince(environment=name, what="CNAME")
    return application
