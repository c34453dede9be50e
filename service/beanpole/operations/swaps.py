"""SwapEnvironmentCNAMEs: two environments change places."""

from beanpole.model import errors
from beanpole.model.changes.change import Change, Claim, cname_claim
from beanpole.model.environment.environment import Environment
from beanpole.model.events import messages
from beanpole.operations import find
from beanpole.operations.context import Context
from beanpole.operations.registry import operation
from beanpole.wire.schemas import Request


@operation("SwapEnvironmentCNAMEs")
def swap_environment_cnames(context: Context, request: Request) -> None:
    """Let two environments change places; what is left is telling it."""
    pair = source, destination = find.pair(context, request)
    _check_swap(source, destination)
    forgotten = _forgotten(context)
    swapped = (
        source.request_swap(destination, context.request_id, context.now, forgotten),
        destination.request_swap(source, context.request_id, context.now, forgotten, leads=False),
    )
    starting = messages.OPERATION_STARTING(operation="swapEnvironmentCNAMEs")
    events = tuple(environment.tell(starting, context.now, context.request_id) for environment in pair)
    context.commit(Change(puts=swapped, claims=_exchange(source, destination), events=events))


def _forgotten(context: Context) -> int:
    """When the last resolver has forgotten where the names led."""
    clock = context.clock
    return context.now + clock.lasting(context.catalog.timings["dns"]["ttl"])


def _check_swap(source: Environment, destination: Environment) -> None:
    if source.id == destination.id:
        raise errors.SwapWithItself
    for environment in (source, destination):
        environment.must_be_ready()
    if source.cname is None or destination.cname is None:
        raise errors.WorkerHasNoCname


def _exchange(source: Environment, destination: Environment) -> tuple[Claim, ...]:
    """Each CNAME passes to the other; the order is that of the two, and each name has one holder all the time."""
    return tuple(
        Claim(cname_claim(giver.cname), giver.id, taker.id)
        for giver, taker in ((source, destination), (destination, source))
        if giver.cname is not None
    )
