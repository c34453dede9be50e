"""The application of Flask, without what it does for routes, views and sessions that there are not here."""

import re
from collections.abc import Callable, Iterable
from functools import cached_property
from typing import Any

from flask import Flask, Request, Response
from flask.sessions import NullSession, SessionInterface
from werkzeug.datastructures import Headers
from werkzeug.routing import MapAdapter, Rule

from beanpole.api.route import Route

ROOT = "/"  # the path of all operations

_NO_SESSION = NullSession()  # it refuses to be written
_HOST = re.compile(r"[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})*(?::[0-9]{1,5})?")  # Werkzeug refuses none of these


class _NoSessions(SessionInterface):
    """No sessions: a request has none, and no response sets a cookie."""

    def open_session(self, app: Flask, request: Request) -> NullSession:
        """The same one for all requests; Flask would make one for each."""
        return _NO_SESSION


class Answer(Response):
    """A response whose body is bytes and whose headers are complete, so that nothing looks at either again."""

    def get_wsgi_headers(self, environ: Any) -> Headers:
        """The headers as they are; Flask would copy them, and look for an address and for the length."""
        return self.headers

    def get_app_iter(self, environ: Any) -> Iterable[bytes]:
        """The body as it is, unless the head of the answer is all that is wanted."""
        body: Any = self.response
        return () if environ["REQUEST_METHOD"] == "HEAD" else body


class _Root(MapAdapter):
    """Finds the route of a request for the root: there is one for all methods that it has."""

    @cached_property
    def route(self) -> Rule:
        """The route of all operations."""
        (route,) = [rule for rule in self.map.iter_rules() if rule.rule == ROOT]
        return route

    @cached_property
    def methods(self) -> frozenset[str]:
        """The methods of that route."""
        return frozenset(self.route.methods or ())

    def match(self, *_: Any, **__: Any) -> Any:
        """The route, and the values of its parameters, of which it has none."""
        return self.route, {}


class Application(Flask):
    """An application whose routes build no URLs, whose views are no coroutines, and which has no sessions."""

    url_rule_class = Route
    session_interface = _NoSessions()

    @cached_property
    def _root(self) -> _Root:
        return _Root(self.url_map, "", ROOT, "", "http", ROOT, "GET")

    def create_url_adapter(self, request: Request | None) -> MapAdapter | None:
        """Finds the route of a request; the same one serves nearly all requests for the root, that is all calls."""
        if request is not None and request.environ.get("PATH_INFO") == ROOT and request.method in self._root.methods:
            environ = request.environ
            if "HTTP_UPGRADE" not in environ and _HOST.fullmatch(environ.get("HTTP_HOST", "")):
                return self._root
        return super().create_url_adapter(request)

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """The function as it is; Flask would look at each function of each call, whether it is a coroutine."""
        return func
