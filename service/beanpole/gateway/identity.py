"""GetCallerIdentity, the one call of STS that every client makes, where no companion answers it.

Terraform's provider and the official GitHub action call it before everything else.
"""

from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import parse_qs, unquote

from beanpole.caller.credential import SIGNER, caller
from beanpole.gateway.refusals import refuse
from beanpole.machine import clock, entropy
from beanpole.tables import limits

MOST_FORM = limits.most("unsigned_form")
_NAMESPACE = "https://sts.amazonaws.com/doc/2011-06-15/"


def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Answer with the account of the key; refuse every other call."""
    if _action(environ) != "GetCallerIdentity":
        message = "beanpole answers GetCallerIdentity alone of STS: install 'beanpole[companions]' for the others."
        return refuse(environ, start_response, "sts", "NotImplemented", message)
    query = parse_qs(environ.get("QUERY_STRING", ""))
    arguments = {name: unquote(values[0]) for name, values in query.items()}
    account, _region = caller({"Authorization": environ.get("HTTP_AUTHORIZATION", "")}, arguments, environ.get(SIGNER))
    request_id = entropy.request_id()
    body = (
        f'<GetCallerIdentityResponse xmlns="{_NAMESPACE}"><GetCallerIdentityResult>'
        f"<Arn>arn:aws:iam::{account}:root</Arn><UserId>{account}</UserId><Account>{account}</Account>"
        f"</GetCallerIdentityResult><ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata>"
        "</GetCallerIdentityResponse>"
    ).encode()
    headers = [
        ("Content-Type", "text/xml"),
        ("Content-Length", str(len(body))),
        ("Date", clock.http_date()),
        ("x-amzn-RequestId", request_id),
    ]
    start_response("200 OK", headers)
    return [body]


def _action(environ: dict[str, Any]) -> str | None:
    """The name of the operation, in the query or in a short form."""
    length = str(environ.get("CONTENT_LENGTH") or "0")
    short = length.isdecimal() and int(length) <= MOST_FORM
    form = environ["wsgi.input"].read(int(length)) if short else b""
    parameters = parse_qs(environ.get("QUERY_STRING", "")) | parse_qs(form.decode("latin-1"))
    return next(iter(parameters.get("Action", ())), None)
