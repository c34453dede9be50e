"""The route that says whether the server can answer."""

import platform
from functools import cache
from http import HTTPStatus
from importlib.metadata import version

from flask import Response

from beanpole.control import clock
from beanpole.control.problems import Problem, as_json
from beanpole.control.scope import Scope


def get(scope: Scope) -> Response:
    """200 once the store answers; raises Problem with 503."""
    if not scope.store.ready():
        raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, "The store does not answer.")
    embedded = type(scope.store.redis).__module__.startswith("fakeredis")
    kind = "embedded" if embedded else "redis"
    document = {"status": "ok", "versions": _versions(), "store": kind}
    return as_json(document | {"clock": clock.describe(scope.store.clocks.default)})


@cache
def _versions() -> dict[str, str]:
    packages = ("beanpole", "flask", "marshmallow", "redis", "rq")
    return {"python": platform.python_version()} | {package: version(package) for package in packages}
