"""A request's way through the service: `create_app` wires the stations, `_answer` is their order."""

from collections.abc import Callable, Collection
from contextlib import suppress
from functools import partial
from typing import NamedTuple

from flask import Flask, Response, g, request
from flask.globals import request_ctx
from msgspec.structs import replace
from werkzeug.exceptions import HTTPException

from beanpole import clock, entropy, limits, log_lines
from beanpole.api import admission, call_faults, repeats
from beanpole.api.application import Application
from beanpole.api.log_files import logs
from beanpole.api.recording import Recording
from beanpole.api.rendered import Rendered
from beanpole.catalog import Catalog
from beanpole.console.pages import console
from beanpole.control import waiting
from beanpole.control.routes import control
from beanpole.credential import ONLOOKER, SIGNER, caller
from beanpole.files.object_store import ObjectStore
from beanpole.model import errors
from beanpole.model.clock import Clock
from beanpole.model.environment.shared_balancer import Facts
from beanpole.model.names.ids import Ids
from beanpole.operations import HANDLERS
from beanpole.operations.context import Context
from beanpole.operations.door import Door
from beanpole.store.commit import Conflict
from beanpole.store.connection import StoreError, reason
from beanpole.store.counters import Counters
from beanpole.store.store import Store
from beanpole.store.world import World
from beanpole.wire import json, query, schemas, spec, xml
from beanpole.wire.errors import ProtocolError
from beanpole.wire.query import Variant
from beanpole.wire.schemas import Request
from beanpole.wire.spec import Operation

MAX_BODY = limits.most("call_body")
MAX_ATTEMPTS = limits.most("call_attempts")

_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE"]
_WRITERS = {"xml": xml, "json": json}
_REFUSALS = {403: "AccessDenied", 404: "NotFound", 405: "MethodNotAllowed", 413: "RequestEntityTooLarge"}
_log = log_lines.logger("beanpole")


class CompanionCalls(NamedTuple):
    """The calls of the service to a companion, None without one.

    `forget` forgets an account, or with None all accounts. `has_profile` tells whether an account has an instance
    profile, and `has_role` whether it has a role. `find_balancer` finds the load balancer with an ARN.
    """

    forget: Callable[[str | None], None] | None = None
    has_profile: Callable[[str, str], bool] | None = None
    has_role: Callable[[str, str], bool] | None = None
    find_balancer: Callable[[str, str, str], Facts | None] | None = None


ALONE = CompanionCalls()


class Dependencies(NamedTuple):
    """The parts of the server that every request needs."""

    store: Store
    catalog: Catalog
    objects: ObjectStore | None
    companion: CompanionCalls


def create_app(
    store: Store,
    catalog: Catalog,
    control_token: str | None = None,
    objects: ObjectStore | None = None,
    allowed_hosts: Collection[str] = (),
    open_control: bool = False,
    companion: CompanionCalls = ALONE,
) -> Flask:
    """The service over a store; with a token, the control routes require it.

    Without a token they answer this machine alone, unless they are `open_control`. `allowed_hosts` are names by which
    clients on this machine may call the server beside those of this machine. Without an object store no source bundle
    is read.
    """
    app = Application("beanpole", static_folder=None)
    app.url_map.merge_slashes = False
    app.url_map.strict_slashes = False
    app.before_request(partial(admission.check, allowed_hosts))
    app.after_request(_add_date)
    waiting.bound(app, limits.most("waiting_calls"))
    app.register_blueprint(control(store, control_token, open_control, objects=objects, forget=companion.forget))
    app.register_blueprint(console(store, control_token is not None))
    app.register_blueprint(logs(store, catalog))
    _add_operations(app, Dependencies(store, catalog, objects, companion))
    _add_error_answers(app, store.counters)
    return app


def _add_date(response: Response) -> Response:
    if "Date" not in response.headers:
        response.headers.add("Date", clock.http_date())
    return response


def _add_operations(app: Flask, dependencies: Dependencies) -> None:
    """Answer the operations at the root."""

    @app.route("/", methods=_METHODS, provide_automatic_options=False)
    def answer_operation() -> Response:
        store = dependencies.store
        if admission.UNSIGNED in request.environ:
            refusal = errors.MissingAuthenticationToken()
            return _respond(store.counters, _service_refusal(refusal, _variant(b""), entropy.request_id()))
        g.recording = recording = Recording(store.journal, request.headers.get("User-Agent"))
        return _respond(store.counters, _answer(dependencies, recording))


def _add_error_answers(app: Flask, counters: Counters) -> None:
    """Answer every error in the form of the service."""

    @app.errorhandler(HTTPException)
    def answer_http_error(error: HTTPException) -> Response:
        status = error.code or 500
        code = _REFUSALS.get(status, "MalformedQueryString" if status < 500 else errors.InternalFailure.code)
        refusal = _refusal(code, error.description or error.name, status, _variant(b""), entropy.request_id())
        return _respond(counters, refusal)

    @app.errorhandler(StoreError)
    def answer_without_store(error: Exception) -> Response:
        _log.warning("the store is unavailable: %s", reason(error))
        answer = _service_refusal(errors.ServiceUnavailable(), _variant(b""), entropy.request_id())
        _count(counters, answer, writes=False)  # a store that does not answer is not waited for twice
        return _response(answer)

    @app.errorhandler(Exception)
    def answer_bug(error: Exception) -> Response:
        _log.error("a request failed", exc_info=error)
        refusal = errors.InternalFailure()
        return _respond(counters, _service_refusal(refusal, _variant(b""), entropy.request_id()))


