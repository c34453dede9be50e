"""The account and the region of a caller, read from the credential of a signed request; signatures are not checked.

An access key of 12 digits is the id of an account, so every caller can have a world of its own; any other key stands
for the default account. The forms are those of Signature Version 4 (header and query) and of Version 2 (query). Who may
call the control routes does not depend on it, but on their token (`ControlAccess`).
"""

import re
from collections.abc import Mapping
from hmac import compare_digest
from ipaddress import IPv6Address, ip_address
from typing import Any, NamedTuple, Protocol

DEFAULT_ACCOUNT = "000000000000"
DEFAULT_REGION = "us-east-1"
ONLOOKER = "X-Beanpole-Onlooker"  # the header of a request that no armed fault hits
# The header of a call of Elastic Beanstalk that needs no signature where its caller may call the control routes: those
# may do more than any call. The console and the command cannot sign.
CONTROL = "X-Beanpole-Control"

SIGNER = "beanpole.signer"  # in the environment of WSGI: the account of the key that has signed, where that is checked

ACCOUNT = re.compile(r"[0-9]{12}")
REGION = re.compile(r"(?=[0-9-]*[a-z])[a-z0-9-]{1,32}")  # boto 2 signs for region "0" at an address

_CREDENTIAL = re.compile(r"Credential=([^,\s]*)")


class Lookup(Protocol):
    """Headers or arguments: values by name."""

    def get(self, name: str, /) -> str | None:
        """The value, or None."""


def caller(headers: Lookup, args: Lookup, signer: str | None = None) -> tuple[str, str]:
    """The account and the region of a request; each is the default if the credential does not name it.

    `signer` is the account of the key, where that is known.
    """
    signed = _CREDENTIAL.search(headers.get("Authorization") or "")
    credential = signed[1] if signed else args.get("X-Amz-Credential") or args.get("AWSAccessKeyId") or ""
    key, _, scope = credential.partition("/")
    _date, _, rest = scope.partition("/")
    region, _, _service = rest.partition("/")
    return (
        signer or key if signer or ACCOUNT.fullmatch(key) else DEFAULT_ACCOUNT,
        region if REGION.fullmatch(region) else DEFAULT_REGION,
    )


def is_loopback(address: str | None) -> bool:
    """Tell whether an IP address is a loopback address; a text that is no address is not."""
    if address == "127.0.0.1":  # nearly each request comes from there
        return True
    try:
        parsed = ip_address(address or "")
    except ValueError:
        return False
    mapped = parsed.ipv4_mapped if isinstance(parsed, IPv6Address) else None
    return (mapped or parsed).is_loopback


class ControlAccess(NamedTuple):
    """The access to the control routes of a server."""

    token: str | None = None
    is_open: bool = False

    def has_token(self, environ: Mapping[str, Any]) -> bool:
        """Tell whether a request has the token, if there is one."""
        return self.token is None or compare_digest(_token_of(environ), self.token.encode())

    def is_near(self, environ: Mapping[str, Any]) -> bool:
        """Tell whether a request may come from where it comes: from this machine alone, if there is no token."""
        return self.token is not None or self.is_open or is_loopback(environ.get("REMOTE_ADDR"))

    def is_called_by(self, environ: Mapping[str, Any]) -> bool:
        """Tell whether a call says that it needs no signature, and its caller may call the control routes."""
        says_so = "HTTP_X_BEANPOLE_CONTROL" in environ
        return says_so and self.has_token(environ) and self.is_near(environ)


def _token_of(environ: Mapping[str, Any]) -> bytes:
    scheme, _, bearer = str(environ.get("HTTP_AUTHORIZATION", "")).partition(" ")
    token = str(environ.get("HTTP_X_BEANPOLE_TOKEN") or (bearer.strip() if scheme.lower() == "bearer" else ""))
    return token.encode("latin-1", "replace")
