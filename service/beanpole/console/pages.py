"""The pages of the console, and the headers that keep them to what this server serves.

A page is asked for without the control token. Where the server has one, a page holds nothing of an account, and its
scripts read everything by the API and the control routes, with the token. Where it has none, pages are for those for
whom the control routes are, and the first answer shows the clock and the table of environments already. What a page is
made of is imported and read with the first one, so that the server answers soon.
"""

from collections.abc import Callable, Mapping
from functools import cache, partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, render_template, request

from beanpole import __version__
from beanpole.caller.credential import ACCOUNT, DEFAULT_ACCOUNT, DEFAULT_REGION, REGION
from beanpole.console.assets import Asset, Assets, pack
from beanpole.control import problems
from beanpole.control.problems import Problem
from beanpole.model.events.messages import SEVERITIES
from beanpole.store.connection import StoreError
from beanpole.store.store import Store
from beanpole.wire import spec

if TYPE_CHECKING:
    from beanpole.console.first import First

PREFIX = "/_beanpole/console"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Vary": "Accept-Encoding",
}
FOR_EVER = "public, max-age=31536000, immutable"

# Path, template, title. The script of a page has the name of its template.
PAGES = (
    ("/", "environments", "Environments"),
    ("/environments/<environment>", "environment", "Environment"),
    ("/time", "time", "Time"),
    ("/faults", "faults", "Faults"),
    ("/journal", "journal", "Journal"),
    ("/snapshots", "snapshots", "Snapshots"),
)
_TABS = {name: (PREFIX + path, title) for path, name, title in PAGES if "<" not in path}


def console(store: Store, needs_token: bool = False) -> Blueprint:
    """The pages over a store; `needs_token` lets them ask for the control token, and hold nothing of an account."""
    blueprint = Blueprint("console", __name__, url_prefix=PREFIX, template_folder="templates")
    assets = cache(Assets)
    for path, name, title in PAGES:
        view = partial(_page, assets, None if needs_token else store, name, title)
        blueprint.add_url_rule(path, name, view, methods=["GET"], provide_automatic_options=False)
    for path, name, answer in (("/static/<path:name>", "static", _file), ("/<path:path>", "missing", _missing)):
        blueprint.add_url_rule(path, name, partial(answer, assets), methods=["GET"], provide_automatic_options=False)
    problems.answer_for(blueprint)
    return blueprint


def _page(
    read: Callable[[], Assets], store: Store | None, name: str, title: str, environment: str | None = None
) -> Response:
    return _rendered(
        read(),
        name,
        title=title if environment is None else environment,
        environment=environment or "",
        needs_token=store is None,
        first=None if store is None else _first(store, _scope(), name),
        **_tables(name),
    )


def _missing(read: Callable[[], Assets], path: str) -> Response:
    """A page in place of one that there is not: a person has mistyped its address."""
    response = _rendered(read(), "missing", title="No such page", path=path)
    response.status_code = HTTPStatus.NOT_FOUND
    return response


def _rendered(assets: Assets, name: str, **values: Any) -> Response:
    text = render_template(
        f"console/{name}.html",
        page=name,
        static=f"{PREFIX}/static/{assets.digest}",
        tabs=_TABS,
        home=f"{PREFIX}/",
        version=__version__,
        **_scope(),
        **values,
    )
    body = text.encode()
    return _answer(Asset("text/html; charset=utf-8", body, pack(body)), "no-cache")


def _first(store: Store, scope: Mapping[str, str], name: str) -> "First | None":
    """The account; None while the store is away, because the page tells of that by itself."""
    from beanpole.console import first

    try:
        return first.read(store, store.world(scope["account"], scope["region"]), name == "environments")
    except StoreError:
        return None


def _file(read: Callable[[], Assets], name: str) -> Response:
    """A file by the digest of all: one that is no longer there belongs to a page of an earlier version."""
    assets = read()
    digest, _, name = name.partition("/")
    asset = assets.find(name) if digest == assets.digest else None
    if asset is None:
        raise Problem(HTTPStatus.NOT_FOUND, "There is no such file of the console.")
    return _answer(asset, FOR_EVER)


def _answer(asset: Asset, lasting: str) -> Response:
    headers = {**HEADERS, "Cache-Control": lasting, "Content-Type": asset.content_type}
    if request.accept_encodings["gzip"]:
        return Response(asset.packed, HTTPStatus.OK, {**headers, "Content-Encoding": "gzip"})
    return Response(asset.body, HTTPStatus.OK, headers)


def _scope() -> Mapping[str, str]:
    """Account and region of the query; a malformed one counts as the default, as in a credential."""
    account, region = request.args.get("account", ""), request.args.get("region", "")
    account = account if ACCOUNT.fullmatch(account) else DEFAULT_ACCOUNT
    region = region if REGION.fullmatch(region) else DEFAULT_REGION
    is_default = (account, region) == (DEFAULT_ACCOUNT, DEFAULT_REGION)
    return {"account": account, "region": region, "query": "" if is_default else f"?account={account}&region={region}"}


def _tables(name: str) -> Mapping[str, Any]:
    """The tables from which the forms of a page are made; they are the same for all accounts."""
    from beanpole.console import forms

    if name == "faults":
        return {"groups": forms.choices(), "members": forms.members(), "where": forms.where()}
    if name == "journal":
        return {"operations": sorted(spec.load().operations)}
    return {"severities": SEVERITIES} if name == "environment" else {}
