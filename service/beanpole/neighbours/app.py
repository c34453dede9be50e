"""The neighbours as WSGI applications, one for each scope of credentials: `neighbour` makes one.

What only reads is answered from the environments of the caller's world. What a neighbour does not know itself comes
from the companion: other operations wholly, and other elements of the same lists.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from msgspec import Struct
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Request as WebRequest
from werkzeug.wrappers import Response

from beanpole import clock, entropy, limits, log_lines
from beanpole.catalog import Catalog
from beanpole.credential import caller
from beanpole.model import errors
from beanpole.neighbours import companion as companions
from beanpole.neighbours import ec2
from beanpole.neighbours.listing import Listing, page, refuse_strangers, select
from beanpole.neighbours.owners import owners
from beanpole.store.commit import Conflict
from beanpole.store.connection import StoreError
from beanpole.store.store import Store
from beanpole.store.world import World
from beanpole.wire import query, schemas, spec, xml
from beanpole.wire.errors import ProtocolError
from beanpole.wire.query import Call
from beanpole.wire.schemas import Request
from beanpole.wire.spec import NeighbourSpec, Operation

# The services behind each scope of credentials, by the names of their specs; the first answers a call that names no
# version.
SCOPES: Mapping[str, tuple[str, ...]] = {"ec2": ("ec2",)}
LISTINGS: Mapping[str, Mapping[str, Listing]] = {"ec2": ec2.LISTINGS}

_ATTEMPTS = limits.most("call_attempts")
_log = log_lines.logger("beanpole.neighbours")


class Neighbour(Struct, frozen=True, eq=False):
    """The parts of the server that every call to a neighbour needs."""

    scope: str
    store: Store
    catalog: Catalog
    companion: WSGIApplication | None = None


def neighbour(scope: str, store: Store, catalog: Catalog, companion: WSGIApplication | None = None) -> WSGIApplication:
    """The application that answers the calls whose credentials are of a scope, a key of SCOPES."""
    parts = Neighbour(scope, store, catalog, companion)

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        response = _answer(parts, WebRequest(environ))
        return response(environ, start_response)

    return answer


def _answer(parts: Neighbour, request: WebRequest) -> Response:
    """The answer to a request; every refusal is in the protocol of the service."""
    request.max_content_length = limits.most("call_body")
    service = spec.neighbour(SCOPES[parts.scope][0])
    try:
        body = request.get_data(cache=True)
        call = _call(request, body)
        service = _service(parts.scope, call)
        return _respond(parts, service, request, call)
    except ProtocolError as error:
        return _refusal(service, error)
    except companions.Refused as refusal:
        return _passed_on(refusal.answer)
    except HTTPException as error:
        return _refusal(
            service, ProtocolError("RequestEntityTooLarge", error.description or error.name, error.code or 400)
        )
    except StoreError as error:
        _log.warning("the store is unavailable: %s", error)
        unavailable = errors.ServiceUnavailable()
        return _refusal(service, ProtocolError(unavailable.code, unavailable.message, unavailable.status))


def _call(request: WebRequest, body: bytes) -> Call:
    headers = request.headers
    return query.parse(request.method, request.query_string, body, headers.get("Content-Type"), headers.get("Accept"))


def _service(scope: str, call: Call) -> NeighbourSpec:
    """The service that a call is for, by its version: two share the scope of load balancers."""
    services = [spec.neighbour(name) for name in SCOPES[scope]]
    return next((each for each in services if each.service.api_version == call.version), services[0])


def _respond(parts: Neighbour, service: NeighbourSpec, request: WebRequest, call: Call) -> Response:
    operation = service.operation(call.action)
    if operation is None:
        if parts.companion is None:
            raise ProtocolError("InvalidAction", f"The action {call.action} needs a companion.")
        return _passed_on(companions.ask(parts.companion, request.environ, request.get_data(cache=True)))
    account_id, region = caller(request.headers, request.args)
    world = parts.store.world(account_id, region)
    wanted = schemas.load(operation, query.nest(call.parameters, operation.input))
    result = _retried(lambda: _listed(parts, service, operation, wanted, world, request, call))
    return _rendered(service, operation, result)


def _retried(attempt: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    for _ in range(_ATTEMPTS):
        try:
            return attempt()
        except Conflict:
            continue
    raise ProtocolError("RequestLimitExceeded", "Request limit exceeded.", 503)


def _listed(
    parts: Neighbour,
    service: NeighbourSpec,
    operation: Operation,
    wanted: Request,
    world: World,
    request: WebRequest,
    call: Call,
) -> dict[str, Any]:
    listing = LISTINGS[service.service.name][operation.name]
    now = world.clock().now(clock.real_now())
    selection = select(listing, owners(world, parts.catalog, now), wanted)
    others = []
    if parts.companion is None:
        refuse_strangers(listing, selection)
    elif selection.asks_others:
        parameters = companions.asked(call.parameters, operation, listing, selection)
        answer = companions.ask(parts.companion, request.environ, companions.form(parameters), is_form=True)
        others = companions.elements(answer, operation, listing, bool(selection.strangers))
    return page(listing, selection.items, others, wanted)


def _rendered(service: NeighbourSpec, operation: Operation, result: Any) -> Response:
    request_id = entropy.request_id()
    body = xml.render(operation, result, request_id, service.service)
    return Response(body, 200, {"Content-Type": "text/xml;charset=UTF-8", "x-amzn-RequestId": request_id})


def _refusal(service: NeighbourSpec, error: ProtocolError) -> Response:
    request_id = entropy.request_id()
    type_ = "Sender" if error.status < 500 else "Receiver"
    body = xml.render_error(error.code, error.message, type_, request_id, service.service)
    headers = {"Content-Type": "text/xml;charset=UTF-8", "x-amzn-RequestId": request_id}
    return Response(body, error.status, headers)


def _passed_on(answer: companions.Answer) -> Response:
    return Response(answer.body, answer.status, answer.headers)
