"""AbortEnvironmentUpdate: stop a running update where it is."""

from beanpole.model.changes.change import Change
from beanpole.model.environment.transitions import request_abort
from beanpole.model.events import messages
from beanpole.operations import find
from beanpole.operations.context import Context
from beanpole.operations.registry import operation
from beanpole.wire.schemas import Request


@operation("AbortEnvironmentUpdate")
def abort_environment_update(context: Context, request: Request) -> None:
    """Request that a running update stop where it is, and be rolled back."""
    environment = find.environment(context, request)
    aborting = request_abort(environment, context.now)
    starting = messages.OPERATION_STARTING(operation="abortEnvironmentUpdate")
    event = aborting.tell(starting, context.now, context.request_id)
    context.commit(Change(puts=(aborting,), events=(event,)))
