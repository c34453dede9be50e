"""RebuildEnvironment and RestartAppServer: an environment or its servers begin anew."""

from beanpole.model import errors
from beanpole.model.applications.application import Application
from beanpole.model.changes.change import Change
from beanpole.model.environment.environment import Environment
from beanpole.operations import creation, find
from beanpole.operations.context import Context
from beanpole.operations.desired.targets import SAMPLE
from beanpole.operations.registry import operation
from beanpole.wire.schemas import Request


@operation("RebuildEnvironment")
def rebuild_environment(context: Context, request: Request) -> None:
    """Ask that an environment's resources be created anew, also those of one that was terminated within six weeks."""
    environment = find.environment_or_its_past(context, request)
    context.commit(_rebuilt(context, environment) if environment.live else _restored(context, environment))


@operation("RestartAppServer")
def restart_app_server(context: Context, request: Request) -> None:
    """Ask that the application servers of an environment be started anew."""
    going = find.environment(context, request).request_restart(context.request_id, context.now)
    context.commit(Change(puts=(going,), events=(creation.starting(going, context),)))


def _rebuilt(context: Context, environment: Environment) -> Change:
    going = environment.request_rebuild(context.request_id, context.now)
    return Change(puts=(going,), events=(creation.starting(going, context),))


def _restored(context: Context, environment: Environment) -> Change:
    """It takes its names back, if nobody has taken them, and its place among the live ones."""
    application = _check_past(context, environment)
    room = creation.room(context, 1)
    going = environment.request_restore(context.request_id, context.now)
    return Change(
        puts=(going,),
        reads=(
            application,
            *find.brought(context, [going]),
            *find.platform_under(context, environment.solution_stack_name, environment.platform_arn),
        ),
        claims=creation.claims(going),
        unchanged=room.unchanged,
        deletes=room.deletes,
        events=(creation.starting(going, context),),
    )


def _check_past(context: Context, environment: Environment) -> Application:
    """What it needs must still be there, and its names must be free."""
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
