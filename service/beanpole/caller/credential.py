"""The account and the region of a caller, read from the credential of a signed request; signatures are not checked.

An access key of 12 digits is the id of an account, so every caller can have a world of its own; any other key stands
for the default account. The forms are those of Signature Version 4 (header and query) and of Version 2 (query).
"""

import re
from ipaddress import IPv6Address, ip_address
from typing import Protocol

DEFAULT_ACCOUNT = "000000000000"
DEFAULT_REGION = "us-east-1"
ONLOOKER = "X-Beanpole-Onlooker"  # the header of a request that no armed fault hits

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
