"""The routes under `/_beanpole`: what the user of the stand-in may ask that the service itself has no words for.

JSON goes in and out; whatever cannot be answered is a problem document. `api-spec/control.yaml` describes every route,
and a test holds the two against each other.
"""

import platform
from collections.abc import Callable
from functools import cache, partial
from hmac import compare_digest
from http import HTTPStatus
from importlib.metadata import version
from typing import Any

from flask import Blueprint, Response, request
from msgspec.structs import asdict, replace
from werkzeug.exceptions import MethodNotAllowed

from beanpole import entropy
from beanpole.clock import real_now, sleep
from beanpole.control import cnames, faults, plan, problems
from beanpole.control.problems import Problem, as_json
from beanpole.control.schemas import ADVANCE, CLOCK, MOST, body, load, shown
from beanpole.control.scope import Scope
from beanpole.credential import ACCOUNT, REGION, caller
from beanpole.model.clock import LATEST, Clock, Target
from beanpole.model.environment.environment import Environment
from beanpole.store import snapshot, world_check
from beanpole.store.snapshot import Snapshot
from beanpole.store.store import Store
from beanpole.store.world import World

PREFIX = "/_beanpole"
OPEN = f"{PREFIX}/health"  # what asks for no token: a load balancer has none
MOST_STATE = 256 * MOST  # bytes of a world
PATIENCE = 60  # seconds that an advance may take
POLL = 0.002
WITHIN = 86_400  # simulated seconds that `until` waits unless told otherwise


def control(store: Store, token: str | None = None, patience: int = PATIENCE) -> Blueprint:
    """The routes over a store; with a token, only for those who send it."""
    blueprint = Blueprint("control", __name__, url_prefix=PREFIX)
    for method, path, answer in ROUTES:
        view = partial(_view, answer, store, patience)
        blueprint.add_url_rule(path, f"{method} {path}", view, methods=[method], provide_automatic_options=False)
    blueprint.before_app_request(partial(_admit, token))
    problems.answer_for(blueprint)
    return blueprint


def get_health(caller: Scope) -> Response:
    """200 once it can answer."""
    if not caller.store.ready():
        raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, "The store does not answer.")
    embedded = type(caller.store.redis).__module__.startswith("fakeredis")
    kind = "embedded" if embedded else "redis"
    return as_json(
        {"status": "ok", "versions": _versions(), "store": kind, "clock": _clock(caller.store.clocks.default)}
    )


def reset(caller: Scope) -> Response:
    """Forget the caller's account, or every account."""
    everyone = request.args.get("all", "false")
    if everyone not in ("true", "false"):
        raise Problem(HTTPStatus.BAD_REQUEST, "all is true or false.")
    account_id = None if everyone == "true" else caller.account_id
    caller.store.reset(account_id)
    return as_json({"account": account_id})


def get_clock(caller: Scope) -> Response:
    """The account's clock."""
    return as_json(_clock(caller.clock))


def put_clock(caller: Scope) -> Response:
    """Set what the body names; an account that has nothing yet may be put at any instant."""
    wanted, before = load(CLOCK, body(MOST)), caller.clock
    reading = wanted.pop("now", None)
    clock: Clock = replace(before, **wanted)
    if reading is not None and clock.mode == "wall":
        raise Problem(HTTPStatus.CONFLICT, "A wall clock shows real time; now can be set on a manual one only.")
    if not snapshot.regions(caller.store, caller.account_id):
        fresh = clock if reading is None else replace(clock, reading=reading)
        snapshot.restore(caller.store, Snapshot(1, caller.account_id, fresh, 0, {}))
    elif reading is None or (before.mode == "manual" and reading == before.reading):
        caller.store.clocks.set(caller.account_id, clock)
    else:
        raise Problem(HTTPStatus.CONFLICT, "This account has a past already: its clock is moved by clock/advance only.")
    return get_clock(caller)


def advance(caller: Scope) -> Response:
    """Play all that is due up to the target, and answer when it is played."""
    wanted, clock = load(ADVANCE, body(MOST)), caller.clock
    if clock.mode == "wall":
        raise Problem(
            HTTPStatus.CONFLICT, "A wall clock moves by itself; PUT clock with mode manual to move it by hand."
        )
    target = _target(caller, wanted)
    to = target.from_reading(clock.reading).to
    if to < clock.reading:
        raise Problem(HTTPStatus.CONFLICT, f"The clock shows {shown(clock.reading)}, and it does not go back.")
    if to > LATEST:
        raise Problem(HTTPStatus.BAD_REQUEST, f"No clock goes beyond {shown(LATEST)}.")
    _play(caller, target)
    if target.environment is not None and _status(caller, target.environment) != target.status:
        detail = f"By {shown(caller.clock.reading)} environment {target.environment} is not {target.status}."
        raise Problem(HTTPStatus.CONFLICT, detail)
    return get_clock(caller)


def get_fleet(caller: Scope, name: str) -> Response:
    """The instances of an environment, its plan, and where that stands."""
    environment = _environment(caller, name)
    instances = caller.world.fleet(environment.id).values()
    dated = [
        asdict(it) | {"launched_at": shown(it.launched_at), "deployed_at": shown(it.deployed_at)} for it in instances
    ]
    return as_json({"instances": dated, "plan": _plan(caller.world, environment)})


