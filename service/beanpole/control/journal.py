"""The route of the journal: the last calls of an account, the newest first, those that a search finds."""

from collections.abc import Callable, Iterator, Mapping
from http import HTTPStatus
from itertools import islice

import msgspec
from flask import Response, request

from beanpole.control import arguments, descriptions
from beanpole.control.problems import Problem, as_json
from beanpole.control.scope import Scope
from beanpole.store.journal import Call
from beanpole.tables import limits

PAGE = 100  # calls of an answer, unless it is said how many
_NONE, _ANY = "none", "any"  # values of `error` that name no code, and of `changed`

Passes = Callable[[Call], bool]


def get(scope: Scope) -> Response:
    """A page of the calls that pass every part of the search, and the number before which the next page begins."""
    passes, before = list(_search(request.args)), arguments.number("before", None)
    count = arguments.number("count", PAGE)
    most = limits.most("journal_calls")
    if count is None or not 1 <= count <= most:
        raise Problem(HTTPStatus.BAD_REQUEST, limits.sentence("journal_calls"))
    calls = reversed(scope.store.journal.calls(scope.account_id))
    matches = (
        call
        for call in calls
        if (before is None or call.number < before) and all(condition(call) for condition in passes)
    )
    page = list(islice(matches, count + 1))
    more = page[count - 1].number if len(page) > count else None
    rows = [descriptions.of_call(call) for call in page[:count]]
    return as_json({"is_on": scope.store.journal.is_on, "calls": rows, "next": more})


def _search(args: Mapping[str, str]) -> Iterator[Passes]:
    operation, error, environment = args.get("operation"), args.get("error"), args.get("environment")
    text, region, changed = args.get("text"), args.get("region"), args.get("changed")
    since, after = arguments.instant("since"), arguments.number("after", None)
    if operation is not None:
        yield lambda call: call.operation == operation
    if error is not None:
        yield lambda call: (error == _NONE) is (call.error is None) and error in (_NONE, _ANY, call.error)
    if changed is not None:
        if changed not in (_NONE, _ANY):
            raise Problem(HTTPStatus.BAD_REQUEST, "changed is any or none.")
        yield lambda call: (changed == _ANY) is bool(call.changed)
    if environment is not None:
        yield lambda call: environment in call.environments
    if text is not None:
        needle = text.casefold()
        yield lambda call: needle in msgspec.json.encode(call).decode().casefold()
    if since is not None:
        yield lambda call: call.at >= since
    if after is not None:
        yield lambda call: call.number > after
    if region is not None:
        yield lambda call: call.region == region
