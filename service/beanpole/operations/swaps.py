"""SwapEnvironmentCNAMEs: two environments exchange their CNAMEs."""

from beanpole.model import errors
from beanpole.model.changes.change import Change, Claim, cname_claim
from beanpole.model.environment.environment import Environment
from beanpole.model.environment.transitions import request_swap
from beanpole.model.events import messages
from beanpole.operations import find
from beanpole.operations.context import Context
from beanpole.operations.registry import operation
from beanpole.wire.schemas import Request


@operation("SwapEnvironmentCNAMEs")
def swap_environment_cnames(context: Context, request: Request) -> None:
    """Exchange the CNAMEs at once; the plan of a swap only waits and writes events."""
    source, destination = find.pair(context, request)
    _check_swap(source, destination)
    forgotten_at = _forgotten_at(context)
    swapped = (
        request_swap(source, destination, context.request_id, context.now, forgotten_at),
        request_swap(destination, source, context.request_id, context.now, forgotten_at, leads=False),
    )
    starting = messages.OPERATION_STARTING(operation="swapEnvironmentCNAMEs")
    recipients = ((source, context.request_id), (destination, None))  # a reader by RequestId sees every line once
    events = tuple(environment.tell(starting, context.now, request_id) for environment, request_id in recipients)
    context.commit(Change(puts=swapped, claims=_exchange(source, destination), events=events))


def _forgotten_at(context: Context) -> int:
    """The instant at which the last DNS resolver forgets the old addresses."""
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
    """Each CNAME passes to the other environment, so that it has exactly one holder at all times."""
    return tuple(
        Claim(cname_claim(giver.cname), giver.id, taker.id)
        for giver, taker in ((source, destination), (destination, source))
        if giver.cname is not None
    )
