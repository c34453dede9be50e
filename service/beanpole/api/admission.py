"""The admission of requests: none from a web page of another server, and none to a foreign name of this server.

A browser lets any page send requests to servers on its user's machine, and any name may resolve to a loopback address
(DNS rebinding). The clients of this service are programs, so requests with the marks of a foreign page are refused
everywhere; pages under the name of an environment are those of the user's application, so they are foreign, too. A
request that comes from this machine must address it by a loopback name, by a name of the service, or by a name that the
user allows. Behind a public address any name may be right, so there the Host is not looked at.
"""

from collections.abc import Collection, Mapping
from typing import Any
from urllib.parse import urlsplit

from flask.globals import request_ctx
from werkzeug.exceptions import Forbidden

from beanpole.caller import hosts
from beanpole.caller.credential import is_loopback

UNSIGNED = "beanpole.unsigned"  # in the environment of WSGI: no signature was checked, so the API answers no call

# Values of Sec-Fetch-Site: no browser, an address that was typed, and our own page.
_ADDRESS_TYPED = frozenset({"", "none"})
_OWN_PAGE = _ADDRESS_TYPED | {"same-origin"}


def check(allowed_hosts: Collection[str] = ()) -> None:
    """Raise Forbidden for a request that no client of this service sends."""
    reason = refusal(request_ctx.request.environ, allowed_hosts)
    if reason is not None:
        raise Forbidden(reason)


def refusal(environ: Mapping[str, Any], allowed_hosts: Collection[str] = (), of_services: bool = False) -> str | None:
    """The reason for which a request is refused; None for a request that is admitted.

    `of_services`: the server may be called by the name of any AWS service.
    """
    host = _host(environ)
    is_our_name = hosts.is_ours(host, allowed_hosts) or (of_services and hosts.is_of_service(host))
    is_our_name = is_our_name or "HTTP_HOST" not in environ  # a client of HTTP/1.0; a browser always sends a Host
    if is_loopback(environ.get("REMOTE_ADDR")) and not is_our_name:
        return f"The server is not called {_quoted(host)}. Allow the name with --allowed-host."
    own = _ADDRESS_TYPED if hosts.of_environment(host) else _OWN_PAGE
    site = str(environ.get("HTTP_SEC_FETCH_SITE", ""))
    if site not in own or _foreign(environ, "HTTP_ORIGIN") or _foreign(environ, "HTTP_REFERER"):
        return "Requests of pages that this server did not serve are refused."
    return None


def _foreign(environ: Mapping[str, Any], header: str) -> bool:
    """Tell whether a header names a page of another origin. Its scheme does not count: a proxy may have ended TLS."""
    page = environ.get(header)
    if not page:
        return False
    host = _host(environ)
    if hosts.of_environment(host):
        return True
    try:
        return urlsplit(str(page)).netloc.lower() != host.lower()
    except ValueError:
        return True


def _host(environ: Mapping[str, Any]) -> str:
    """The Host, or the address that the server listens on for a request without one."""
    return str(environ.get("HTTP_HOST") or environ.get("SERVER_NAME", ""))


def _quoted(host: str) -> str:
    """The name of a host, shortened and in ASCII, so that it is safe in an answer."""
    return ascii(host[:100])
