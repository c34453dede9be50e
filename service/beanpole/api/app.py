"""A request's way through the service: `create_app` wires the stations, `_answer` is their order."""

from collections.abc import Collection
from contextlib import suppress
from functools import partial

from flask import Flask, Request, Response, g, request
from flask.globals import request_ctx
from werkzeug.exceptions import HTTPException

from beanpole.api import admission, call_body, repeats
from beanpole.api.application import Answer, Application
from beanpole.api.handling import Checked, CompanionCalls, Dependencies, handle
from beanpole.api.log_files import logs
from beanpole.api.recording import Recording
from beanpole.api.rendered import WRITERS, Rendered, refusal, service_refusal
from beanpole.caller.credential import ONLOOKER, SIGNER, caller
from beanpole.catalog.catalog import Catalog
from beanpole.console.pages import console
from beanpole.control import waiting
from beanpole.control.routes import control
from beanpole.files.object_store import ObjectStore
from beanpole.machine import clock, entropy
from beanpole.model import errors
from beanpole.operations import HANDLERS
from beanpole.store.connection import StoreError, reason
from beanpole.store.counters import Counters
from beanpole.store.store import Store
from beanpole.tables import limits
from beanpole.text import log_lines
from beanpole.wire import query, schemas, spec
from beanpole.wire.errors import ProtocolError
from beanpole.wire.query import Variant

_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE"]
_REFUSALS = {403: "AccessDenied", 404: "NotFound", 405: "MethodNotAllowed", 413: "RequestEntityTooLarge"}
_log = log_lines.logger("beanpole")


ALONE = CompanionCalls()


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
        store, call = dependencies.store, request_ctx.request
        if admission.UNSIGNED in call.environ:
            error = errors.MissingAuthenticationToken()
            return _respond(store.counters, service_refusal(error, _variant(b""), entropy.request_id()))
        g.recording = recording = Recording(store.journal, call.headers.get("User-Agent"))
        return _respond(store.counters, _answer(dependencies, recording, call))


def _add_error_answers(app: Flask, counters: Counters) -> None:
    """Answer every error in the form of the service."""

    @app.errorhandler(HTTPException)
    def answer_http_error(error: HTTPException) -> Response:
        status = error.code or 500
        code = _REFUSALS.get(status, "MalformedQueryString" if status < 500 else errors.InternalFailure.code)
        message = error.description or error.name
        return _respond(counters, refusal(code, message, status, _variant(b""), entropy.request_id()))

    @app.errorhandler(StoreError)
    def answer_without_store(error: Exception) -> Response:
        _log.warning("the store is unavailable: %s", reason(error))
        answer = service_refusal(errors.ServiceUnavailable(), _variant(b""), entropy.request_id())
        recording = g.pop("recording", None)
        _count(counters, answer, recording, writes=False)  # a store that does not answer is not waited for twice
        return _response(answer, recording)

    @app.errorhandler(Exception)
    def answer_bug(error: Exception) -> Response:
        _log.error("a request failed", exc_info=error)
        return _respond(counters, service_refusal(errors.InternalFailure(), _variant(b""), entropy.request_id()))


def _answer(dependencies: Dependencies, recording: Recording, request: Request) -> Rendered:
    """Pass the stations: limits, variant, caller, operation, checks, handler, rendering. A refusal ends the way.

    The request is itself: the proxy of that name looks for it at each use.
    """
    headers, query_string = request.headers, request.query_string
    body = call_body.read(request)
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
        return refusal(error.code, error.message, error.status, _variant(body), entropy.request_id())
    world = dependencies.store.world(account_id, region)
    if handler.reads:
        return handle(Checked(operation, parameters, world, call.variant), dependencies, recording)
    name = repeats.name_of(headers, call)
    earlier = repeats.earlier(world, name, headers)
    return earlier or handle(Checked(operation, parameters, world, call.variant, name), dependencies, recording)


def _variant(body: bytes) -> Variant:
    return query.variant(request.query_string, body, request.headers.get("Accept"))


def _count(counters: Counters, answer: Rendered, recording: Recording | None, writes: bool = True) -> None:
    """Count an answer by its operation, its status and the code of its error; the counts are written now and then."""
    called = None if recording is None else recording.operation
    operation = called if called is not None and called in HANDLERS else ""
    counters.add("requests", operation, str(answer.status), answer.error[0] if answer.error else "OK")
    if not writes:
        return
    with suppress(StoreError):  # the counts stay in memory until they can be written
        counters.write_at_times(clock.real_now())


def _respond(counters: Counters, answer: Rendered) -> Response:
    recording = g.pop("recording", None)
    _count(counters, answer, recording)
    return _response(answer, recording)


def _response(answer: Rendered, recording: Recording | None) -> Response:
    """Make the response and end the record of the call. No charset: clients compare the content type byte for byte."""
    if recording is not None:
        recording.end(answer)
    headers = {
        "Content-Type": WRITERS[answer.variant].CONTENT_TYPE,
        "x-amzn-RequestId": answer.request_id,
        "Vary": "Accept-Encoding",
    }
    return Answer(answer.body, answer.status, headers)
