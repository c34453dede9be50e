"""A request's way through the service: `create_app` wires the stations, `_answer` is their order."""

import logging
from collections.abc import Collection
from email.utils import formatdate
from functools import partial
from typing import NamedTuple

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException

from beanpole import clock, entropy
from beanpole.api import admission, call_faults
from beanpole.api.log_files import logs
from beanpole.catalog import Catalog
from beanpole.control.routes import control
from beanpole.credential import ONLOOKER, caller
from beanpole.files.object_store import ObjectStore
from beanpole.model import errors
from beanpole.model.clock import Clock
from beanpole.model.names.ids import Ids
from beanpole.operations import HANDLERS
from beanpole.operations.context import Context
from beanpole.operations.door import Door
from beanpole.store.commit import Conflict
from beanpole.store.connection import StoreError
from beanpole.store.store import Store
from beanpole.store.world import World
from beanpole.wire import json, query, schemas, spec, xml
from beanpole.wire.errors import ProtocolError
from beanpole.wire.query import Variant
from beanpole.wire.schemas import Request
from beanpole.wire.spec import Operation

MAX_BODY = 1 << 20
MAX_ATTEMPTS = 50  # at one call, before its caller is told to come again later

_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE"]
_WRITERS = {"xml": xml, "json": json}
_REFUSALS = {403: "AccessDenied", 404: "NotFound", 405: "MethodNotAllowed", 413: "RequestEntityTooLarge"}
_log = logging.getLogger("beanpole")


class Answer(NamedTuple):
    """What leaves: a body in the protocol's form and the id of the request it answers."""

    status: int
    body: bytes
    variant: Variant
    request_id: str


class Dependencies(NamedTuple):
    """What every request is answered with."""

    store: Store
    catalog: Catalog
    objects: ObjectStore | None


def create_app(
    store: Store,
    catalog: Catalog,
    control_token: str | None = None,
    objects: ObjectStore | None = None,
    allowed_hosts: Collection[str] = (),
    open_control: bool = False,
) -> Flask:
    """The service over a store; with a token, the control routes ask for it.

    Without a token they answer this machine alone, unless they are `open_control`. `allowed_hosts` are names by which
    clients on this machine may call the server beside those of this machine.

    Without an object store nobody looks for a source bundle.
    """
    dependencies = Dependencies(store, catalog, objects)
    app = Flask("beanpole", static_folder=None)
    app.url_map.merge_slashes = False
    app.url_map.strict_slashes = False
    app.before_request(partial(admission.check, allowed_hosts))
    app.register_blueprint(control(store, control_token, open_control))
    app.register_blueprint(logs(store, catalog))

    @app.route("/", methods=_METHODS, provide_automatic_options=False)
    def service() -> Response:
        return _response(_answer(dependencies))

    @app.after_request
    def date(response: Response) -> Response:
        response.headers.setdefault("Date", formatdate(clock.real_now() / 1000, usegmt=True))
        return response

    @app.errorhandler(HTTPException)
    def refuse(error: HTTPException) -> Response:
        status = error.code or 500
        code = _REFUSALS.get(status, "MalformedQueryString" if status < 500 else errors.InternalFailure.code)
        return _response(_refusal(code, error.description or error.name, status, _variant(b""), entropy.request_id()))

    @app.errorhandler(StoreError)
    def be_unavailable(error: Exception) -> Response:
        _log.warning("the store is unavailable: %s", error)
        return _response(_service_refusal(errors.ServiceUnavailable(), _variant(b""), entropy.request_id()))

    @app.errorhandler(Exception)
    def fail(error: Exception) -> Response:
        _log.error("a request failed", exc_info=error)
        return _response(_service_refusal(errors.InternalFailure(), _variant(b""), entropy.request_id()))

    return app


def _answer(dependencies: Dependencies) -> Answer:
    """Limits, variant, caller, operation, checks, handler, rendering; a refusal at any station ends it there."""
    request.max_content_length = MAX_BODY
    body = request.get_data(cache=False)
    variant = _variant(body)
    try:
        account_id, region = caller(request.headers, request.args)
        accept, content_type = request.headers.get("Accept"), request.headers.get("Content-Type")
        call = query.parse(request.method, request.query_string, body, content_type, accept)
        operation = query.find(call, spec.load())
        asked = schemas.load(operation, query.nest(call.parameters, operation.input))
    except ProtocolError as error:
        return _refusal(error.code, error.message, error.status, variant, entropy.request_id())
    return _handle(operation, asked, dependencies, dependencies.store.world(account_id, region), variant)


def _handle(operation: Operation, asked: Request, dependencies: Dependencies, world: World, variant: Variant) -> Answer:
    """Every attempt draws the same ids, so it does not matter how many it takes."""
    handler = HANDLERS[operation.name]
    account_clock = world.clock()
    stream = Ids(entropy.request_id()) if handler.reads else world.ids(account_clock.seed)
    request_id = stream.of("request").request_id()
    for attempt in range(MAX_ATTEMPTS):
        context = _context(dependencies, world, account_clock, stream, request_id)
        try:
            if attempt == 0 and not (handler.reads and ONLOOKER in request.headers):
                call_faults.apply(world, account_clock, operation.name, asked)
            result = handler.handle(context, asked)
        except Conflict:
            account_clock = world.clock()
            continue
        except errors.ServiceError as error:
            return _service_refusal(error, variant, request_id)
        body = _WRITERS[variant].render(operation, result, request_id)
        return Answer(200, body, variant, request_id)
    return _service_refusal(errors.RateExceeded(), variant, request_id)


def _context(dependencies: Dependencies, world: World, account_clock: Clock, stream: Ids, request_id: str) -> Context:
    return Context(
        world=world,
        commit=Door(world, dependencies.objects).commit,
        catalog=dependencies.catalog,
        ids=stream.of("handler"),
        clock=account_clock,
        now=account_clock.now(clock.real_now()),
        region=world.region,
        account_id=world.account_id,
        request_id=request_id,
        endpoint=request.host_url.rstrip("/"),
        objects=dependencies.objects,
    )


def _variant(body: bytes) -> Variant:
    return query.variant(request.query_string, body, request.headers.get("Accept"))


def _service_refusal(error: errors.ServiceError, variant: Variant, request_id: str) -> Answer:
    return _refusal(error.code, error.message, error.status, variant, request_id)


def _refusal(code: str, message: str, status: int, variant: Variant, request_id: str) -> Answer:
    type_ = "Sender" if status < 500 else "Receiver"
    return Answer(status, _WRITERS[variant].render_error(code, message, type_, request_id), variant, request_id)


def _response(answer: Answer) -> Response:
    """No charset after the content type: a client compares it byte for byte."""
    headers = {
        "Content-Type": _WRITERS[answer.variant].CONTENT_TYPE,
        "x-amzn-RequestId": answer.request_id,
        "Vary": "Accept-Encoding",
    }
    return Response(answer.body, answer.status, headers)
