"""The caller of a request to another service: the account and the region, which together select a world."""

import re
from typing import Any
from urllib.parse import unquote

from beanpole.caller.credential import SIGNER, caller

_KEY = re.compile(r"(?:^|&)(X-Amz-Credential|AWSAccessKeyId)=([^&]*)")


def of(environ: dict[str, Any]) -> tuple[str, str]:
    """Account and region, by the credential in the header or in the query."""
    query = {match[1]: unquote(match[2]) for match in _KEY.finditer(environ.get("QUERY_STRING", ""))}
    authorization = environ.get("HTTP_AUTHORIZATION", "")
    if authorization.startswith("AWS "):
        query["AWSAccessKeyId"] = authorization[4:].partition(":")[0]
    return caller({"Authorization": authorization}, query, environ.get(SIGNER))
