"""The handling of a call that has passed the checks: its attempts, each with its context, its ids and its door."""

from collections.abc import Callable
from typing import NamedTuple

from flask import request
from msgspec.structs import replace

from beanpole.api import call_faults, repeats
from beanpole.api.recording import Recording
from beanpole.api.rendered import WRITERS, Rendered, service_refusal
from beanpole.catalog.catalog import Catalog
from beanpole.files.object_store import ObjectStore
from beanpole.machine import clock, entropy
from beanpole.model import errors
from beanpole.model.environment.shared_balancer import Facts
from beanpole.model.names.ids import Ids
from beanpole.model.time.clock import Clock
from beanpole.operations import HANDLERS
from beanpole.operations.context import Context
from beanpole.operations.door import Door
from beanpole.store.commit import Conflict
from beanpole.store.present import look
from beanpole.store.store import Store
from beanpole.store.world import World
from beanpole.tables import limits
from beanpole.wire.query import Variant
from beanpole.wire.schemas import Request
from beanpole.wire.spec import Operation

MAX_ATTEMPTS = limits.most("call_attempts")


class CompanionCalls(NamedTuple):
    """The calls of the service to a companion, None without one.

    `forget` forgets an account, or with None all accounts. `has_profile` tells whether an account has an instance
    profile, and `has_role` whether it has a role. `find_balancer` finds the load balancer with an ARN.
    """

    forget: Callable[[str | None], None] | None = None
    has_profile: Callable[[str, str], bool] | None = None
    has_role: Callable[[str, str], bool] | None = None
    find_balancer: Callable[[str, str, str], Facts | None] | None = None


class Dependencies(NamedTuple):
    """The parts of the server that every request needs."""

    store: Store
    catalog: Catalog
    objects: ObjectStore | None
    companion: CompanionCalls


class Checked(NamedTuple):
    """A call that has passed the checks, with its world; `name` is the name of the call, if its caller gave it one."""

    operation: Operation
    parameters: Request
    world: World
    variant: Variant
    name: str | None = None


def handle(call: Checked, dependencies: Dependencies, recording: Recording) -> Rendered:
    """Retry on Conflict. Each attempt replays the same streams of ids, so a retried call answers with the same ids.

    A call may be refused because an earlier attempt at it has succeeded in the meantime; then the answer to that
    attempt is given.
    """
    world, operation = call.world, call.operation
    account_clock, present = look(world)
    reading: World = present
    ids, request_id = _ids(operation, world, account_clock)
    hidden: frozenset[str] = frozenset()
    for attempt in range(MAX_ATTEMPTS):
        door = Door(world, dependencies.objects)
        context = _context(dependencies, reading, door, account_clock, ids, request_id, attempt)
        recording.now = context.now
        try:
            if attempt == 0 and not recording.only_looks and (faults := present.faults()):
                hidden = call_faults.apply(world, faults, account_clock, operation.name, call.parameters)
                context = replace(context, world=world)  # a fault may have delayed the call
            answer = _attempt(call, context, door, hidden)
        except Conflict:
            account_clock, reading = world.clock(), world
            continue
        except errors.ServiceError as error:
            earlier = repeats.earlier(world, call.name, request.headers)
            return earlier or service_refusal(error, call.variant, request_id)
        recording.changed = door.changed
        return answer
    return service_refusal(errors.RateExceeded(), call.variant, request_id)


def _ids(operation: Operation, world: World, account_clock: Clock) -> tuple[Ids, str]:
    """The stream of a call's ids, and the request id; a call that only reads takes none from the account's seed."""
    if HANDLERS[operation.name].reads:
        request_id = entropy.request_id()
        return Ids(request_id), request_id
    ids = world.ids(account_clock.seed)
    return ids, ids.of("request").request_id()


def _attempt(call: Checked, context: Context, door: Door, hidden: frozenset[str]) -> Rendered:
    """The answer of the handler, committed together with its change; `hidden` are entities that it must not find."""
    if hidden:
        context = replace(context, world=_veiled(call.world, hidden))
    result = HANDLERS[call.operation.name].handle(context, call.parameters)
    body = WRITERS[call.variant].render(call.operation, result, context.request_id)
    answer = Rendered(200, body, call.variant, context.request_id)
    door.close(repeats.keep(call.name, answer))
    return answer


def _veiled(world: World, hidden: frozenset[str]) -> World:
    """A world without the entities that an armed fault hides."""
    from beanpole.api.veil import VeiledWorld

    return VeiledWorld(world, hidden)


def _context(
    dependencies: Dependencies,
    world: World,
    door: Door,
    account_clock: Clock,
    ids: Ids,
    request_id: str,
    conflicts: int,
) -> Context:
    return Context(
        world=world,
        commit=door.commit,
        commit_now=door.commit_now,
        catalog=dependencies.catalog,
        ids=ids.of("handler"),
        clock=account_clock,
        now=account_clock.now(clock.real_now()),
        region=world.region,
        account_id=world.account_id,
        request_id=request_id,
        conflicts=conflicts,
        endpoint=_endpoint,
        objects=dependencies.objects,
        has_profile=dependencies.companion.has_profile,
        has_role=dependencies.companion.has_role,
        find_balancer=dependencies.companion.find_balancer,
    )


def _endpoint() -> str:
    """The URL at which the caller reached the service. Making it is slow, and few operations need it."""
    return request.host_url.rstrip("/")
