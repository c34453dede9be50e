"""The table of the control routes under `/_beanpole`, and the blueprint that serves them.

Requests and answers are JSON; an error is a problem document. `api-spec/control.yaml` describes every route,
and a test compares the two.
"""

from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from importlib import import_module
from typing import TYPE_CHECKING

from flask import Blueprint, Response, request
from werkzeug.exceptions import MethodNotAllowed

from beanpole.caller.credential import ACCOUNT, REGION, ControlAccess, caller
from beanpole.control import problems
from beanpole.control.problems import Problem
from beanpole.store.store import Store
from beanpole.tables import limits
from beanpole.threads.first_use import FirstUse

if TYPE_CHECKING:
    from beanpole.control.scope import Scope
    from beanpole.control.streams import Streams
    from beanpole.files.object_store import ObjectReader

PREFIX = "/_beanpole"
OPEN = f"{PREFIX}/health"  # needs no token: a load balancer has none
CONSOLE = f"{PREFIX}/console"  # its pages hold nothing of any account: their scripts send the token with each call
TIMEOUT = limits.most("advance_seconds")

# Method, path, module and function. A module is imported with the first request for it, so that the server starts soon.
ROUTES: tuple[tuple[str, str, str], ...] = (
    ("GET", "/health", "health.get"),
    ("GET", "/metrics", "metrics.get"),
    ("POST", "/reset", "state.reset"),
    ("GET", "/clock", "clock.get"),
    ("PUT", "/clock", "clock.put"),
    ("POST", "/clock/advance", "clock.advance"),
    ("GET", "/accounts", "accounts.get"),
    ("GET", "/due", "accounts.due"),
    ("GET", "/environments", "environments.get"),
    ("GET", "/environments/<name>/fleet", "fleet.get"),
    ("GET", "/environments/<name>/lanes", "lanes.get"),
    ("GET", "/environments/<name>/settings", "settings.get"),
    ("GET", "/environments/<name>/instances/<instance>/commands", "commands.get"),
    ("GET", "/environments/<name>/instances/<instance>/files/", "disk.get"),
    ("GET", "/environments/<name>/instances/<instance>/files/<path:path>", "disk.get"),
    ("GET", "/bundle", "bundles.get"),
    ("GET", "/cnames/<cname>", "cnames.get"),
    ("GET", "/faults", "faults.get"),
    ("POST", "/faults", "faults.arm"),
    ("DELETE", "/faults", "faults.disarm"),
    ("GET", "/state", "state.get"),
    ("PUT", "/state", "state.put"),
    ("GET", "/snapshots", "snapshots.get"),
    ("GET", "/snapshots/<name>", "snapshots.download"),
    ("PUT", "/snapshots/<name>", "snapshots.put"),
    ("POST", "/snapshots/<name>", "snapshots.go_back"),
    ("DELETE", "/snapshots/<name>", "snapshots.forget"),
    ("GET", "/stream", "stream.get"),
    ("GET", "/journal", "journal.get"),
)


def control(
    store: Store,
    token: str | None = None,
    is_open: bool = False,
    timeout: int = TIMEOUT,
    objects: "ObjectReader | None" = None,
    forget: Callable[[str | None], None] | None = None,
) -> Blueprint:
    """The routes over a store, for requests with the token; without one, for this machine or (`is_open`) for all."""
    blueprint = Blueprint("control", __name__, url_prefix=PREFIX)
    streams = FirstUse(partial(_streams, store))

    def scope(account_id: str, region: str) -> "Scope":
        from beanpole.control.scope import Scope

        return Scope(store, account_id, region, timeout, streams(), objects, forget)

    for method, path, answer in ROUTES:
        view = partial(_view, answer, scope)
        blueprint.add_url_rule(path, f"{method} {path}", view, methods=[method], provide_automatic_options=False)
    blueprint.before_app_request(partial(_admit, ControlAccess(token, is_open)))
    problems.answer_for(blueprint)
    return blueprint


def _streams(store: Store) -> "Streams":
    from beanpole.control.streams import Streams

    return Streams(store)


def _admit(access: ControlAccess) -> Response | None:
    """Refuse a request under the prefix that carries no valid token or has no route; let every other request pass."""
    path = request.path
    if not path.startswith(PREFIX) or path[len(PREFIX) :][:1] not in ("", "/"):
        return None
    is_exempt = path == OPEN or f"{path}/".startswith(f"{CONSOLE}/")
    if not is_exempt and not access.has_token(request.environ):
        return problems.answer(
            Problem(HTTPStatus.UNAUTHORIZED, "Send the control token as a Bearer or as X-Beanpole-Token.")
        )
    if not access.is_near(request.environ) and path != OPEN:
        return problems.answer(
            Problem(HTTPStatus.FORBIDDEN, "Without a control token these routes answer this machine alone.")
        )
    if request.mimetype not in ("", "application/json") or (request.content_length and not request.mimetype):
        return problems.answer(
            Problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "Send JSON, with Content-Type: application/json.")
        )
    if isinstance(request.routing_exception, MethodNotAllowed):
        return problems.refusal(request.routing_exception)
    if request.url_rule is None or not request.url_rule.rule.startswith(f"{PREFIX}/"):
        return problems.answer(Problem(HTTPStatus.NOT_FOUND, "There is no such control route."))
    return None


def _view(answer: str, scope: "Callable[[str, str], Scope]", **arguments: str) -> Response:
    """Read the scope of the request: `account` and `region` of its query, else those of its credential."""
    account_id, region = caller(request.headers, request.args)
    account_id, region = request.args.get("account", account_id), request.args.get("region", region)
    if not ACCOUNT.fullmatch(account_id):
        raise Problem(HTTPStatus.BAD_REQUEST, "An account is 12 digits.")
    if not REGION.fullmatch(region):
        raise Problem(HTTPStatus.BAD_REQUEST, "A region is 1 to 32 of a-z, 0-9 and the dash.")
    return _function(answer)(scope(account_id, region), **arguments)


def _function(name: str) -> Callable[..., Response]:
    module, _, function = name.partition(".")
    answer: Callable[..., Response] = getattr(import_module(f"beanpole.control.{module}"), function)
    return answer
