"""The route that says whether the server can answer."""

import platform
from functools import cache
from http import HTTPStatus
from importlib.metadata import version

from flask import Response

from beanpole.control import descriptions
from beanpole.control.problems import Problem, as_json
from beanpole.control.scope import Scope
from beanpole.machine.clock import real_now
from beanpole.store.connection import is_embedded

RECENT = 10_000  # milliseconds within which a worker must have been seen
LATE = 10_000  # milliseconds after which something that is due is late


def get(scope: Scope) -> Response:
    """200 while calls are answered and time passes; else raises Problem with 503 and the reason.

    Time passes if a worker was seen lately, and nothing has been due for long: in a process that serves and works at
    once the worker is a thread.
    """
    store = scope.store
    store.must_answer()
    now = real_now()
    store.counters.write_at_times(now)  # so that a process without calls is seen to live, too
    workers, late = store.due.workers(now - RECENT), store.due.lateness(now)
    document = {
        "versions": _versions(),
        "store": "embedded" if is_embedded(store.redis) else "redis",
        "workers": workers,
        "oldest_due_seconds": late / 1000,
        "clock": descriptions.of_clock(store.clocks.default, not store.clocks.seeds_by_chance),
    }
    if late > LATE:
        reason = "no worker was seen lately" if workers == 0 else f"{workers} workers were seen lately"
        detail = f"Something has been due for {late // 1000} s: {reason}."
        raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, detail, **document)
    return as_json({"status": "ok"} | document)


@cache
def _versions() -> dict[str, str]:
    packages = ("beanpole", "flask", "marshmallow", "redis", "rq")
    return {"python": platform.python_version()} | {package: version(package) for package in packages}
