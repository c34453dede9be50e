"""Who may call: no page of a web browser that this server did not serve itself, and no name that is not this machine's.

A browser lets any page send requests to servers on its user's machine, and any name may resolve to a loopback address
(DNS rebinding). The clients of this service are programs, so requests with the marks of a foreign page are refused
everywhere; pages under the name of an environment are those of the user's application, so they are foreign, too. A
request that comes from this machine must address it by a loopback name, by a name of the service, or by a name that the
user allows. Behind a public address any name may be right, so there the Host is not looked at.
"""

from collections.abc import Collection
from urllib.parse import urlsplit

from flask import request
from werkzeug.exceptions import Forbidden

from beanpole import hosts
from beanpole.credential import is_loopback

# Values of Sec-Fetch-Site: no browser, an address that was typed, and our own page.
_ADDRESS_TYPED = frozenset({"", "none"})
_OWN_PAGE = _ADDRESS_TYPED | {"same-origin"}


def check(allowed_hosts: Collection[str] = ()) -> None:
    """Raise Forbidden for a request that no client of this service sends."""
    if is_loopback(request.remote_addr) and not hosts.is_ours(request.host, allowed_hosts):
        raise Forbidden(f"The server is not called {_spelled(request.host)}. Allow the name with --allowed-host.")
    own = _ADDRESS_TYPED if hosts.of_environment(request.host) else _OWN_PAGE
    if request.headers.get("Sec-Fetch-Site", "") not in own or _foreign("Origin") or _foreign("Referer"):
        raise Forbidden("Requests of pages that this server did not serve are refused.")


def _foreign(header: str) -> bool:
    """Whether a header names a page of another origin. Its scheme does not count: a proxy may have ended TLS."""
    page = request.headers.get(header)
    if not page:
        return False
    if hosts.of_environment(request.host):
        return True
    try:
        return urlsplit(page).netloc.lower() != request.host.lower()
    except ValueError:
        return True


def _spelled(host: str) -> str:
    """A foreign text, safe to repeat."""
    return ascii(host[:100])
