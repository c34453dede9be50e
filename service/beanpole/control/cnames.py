"""The control route of CNAMEs: what somebody who calls one may meet."""

from collections import Counter
from http import HTTPStatus
from typing import Any

from flask import Response

from beanpole.clock import real_now
from beanpole.control.problems import Problem, as_json
from beanpole.control.schemas import shown
from beanpole.control.scope import Scope
from beanpole.model.environment.environment import Environment


def get(scope: Scope, cname: str) -> Response:
    """Who answers a CNAME or its prefix: its holder, then those that a resolver may still take for it."""
    now, live = scope.clock.now(real_now()), [it for it in scope.world.environments() if it.live]
    name = next((it for it in _names(live) if cname.lower() in (it, it.partition(".")[0])), None)
    if name is None:
        raise Problem(HTTPStatus.NOT_FOUND, f"No environment in {scope.region} answers {cname}.")
    holders = [_answer(scope, it, None) for it in live if it.cname == name]
    others = [it for it in live if it.cname != name]
    former = [_answer(scope, it, old.until) for it in others for old in it.former_cnames if old.is_called(name, now)]
    return as_json({"cname": name, "answers": [*holders, *former]})


def _names(live: list[Environment]) -> list[str]:
    return [it.cname for it in live if it.cname is not None]


def _answer(scope: Scope, environment: Environment, until: int | None) -> dict[str, Any]:
    fleet = scope.world.fleet(environment.id).values()
    return {
        "environment_id": environment.id,
        "environment_name": environment.environment_name,
        "endpoint_url": environment.endpoint_url,
        "until": None if until is None else shown(until),
        "versions": Counter(it.version_label or "" for it in fleet if it.in_service),
    }
