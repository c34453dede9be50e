"""The routes of snapshots: keep the state of an account by a name, list, download, upload, go back, forget."""

import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from flask import Response
from msgspec.structs import asdict

from beanpole.control import clock, state
from beanpole.control.instants import format_instant
from beanpole.control.problems import Problem, as_json
from beanpole.control.schemas import body
from beanpole.control.scope import Scope
from beanpole.store import named_snapshots
from beanpole.store.named_snapshots import About
from beanpole.tables import limits

_NAME = re.compile(rf"[A-Za-z0-9][A-Za-z0-9._-]{{0,{limits.most('snapshot_name') - 1}}}")


def get(scope: Scope) -> Response:
    """The snapshots of the account, the oldest first, without what is in them."""
    rows = named_snapshots.list_all(scope.store, scope.account_id)
    return as_json({"snapshots": [_describe(about) for about in rows]})


def put(scope: Scope, name: str) -> Response:
    """Keep the state that the body exports under a name; without a body, the account as it is now."""
    _check(name)
    document = body(state.MAX_STATE)
    try:
        if document:
            about, is_new = named_snapshots.keep(scope.store, scope.account_id, name, state.read(scope, document))
        else:
            about, is_new = named_snapshots.take(scope.store, scope.account_id, name)
    except named_snapshots.Full as error:
        sentence = limits.sentence("snapshots") if error.limit == "snapshots" else limits.sentence("snapshot_bytes")
        raise Problem(HTTPStatus.CONFLICT, sentence) from None
    return as_json(_describe(about), HTTPStatus.CREATED if is_new else HTTPStatus.OK)


def download(scope: Scope, name: str) -> Response:
    """The state that is kept under a name, as the state route exports it."""
    _check(name)
    document = named_snapshots.document(scope.store, scope.account_id, name)
    if document is None:
        raise _none(name)
    response = as_json(document)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.json"'
    return response


def go_back(scope: Scope, name: str) -> Response:
    """Put the account back to what is kept under a name, whatever it is busy with; answers its clock."""
    _check(name)
    if not named_snapshots.go_back(scope.store, scope.account_id, name):
        raise _none(name)
    return clock.get(scope)


def forget(scope: Scope, name: str) -> Response:
    """Forget the snapshot of that name."""
    _check(name)
    if not named_snapshots.forget(scope.store, scope.account_id, name):
        raise _none(name)
    return as_json({"forgotten": name})


def _check(name: str) -> None:
    if _NAME.fullmatch(name) is None:
        raise Problem(HTTPStatus.BAD_REQUEST, limits.sentence("snapshot_name"))


def _none(name: str) -> Problem:
    return Problem(HTTPStatus.NOT_FOUND, f"There is no snapshot {name}.")


def _describe(about: About) -> Mapping[str, Any]:
    return asdict(about) | {"kept_at": format_instant(about.kept_at), "now": format_instant(about.now)}
