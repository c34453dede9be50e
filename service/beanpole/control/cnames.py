"""The route of CNAMEs: which environments a caller of a CNAME may meet."""

from collections import Counter
from http import HTTPStatus
from typing import Any

from flask import Response

from beanpole.control.instants import format_instant
from beanpole.control.problems import Problem, as_json
from beanpole.control.scope import Scope
from beanpole.machine.clock import real_now
from beanpole.model.environment.environment import Environment
from beanpole.model.traffic.answerers import answerers, serving


def get(scope: Scope, cname: str) -> Response:
    """The holder of a CNAME or of its first label, then the environments that a resolver may still answer with."""
    now = scope.clock.now(real_now())
    live = [environment for environment in scope.world.environments() if environment.live]
    name = next((spelling for spelling in _cnames(live) if cname.lower() in _spellings(spelling)), None)
    if name is None:
        raise Problem(HTTPStatus.NOT_FOUND, f"No environment in {scope.region} answers {cname}.")
    answers = [_describe(scope, answerer.environment, answerer.until) for answerer in answerers(live, name, now)]
    return as_json({"cname": name, "answers": answers})


def _cnames(live: list[Environment]) -> list[str]:
    return [environment.cname for environment in live if environment.cname is not None]


def _spellings(cname: str) -> tuple[str, str]:
    """The ways to name it, in lower case: whole, and by its first label."""
    return cname.lower(), cname.lower().partition(".")[0]


def _describe(scope: Scope, environment: Environment, until: int | None) -> dict[str, Any]:
    serves = serving(environment, scope.world.fleet(environment.id))
    return {
        "environment_id": environment.id,
        "environment_name": environment.environment_name,
        "endpoint_url": environment.endpoint_url,
        "until": None if until is None else format_instant(until),
        "versions": Counter(instance.version_label or "" for instance in serves),
    }