def get_state(caller: Scope) -> Response:
    """The account's whole world."""
    return as_json(snapshot.encode(snapshot.take(caller.store, caller.account_id)))


def put_state(caller: Scope) -> Response:
    """Put a world that was exported in the place of whatever the account has."""
    try:
        world = world_check.decode(body(MOST_STATE), caller.account_id)
    except world_check.Inconsistent as error:
        raise Problem(HTTPStatus.BAD_REQUEST, f"This is no world of this account: {error}.") from None
    snapshot.restore(caller.store, world)
    return get_clock(caller)


ROUTES: tuple[tuple[str, str, Callable[..., Response]], ...] = (
    ("GET", "/health", get_health),
    ("POST", "/reset", reset),
    ("GET", "/clock", get_clock),
    ("PUT", "/clock", put_clock),
    ("POST", "/clock/advance", advance),
    ("GET", "/environments/<name>/fleet", get_fleet),
    ("GET", "/cnames/<cname>", cnames.get),
    ("GET", "/faults", faults.get),
    ("POST", "/faults", faults.arm),
    ("DELETE", "/faults", faults.disarm),
    ("GET", "/state", get_state),
    ("PUT", "/state", put_state),
)


def _admit(token: str | None) -> Response | None:
    """Refuse what has no route here before anybody else does, and what shows no token where one is asked for."""
    if request.path != PREFIX and not request.path.startswith(f"{PREFIX}/"):
        return None
    if token is not None and request.path != OPEN and not compare_digest(_given_token(), token.encode()):
        return problems.answer(
            Problem(HTTPStatus.UNAUTHORIZED, "Send the control token as a Bearer or as X-Beanpole-Token.")
        )
    if isinstance(request.routing_exception, MethodNotAllowed):
        return problems.refusal(request.routing_exception)
    if request.url_rule is None or not request.url_rule.rule.startswith(f"{PREFIX}/"):
        return problems.answer(Problem(HTTPStatus.NOT_FOUND, "There is no such control route."))
    return None


def _given_token() -> bytes:
    scheme, _, bearer = request.headers.get("Authorization", "").partition(" ")
    given = request.headers.get("X-Beanpole-Token") or (bearer.strip() if scheme.lower() == "bearer" else "")
    return given.encode("latin-1", "replace")


def _view(answer: Callable[..., Response], store: Store, patience: int, **arguments: str) -> Response:
    account_id, region = caller(request.headers, request.args)
    account_id, region = request.args.get("account", account_id), request.args.get("region", region)
    if not ACCOUNT.fullmatch(account_id):
        raise Problem(HTTPStatus.BAD_REQUEST, "An account is 12 digits.")
    if not REGION.fullmatch(region):
        raise Problem(HTTPStatus.BAD_REQUEST, "A region is 1 to 32 of a-z, 0-9 and the dash.")
    return answer(Scope(store, account_id, region, patience), **arguments)


def _target(caller: Scope, wanted: dict[str, Any]) -> Target:
    """Its id is not drawn from the account's seed: how the clock is moved must not show in what happens."""
    id_ = entropy.request_id()
    if "seconds" in wanted:
        return Target(id_, by=round(wanted["seconds"] * 1000))
    if "to" in wanted:
        return Target(id_, wanted["to"])
    until = wanted["until"]
    environment = _environment(caller, until["environment"])
    bound = round(until.get("within", WITHIN) * 1000)
    return Target(id_, 0, environment.id, caller.region, until["status"], by=bound)


def _play(caller: Scope, target: Target) -> None:
    clocks, deadline = caller.store.clocks, real_now() + caller.patience * 1000
    clocks.advance(caller.account_id, target)
    while clocks.wished(caller.account_id, target):
        if real_now() > deadline:
            clocks.finish(caller.account_id, target)
            detail = f"No worker played the clock to its target within {caller.patience} s of real time."
            raise Problem(HTTPStatus.GATEWAY_TIMEOUT, detail)
        sleep(POLL)


def _status(caller: Scope, environment_id: str) -> str | None:
    environment = caller.world.environment(environment_id)
    return None if environment is None else environment.status


def _environment(caller: Scope, name: str) -> Environment:
    """By name the live one, by id any."""
    found = caller.world.environment_named(name) or caller.world.environment(name)
    if found is None:
        raise Problem(HTTPStatus.NOT_FOUND, f"There is no environment {name} in {caller.region}.")
    return found


def _plan(world: World, environment: Environment) -> dict[str, object] | None:
    """None where nothing goes on."""
    activity = environment.activity
    if activity is None:
        return None
    return plan.describe(activity, world.plan(environment.id) if activity.steps else ())


def _clock(clock: Clock) -> dict[str, object]:
    return {"mode": clock.mode, "speed": clock.speed, "now": shown(clock.now(real_now())), "seed": clock.seed}


@cache
def _versions() -> dict[str, str]:
    packages = ("beanpole", "flask", "marshmallow", "redis", "rq")
    return {"python": platform.python_version()} | {it: version(it) for it in packages}
