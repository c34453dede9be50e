"""The neighbours as WSGI applications, one for each scope of credentials: `neighbour` makes one.

Calls that only read are answered from the environments of the caller's world. The companion adds the rest: the answers
of all other operations, and the other elements of the same lists.
"""

from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from msgspec import Struct
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Request as WebRequest
from werkzeug.wrappers import Response

from beanpole.caller.credential import SIGNER, caller
from beanpole.catalog.catalog import Catalog
from beanpole.model import errors
from beanpole.neighbours import (
    activities,
    attributes,
    autoscaling,
    cloudformation,
    cloudwatch,
    codebuild,
    companion,
    datapoints,
    devices,
    ec2,
    elb,
    elbv2,
    elbv2_details,
    group_details,
    group_rules,
    images,
    logs,
    networks,
    owned,
    protocols,
    rds,
    recording,
    routes,
    stack_events,
    tagging,
    tags,
    templates,
)
from beanpole.neighbours.descriptions import DESCRIPTIONS
from beanpole.neighbours.listing import Listing, Selection, page, refuse_strangers, select
from beanpole.neighbours.owners import Owners, owners
from beanpole.neighbours.protocols import Call
from beanpole.neighbours.scopes import SCOPES
from beanpole.neighbours.verb import Verb
from beanpole.neighbours.verbs import VERBS
from beanpole.store.commit import Conflict
from beanpole.store.connection import StoreError, reason
from beanpole.store.store import Store
from beanpole.store.world import World
from beanpole.tables import limits
from beanpole.text import log_lines
from beanpole.wire import spec
from beanpole.wire.errors import ProtocolError
from beanpole.wire.spec import Operation

LISTINGS: Mapping[str, Mapping[str, Listing]] = {
    "ec2": {
        **ec2.LISTINGS,
        **attributes.LISTINGS,
        **devices.LISTINGS,
        **group_rules.LISTINGS,
        **images.LISTINGS,
        **networks.LISTINGS,
        **routes.LISTINGS,
        **tags.OF_EC2,
    },
    "autoscaling": {**autoscaling.LISTINGS, **activities.LISTINGS, **group_details.LISTINGS, **tags.OF_AUTO_SCALING},
    "elb": elb.LISTINGS,
    "elbv2": {**elbv2.LISTINGS, **elbv2_details.LISTINGS},
    "cloudformation": {**cloudformation.LISTINGS, **stack_events.LISTINGS, **templates.LISTINGS},
    "cloudwatch": {**cloudwatch.LISTINGS, **datapoints.LISTINGS},
    "rds": rds.LISTINGS,
    "logs": logs.LISTINGS,
    "codebuild": codebuild.LISTINGS,
    "resourcegroupstaggingapi": tagging.LISTINGS,
}

_ALONE = (
    "beanpole answers calls that read the resources of environments, and no companion answers {action}: install "
    "'beanpole[companions]', or start it with --companion URL."
)
_ATTEMPTS = limits.most("call_attempts")
_log = log_lines.logger("beanpole.neighbours")


class Neighbour(Struct, frozen=True, eq=False):
    """The parts of the server that every call to a neighbour needs.

    `shares_network`: the companion's default VPC is that of environments.
    """

    names: tuple[str, ...]
    store: Store
    catalog: Catalog
    companion: WSGIApplication | None = None
    shares_network: bool = False


def neighbour(
    scope: str,
    store: Store,
    catalog: Catalog,
    companion: WSGIApplication | None = None,
    *,
    shares_network: bool = False,
) -> WSGIApplication:
    """The application that answers the calls whose credentials are of a scope, a key of SCOPES."""
    parts = Neighbour(SCOPES[scope], store, catalog, companion, shares_network)

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        request = WebRequest(environ)
        response = _answer(parts, request)
        recording.end(request, response, parts.store.journal)
        return response(environ, start_response)

    return answer


def _answer(parts: Neighbour, request: WebRequest) -> Response:
    """Answer a request; every refusal is in the protocol of the service."""
    request.max_content_length = limits.most("call_body")
    specs = [spec.neighbour(name) for name in parts.names]
    try:
        call = protocols.read(request, request.get_data(cache=True), specs)
        specs = [call.spec]
        return _respond(parts, request, call)
    except ProtocolError as error:
        refusal = error
    except companion.Refused as refused:
        return _response(refused.answer)
    except HTTPException as error:
        refusal = ProtocolError("RequestEntityTooLarge", error.description or error.name, error.code or 400)
    except StoreError as error:
        _log.warning("the store is unavailable: %s", reason(error))
        unavailable = errors.ServiceUnavailable()
        refusal = ProtocolError(unavailable.code, unavailable.message, unavailable.status)
    except Exception as error:  # noqa: BLE001  # a bug is answered in the protocol, and its traceback is in the log
        _log.error("a request to %s failed", parts.names[0], exc_info=error)
        refusal = ProtocolError(errors.InternalFailure.code, errors.InternalFailure.sentence, 500)
    recording.refused(request, refusal)
    return protocols.refuse(request, specs[0], refusal)