def _answer(dependencies: Dependencies, recording: Recording) -> Rendered:
    """Pass the stations: limits, variant, caller, operation, checks, handler, rendering. A refusal ends the way."""
    request = request_ctx.request  # itself: the proxy of that name looks for it at each use
    headers, query_string = request.headers, request.query_string
    request.max_content_length = MAX_BODY
    body = request.get_data(cache=False)
    try:
        account_id, region = recording.account_id, recording.region = caller(
            headers, request.args if query_string else {}, request.environ.get(SIGNER)
        )
        call = query.parse(request.method, query_string, body, headers.get("Content-Type"), headers.get("Accept"))
        recording.operation = call.action
        operation = query.find(call, spec.load())
        handler = HANDLERS[operation.name]
        recording.parameters = query.nest(call.parameters, operation.input)
        recording.only_looks = handler.reads and ONLOOKER in headers
        parameters = schemas.load(operation, recording.parameters)
    except ProtocolError as error:
        return _refusal(error.code, error.message, error.status, _variant(body), entropy.request_id())
    world = dependencies.store.world(account_id, region)
    if handler.reads:
        return _handle(operation, parameters, dependencies, world, call.variant, None, recording)
    name = repeats.name_of(headers, call)
    earlier = repeats.earlier(world, name, headers)
    return earlier or _handle(operation, parameters, dependencies, world, call.variant, name, recording)


def _handle(
    operation: Operation,
    parameters: Request,
    dependencies: Dependencies,
    world: World,
    variant: Variant,
    name: str | None,
    recording: Recording,
) -> Rendered:
    """Retry on Conflict. Each attempt replays the same streams of ids, so a retried call answers with the same ids.

    `name` is the name of the call, if its caller gave it one. A call may be refused because an earlier attempt at it
    has succeeded in the meantime; then the answer to that attempt is given.
    """
    handler = HANDLERS[operation.name]
    account_clock = world.clock()
    if handler.reads:
        request_id = entropy.request_id()
        ids = Ids(request_id)
    else:
        ids = world.ids(account_clock.seed)
        request_id = ids.of("request").request_id()
    hidden: frozenset[str] = frozenset()
    for attempt in range(MAX_ATTEMPTS):
        door = Door(world, dependencies.objects)
        context = _context(dependencies, world, door, account_clock, ids, request_id)
        recording.now = context.now
        try:
            if attempt == 0 and not recording.only_looks:
                hidden = call_faults.apply(world, account_clock, operation.name, parameters)
            if hidden:
                context = replace(context, world=_veiled(world, hidden))
            result = handler.handle(context, parameters)
            body = _WRITERS[variant].render(operation, result, request_id)
            answer = Rendered(200, body, variant, request_id)
            door.close(repeats.keep(name, answer))
            recording.changed = door.changed
        except Conflict:
            account_clock = world.clock()
            continue
        except errors.ServiceError as error:
            return repeats.earlier(world, name, request.headers) or _service_refusal(error, variant, request_id)
        return answer
    return _service_refusal(errors.RateExceeded(), variant, request_id)


def _veiled(world: World, hidden: frozenset[str]) -> World:
    """A world without the entities that an armed fault hides."""
    from beanpole.api.veil import VeiledWorld

    return VeiledWorld(world, hidden)


def _context(
    dependencies: Dependencies, world: World, door: Door, account_clock: Clock, ids: Ids, request_id: str
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
        endpoint=_endpoint,
        objects=dependencies.objects,
        has_profile=dependencies.companion.has_profile,
        has_role=dependencies.companion.has_role,
        find_balancer=dependencies.companion.find_balancer,
    )


def _endpoint() -> str:
    """The URL at which the caller reached the service. Making it is slow, and few operations need it."""
    return request.host_url.rstrip("/")


def _variant(body: bytes) -> Variant:
    return query.variant(request.query_string, body, request.headers.get("Accept"))


def _service_refusal(error: errors.ServiceError, variant: Variant, request_id: str) -> Rendered:
    return _refusal(error.code, error.message, error.status, variant, request_id)


def _refusal(code: str, message: str, status: int, variant: Variant, request_id: str) -> Rendered:
    type_ = "Sender" if status < 500 else "Receiver"
    body = _WRITERS[variant].render_error(code, message, type_, request_id)
    return Rendered(status, body, variant, request_id, (code, message))


def _count(counters: Counters, answer: Rendered, writes: bool = True) -> None:
    """Count an answer by its operation, its status and the code of its error; the counts are written now and then."""
    recording = g.get("recording")
    operation = recording.operation if recording is not None and recording.operation in HANDLERS else ""
    counters.add("requests", operation, str(answer.status), answer.error[0] if answer.error else "OK")
    if not writes:
        return
    with suppress(StoreError):  # the counts stay in memory until they can be written
        counters.write_at_times(clock.real_now())


def _respond(counters: Counters, answer: Rendered) -> Response:
    _count(counters, answer)
    return _response(answer)


def _response(answer: Rendered) -> Response:
    """Make the response and end the record of the call. No charset: clients compare the content type byte for byte."""
    recording = g.pop("recording", None)
    if recording is not None:
        recording.end(answer)
    headers = {
        "Content-Type": _WRITERS[answer.variant].CONTENT_TYPE,
        "x-amzn-RequestId": answer.request_id,
        "Vary": "Accept-Encoding",
    }
    return Response(answer.body, answer.status, headers)
