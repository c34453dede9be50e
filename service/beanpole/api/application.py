"""The application of Flask, without what it does for routes, views and sessions that there are not here."""

from collections.abc import Callable
from typing import Any

from flask import Flask, Request
from flask.sessions import NullSession, SessionInterface

from beanpole.api.route import Route

_NO_SESSION = NullSession()  # it refuses to be written


class _NoSessions(SessionInterface):
    """No sessions: a request has none, and no response sets a cookie."""

    def open_session(self, app: Flask, request: Request) -> NullSession:
        """The same one for all requests; Flask would make one for each."""
        return _NO_SESSION


class Application(Flask):
    """An application whose routes build no URLs, whose views are no coroutines, and which has no sessions."""

    url_rule_class = Route
    session_interface = _NoSessions()

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """The function as it is; Flask would look at each function of each call, whether it is a coroutine."""
        return func
