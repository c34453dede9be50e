"""The access keys that may sign: those of the configuration, and those that the companion's IAM and STS have issued."""

import hmac
import re
from base64 import b32decode
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from msgspec import Struct

from beanpole.caller.credential import ACCOUNT, SIGNER
from beanpole.gateway.signing_errors import Refused, unknown_key

_ISSUED = re.compile(r"A[KS]IA[A-Z2-7]{9}[A-Z0-9]{7}")
_TEMPORARY = (
    "ASIA"  # how the ids of temporary keys begin; no other key has a token (IAM user guide, reference_identifiers)
)
_OFFSET = 1 << 39  # the number of account 000000000000 in a key


class AccessKey(Struct, frozen=True):
    """The secret of a key, the account that it belongs to, and for a temporary key its token and its end."""

    secret: str
    account_id: str | None = None
    token: str | None = None
    expires: datetime | None = None

    def of_scope(self, scope: str) -> bytes:
        """The key that signs within a scope of Signature Version 4: `date/region/service/aws4_request`."""
        key = f"AWS4{self.secret}".encode()
        for part in scope.split("/"):
            key = hmac.digest(key, part.encode("latin-1", "replace"), "sha256")
        return key


Issuer = Callable[[str], AccessKey | None]


class AccessKeys:
    """The keys by their ids: the secrets of the configuration, and those that an issuer knows."""

    def __init__(self, configured: Mapping[str, str], issuer: Issuer | None = None) -> None:
        self._configured = configured
        self._issuer = issuer

    def signer(self, environ: dict[str, Any], key_id: str, token: str, now: datetime) -> AccessKey:
        """The key that signed a request, whose account is noted in it.

        Raises Refused for an unknown key, for one that has expired, for a temporary one without its token, and for
        another one with a token, as where a client has kept that of an earlier session.
        """
        secret = self._configured.get(key_id)
        if secret is None:
            key = self._issued(key_id)
        else:
            key = AccessKey(secret, key_id if ACCOUNT.fullmatch(key_id) else None)
        if not _fits(token, key, key_id):
            raise Refused("other_token")
        if key.expires is not None and now >= key.expires:
            raise Refused("expired_token")
        if key.account_id is not None:
            environ[SIGNER] = key.account_id
        return key

    def _issued(self, key_id: str) -> AccessKey:
        key = self._issuer(key_id) if self._issuer is not None and _ISSUED.fullmatch(key_id) else None
        if key is None:
            raise unknown_key()
        return key


def _fits(token: str, key: AccessKey, key_id: str) -> bool:
    """Tell whether a request has the token of its key. Of a configured temporary key the token is not known."""
    if key.token is None:
        return not token or key_id.startswith(_TEMPORARY)
    return hmac.compare_digest(key.token.encode(), token.encode())


def account_of(key_id: str) -> str:
    """The account whose number is in the id of an issued key: half of it in eight letters, the rest in the next."""
    number = int.from_bytes(b32decode(key_id[4:12])) - _OFFSET
    is_odd = key_id[12] not in "ABCDEFGHIJKLMNOP"
    return f"{2 * number + is_odd:012d}"
