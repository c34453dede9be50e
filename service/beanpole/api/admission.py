"""Who may call: no page of a web browser that this server did not serve itself, and no name that is not this machine's.

A browser lets any page send requests to servers on its user's machine, and any name may resolve to a loopback address
(DNS rebinding). The clients of this service are programs, so requests with the marks of a foreign page are refused
everywhere, and a request that comes from this machine must address it by a loopback name, by a name of the service, or
by a name that the user allows. Behind a public address any name may be right, so there the Host is not looked at.
"""

import re
from collections.abc import Collection
from urllib.parse import urlsplit

from flask import request
from werkzeug.exceptions import Forbidden

from beanpole.credential import is_loopback

_NAMES = re.compile(
    r"localhost|[a-z0-9.-]{1,253}\.localhost|[a-z0-9.-]{1,253}\.elasticbeanstalk\.com"
    r"|elasticbeanstalk[a-z0-9.-]{1,100}\.amazonaws\.com"
)
_OWN_PAGE = frozenset(
    {"", "none", "same-origin"}
)  # of Sec-Fetch-Site: no browser, an address typed by hand, our own page


def check(allowed_hosts: Collection[str] = ()) -> None:
    """Raise Forbidden for a request that no client of this service sends."""
    if is_loopback(request.remote_addr) and not _is_ours(request.host, allowed_hosts):
        raise Forbidden(f"The server is not called {_spelled(request.host)}. Allow the name with --allowed-host.")
    if request.headers.get("Sec-Fetch-Site", "") not in _OWN_PAGE or _foreign("Origin") or _foreign("Referer"):
        raise Forbidden("Requests of pages that this server did not serve are refused.")


def _is_ours(host: str, allowed: Collection[str]) -> bool:
    name = _name(host)
    return is_loopback(name) or _NAMES.fullmatch(name) is not None or name in allowed


def _name(host: str) -> str:
    """The name or address of a Host header, without port, brackets and a final dot."""
    try:
        return (urlsplit(f"//{host}").hostname or "").removesuffix(".")
    except ValueError:
        return ""


def _foreign(header: str) -> bool:
    """Whether a header names a page of another origin. Its scheme does not count: a proxy may have ended TLS."""
    page = request.headers.get(header)
    if not page:
        return False
    try:
        return urlsplit(page).netloc.lower() != request.host.lower()
    except ValueError:
        return True


def _spelled(host: str) -> str:
    """A foreign text, safe to repeat."""
    return ascii(host[:100])
