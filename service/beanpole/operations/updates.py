"""UpdateEnvironment: another version, other settings or another platform for an environment."""

from msgspec.structs import replace

from beanpole.model.changes.change import Change
from beanpole.model.environment.environment import Environment
from beanpole.model.environment.transitions import request_update
from beanpole.model.events import messages
from beanpole.operations import creation, service_roles
from beanpole.operations.context import Context
from beanpole.operations.desired import desired as desired_of
from beanpole.operations.desired import targets
from beanpole.operations.registry import operation
from beanpole.operations.views.environment import EnvironmentDescription, describe
from beanpole.wire.schemas import Request

# The members of a request that need a worker, if they have a value.
WORK = (
    "version_label",
    "template_name",
    "template_specification",
    "option_settings",
    "options_to_remove",
    "solution_stack_name",
    "platform_arn",
)


@operation("UpdateEnvironment")
def update_environment(context: Context, request: Request) -> EnvironmentDescription:
    """Request another version, other settings, or both; a new description alone is written at once."""
    environment, target = targets.of_update(context, request)
    environment.must_be_ready()
    if request.description is not None and not any(getattr(request, name) for name in WORK):
        context.commit(Change(puts=(environment,)))
        return describe(environment)
    desired = desired_of.of_existing(context, environment, target)
    updating = request_update(environment, desired.update, context.request_id, context.now)
    starting = updating.tell(messages.UPDATE_STARTING(), context.now, context.request_id)
    change = creation.bind(context, [updating]) if target.links else Change(puts=(updating,))
    change = service_roles.with_fault(context, change, environment, desired.layers.together)
    reads = desired_of.reads(context, target, desired)
    context.commit(replace(change, reads=reads, events=(starting,)))
    return describe(_with_requested_version(updating, request))


def _with_requested_version(updating: Environment, request: Request) -> Environment:
    """The environment in the answer, with the requested version; descriptions have the old version until the end.

    Source: docs/facts.md#answers.
    """
    return replace(updating, version_label=request.version_label or updating.version_label)
