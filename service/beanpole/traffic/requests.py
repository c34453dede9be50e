"""A request to an environment, read from the environment of WSGI."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from msgspec import Struct

from beanpole.caller.credential import ACCOUNT, DEFAULT_REGION, REGION, caller

PREFIX = "/_beanpole/traffic/"
TEXT = 1_024  # characters of a text of a client that are logged
_COOKIE = "beanpole-address"  # the environment that a client reached when it resolved a name

Environ = Mapping[str, Any]


class Request(Struct, frozen=True):
    """A request for `path`, below the address `base` of the environment; without a base the address is a Host."""

    environ: Environ
    path: str
    base: str = ""

    @property
    def method(self) -> str:
        """The method, in capitals as it came."""
        return str(self.environ["REQUEST_METHOD"])

    @property
    def query(self) -> str:
        """The query with its question mark, empty without one."""
        query = self.environ.get("QUERY_STRING")
        return f"?{query}" if query else ""

    @property
    def line(self) -> str:
        """The first line, as a proxy logs it."""
        target = quote(self.path.encode("latin-1", "replace"), safe="/%:@!$&'()*+,;=~") + self.query
        return f"{self.method} {target[:TEXT]} {self.environ.get('SERVER_PROTOCOL', 'HTTP/1.1')}"

    @property
    def length(self) -> int:
        """The announced length of the body; 0 if it is not announced."""
        announced = self.environ.get("CONTENT_LENGTH") or "0"
        return int(announced) if announced.isdecimal() else 0

    def header(self, name: str) -> str:
        """A header by its name in WSGI, empty if it is not there; as much of it as is logged."""
        return str(self.environ.get(name, ""))[:TEXT]

    @property
    def resolved(self) -> str | None:
        """The environment that the client reached before, by its cookie."""
        cookies = self.environ.get("HTTP_COOKIE", "")
        if _COOKIE not in cookies:
            return None
        pairs = (cookie.strip().partition("=") for cookie in cookies.split(";"))
        return next((value for name, _, value in pairs if name == _COOKIE), None)

    def remember(self, environment_id: str) -> tuple[str, str]:
        """The header by which the client remembers what it resolved a name to."""
        return "Set-Cookie", f"{_COOKIE}={environment_id}; Path={self.base or ''}/; HttpOnly; SameSite=Lax"


class Called(Struct, frozen=True):
    """The environment that a path names, in its region; without an account it may be one of any account."""

    name: str
    account_id: str | None
    region: str


def called(name: str, environ: Environ) -> Called:
    """The name of a path with its scope: `REGION:ACCOUNT:NAME`, else `NAME` and the scope of the credential."""
    region_name, account_id, own = [*name.split(":", 2), "", ""][:3]
    if own and REGION.fullmatch(region_name) and ACCOUNT.fullmatch(account_id):
        return Called(own, account_id, region_name)
    return Called(name, account(environ), region(environ))


def account(environ: Environ) -> str | None:
    """The account that the credential of a request names; None if it names none."""
    authorization = environ.get("HTTP_AUTHORIZATION", "")
    if "Credential=" not in authorization:
        return None
    key = authorization.partition("Credential=")[2].partition("/")[0]
    return key if ACCOUNT.fullmatch(key) else None


def region(environ: Environ) -> str:
    """The region that the credential of a request names, else the default one."""
    authorization = environ.get("HTTP_AUTHORIZATION")
    return caller({"Authorization": authorization}, {})[1] if authorization else DEFAULT_REGION


def normal(path: str) -> str | None:
    """The path without empty parts, `.` and `..`, decoded; None where it leads above the root or is no text.

    A slash at the end stays. A quoted `..` or slash counts as a plain one.
    """
    try:
        text = path.encode("latin-1").decode()
    except UnicodeError:
        return None
    if "\0" in text:
        return None
    parts: list[str] = []
    for part in text.split("/"):
        if part == "..":
            if not parts:
                return None
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    ends = "/" if parts and (text.endswith(("/", "/.", "/.."))) else ""
    return "/" + "/".join(parts) + ends
