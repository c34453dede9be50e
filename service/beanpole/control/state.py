"""The routes of an account's whole state: export it, restore it, forget it."""

from http import HTTPStatus

from flask import Response, request

from beanpole.control import clock, faults
from beanpole.control.problems import Problem, as_json
from beanpole.control.schemas import body
from beanpole.control.scope import Scope
from beanpole.store import restoration, snapshot, world_check, world_document
from beanpole.store.snapshot import Snapshot
from beanpole.tables import limits

MAX_STATE = limits.most("state_body")


def get(scope: Scope) -> Response:
    """Export the account in all its regions."""
    return as_json(world_document.encode(snapshot.take(scope.store, scope.account_id)))


def put(scope: Scope) -> Response:
    """Replace whatever the account has by an exported state of it."""
    restoration.restore(scope.store, read(scope, body(MAX_STATE)))
    return clock.get(scope)


def read(scope: Scope, document: bytes) -> Snapshot:
    """An exported state of the account; raises Problem for anything else."""
    try:
        world = world_check.decode(document, scope.account_id)
        for fault in (fault for region in world.regions.values() for fault in region.faults):
            faults.check(fault)
    except (world_check.Inconsistent, faults.NoFault) as error:
        raise Problem(HTTPStatus.BAD_REQUEST, f"This is no world of this account: {error}.") from None
    return world


def reset(scope: Scope) -> Response:
    """Forget the account, or with `all=true` every account."""
    everyone = request.args.get("all", "false")
    if everyone not in ("true", "false"):
        raise Problem(HTTPStatus.BAD_REQUEST, "all is true or false.")
    account_id = None if everyone == "true" else scope.account_id
    scope.store.reset(account_id)
    if scope.forget is not None:
        scope.forget(account_id)
    return as_json({"account": account_id})
