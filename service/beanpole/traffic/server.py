"""The WSGI application that answers for environments, and hands every other request to the API.

By Host it takes the names and addresses of environments; below `/_beanpole/traffic/NAME/` it is for those without DNS.
There `REGION:ACCOUNT:NAME` names the environment of one account alone.
A credential only chooses between accounts, and nothing is changed: an answer carries no right to control anything.
"""

from collections.abc import Callable, Collection, Iterable
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from beanpole.caller import hosts
from beanpole.caller.credential import is_loopback
from beanpole.catalog.catalog import Catalog
from beanpole.store.connection import StoreError, reason
from beanpole.store.store import Store
from beanpole.text import log_lines
from beanpole.threads.first_use import FirstUse
from beanpole.traffic import requests
from beanpole.traffic.answers import Answer, Answered, Headers, unresolved
from beanpole.traffic.requests import PREFIX, Environ, Request
from beanpole.traffic.resolver import Resolver

if TYPE_CHECKING:
    from beanpole.files.object_store import ObjectReader
    from beanpole.traffic.answering import Answering
    from beanpole.traffic.applications import Applications

StartResponse = Callable[..., Any]
Application = Callable[[Any, StartResponse], Iterable[bytes]]

# Pages below /_beanpole share their origin with the control routes, so a browser must give them an origin of their own.
_SANDBOX: Headers = (
    ("Content-Security-Policy", "sandbox allow-downloads allow-forms allow-modals allow-popups allow-scripts"),
)
_FORBIDDEN = Answer(
    "403 Forbidden", (("Content-Type", "text/plain; charset=utf-8"),), b"The server is not called so.\n"
)
_UNAVAILABLE = Answer("503 Service Unavailable", (("Content-Type", "text/plain"),), b"The store is unavailable.\n")
_log = log_lines.logger("beanpole")


def answer_before(
    app: Any,
    store: Store,
    catalog: Catalog,
    objects: "ObjectReader | None" = None,
    allowed_hosts: Collection[str] = (),
    applications: "Applications | None" = None,
) -> None:
    """Let requests to environments be answered before an app of Flask sees them; it answers all others as before.

    The modules of the instances are imported with the first request that reaches an environment.
    """

    def make() -> "Answering":
        from beanpole.traffic.answering import Answering
        from beanpole.traffic.machines import Machines

        return Answering(store, Machines(catalog, objects, applications))

    app.wsgi_app = Traffic(app.wsgi_app, Resolver(store), make, allowed_hosts)


class Traffic:
    """The application before the API `app`; on this machine it may be called by `allowed_hosts`, too.

    `make` makes what answers for the environments behind names.
    """

    def __init__(
        self, app: Application, resolver: Resolver, make: "Callable[[], Answering]", allowed_hosts: Collection[str] = ()
    ) -> None:
        self._app = app
        self._resolver = resolver
        self._answering = FirstUse(make)
        self._allowed_hosts = allowed_hosts

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request, or have the API answer it."""
        try:
            answered = self._answered(environ)
        except StoreError as error:
            _log.warning("the store is unavailable: %s", reason(error))
            answered = Answered(_UNAVAILABLE)
        if answered is None:
            return self._app(environ, start_response)
        answer = answered.answer
        headers = [*answer.headers, *answered.headers]
        if answer.code != 304:
            headers.append(("Content-Length", str(len(answer.body))))
        start_response(answer.status, headers)
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [answer.body]

    def _answered(self, environ: Environ) -> Answered | None:
        """The answer for an environment; None for a request to the API."""
        host, path = environ.get("HTTP_HOST", ""), environ.get("PATH_INFO", "")
        if "." in host and hosts.of_environment(host) is not None:
            target = self._resolver.host(host, requests.account(environ))
        else:
            target = None
        if target is not None:
            return self._answering().answer(target, Request(environ, path))
        return self._below(environ, path) if path.startswith(PREFIX) else None

    def _below(self, environ: Environ, path: str) -> Answered:
        """The answer to a request whose path names the environment."""
        host = environ.get("HTTP_HOST", "")
        if is_loopback(environ.get("REMOTE_ADDR")) and not hosts.is_ours(host, self._allowed_hosts):
            return Answered(_FORBIDDEN)
        name, slash, rest = path.removeprefix(PREFIX).partition("/")
        request = Request(environ, slash + rest, PREFIX + quote(name.encode("latin-1", "replace"), safe=":"))
        if not slash:
            return Answered(Answer("301 Moved Permanently", (("Location", f"{request.base}/{request.query}"),)))
        called = requests.called(name, environ)
        target = self._resolver.named(called.name, called.account_id, called.region)
        if target is None:
            return Answered(unresolved(ascii(name)[1:-1], "no environment has that name."), _SANDBOX)
        answered = self._answering().answer(target, request)
        return Answered(answered.answer, (*answered.headers, *_SANDBOX))