def _respond(parts: Neighbour, request: WebRequest, call: Call) -> Response:
    operation = call.operation
    account_id, region = caller(request.headers, request.args, request.environ.get(SIGNER))
    world = parts.store.world(account_id, region)
    if operation is None:
        _with_retries(lambda: _refuse_owned(parts, world, call))
        if parts.companion is None:
            raise ProtocolError("InvalidAction", _ALONE.format(action=call.action))
        return _response(companion.ask(parts.companion, request.environ, request.get_data(cache=True)))
    service = _spec_name(parts, call)
    verb = VERBS.get(service, {}).get(operation.name) or DESCRIPTIONS.get(service, {}).get(operation.name)
    if verb is None:
        result = _with_retries(lambda: _list(parts, operation, world, request, call))
    else:
        if not verb.only_reads:
            recording.begin(request, world, service, call, operation)
        result = _with_retries(lambda: _change(parts, operation, world, request, call, verb))
    return result if isinstance(result, Response) else protocols.answer(call, operation, result)


def _refuse_owned(parts: Neighbour, world: World, call: Call) -> None:
    """Refuse a call that we do not answer, if it names a resource of an environment."""
    owned.refuse_owned(_spec_name(parts, call), call, _owners(parts, world))


def _owners(parts: Neighbour, world: World, with_steps: bool = False) -> Owners:
    is_alone = parts.companion is None
    shares = parts.shares_network
    return owners(world, parts.catalog, with_steps, parts.store, is_alone=is_alone, shares_network=shares)


def _change(parts: Neighbour, operation: Operation, world: World, request: WebRequest, call: Call, verb: Verb) -> Any:
    """Carry out a call that changes resources of environments; a call that names none of them is the companion's.

    The companion acts before this server does, so that an unknown name changes nothing.
    """
    checked, everything = call.request(operation), _owners(parts, world, True)
    selection = select(verb.listing, everything, checked)
    others: list[Any] = []
    if selection.asks_others and not selection.strangers:
        if verb.only_reads and parts.companion is not None:
            return _of_companion(parts.companion, request, verb.listing, selection)
        raise ProtocolError("ValidationError", "The request names nothing that it is about.")
    if parts.companion is None:
        refuse_strangers(verb.listing, selection)
    elif not selection.items:
        return _of_companion(parts.companion, request, verb.listing, selection)
    changes, answer = verb.act(everything, checked, [item.key for item in selection.items])
    if parts.companion is not None and selection.strangers:
        lists = companion.others(
            parts.companion, request.environ, companion.Query(call, operation, verb.listing, selection)
        )
        others = list(lists.get(verb.listing.member, []))
    for change in changes:
        world.commit(change)
        recording.changed(request, change)
    return {verb.listing.member: [*answer, *others]} if isinstance(answer, list) else answer


def _with_retries(attempt: Callable[[], Any]) -> Any:
    for _ in range(_ATTEMPTS):
        try:
            return attempt()
        except Conflict:
            continue
    raise ProtocolError("RequestLimitExceeded", "Request limit exceeded.", 503)


def _list(parts: Neighbour, operation: Operation, world: World, request: WebRequest, call: Call) -> Any:
    """Answer a call that reads; a call that names nothing of ours is the companion's, with its own pages."""
    listing = LISTINGS[_spec_name(parts, call)][operation.name]
    checked = call.request(operation)
    everything = _owners(parts, world)
    selection = select(listing, everything, checked)
    others = {}
    if parts.companion is None:
        refuse_strangers(listing, selection)
    elif selection.is_strange:
        return _of_companion(parts.companion, request, listing, selection)
    elif selection.asks_others:
        others = companion.others(
            parts.companion, request.environ, companion.Query(call, operation, listing, selection)
        )
    beside = {member: others.get(member, []) for member in listing.besides}
    return beside | page(listing, selection.items, others.get(listing.member, []), checked)


def _of_companion(other: WSGIApplication, request: WebRequest, listing: Listing, selection: Selection) -> Response:
    """The companion's answer to a call that names nothing of ours.

    If the companion does not carry the call out, as moto with a name that it does not know, the service's own error for
    such a name is the answer.
    """
    answer = companion.ask(other, request.environ, request.get_data(cache=True))
    if answer.code == HTTPStatus.NOT_IMPLEMENTED:
        refuse_strangers(listing, selection)
    return _response(answer)


def _spec_name(parts: Neighbour, call: Call) -> str:
    """The name of the spec of a call."""
    return next(name for name in parts.names if spec.neighbour(name) is call.spec)


def _response(answer: companion.Answer) -> Response:
    return Response(answer.body, answer.status, answer.headers)
