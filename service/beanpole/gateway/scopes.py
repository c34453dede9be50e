"""The service that a request calls, by its credential's scope, else by its Host, else by its form.

Nothing of a body is read here. `OURS` stands for this server itself: Elastic Beanstalk, the addresses of environments,
their log samples, and the control routes.
"""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, unquote

from beanpole.caller import hosts
from beanpole.model.logs.log_links import FOLDER

Environ = Mapping[str, Any]

SERVICE = "beanpole.service"  # the name in the environment of WSGI under which the called service stands
OURS = "elasticbeanstalk"
RESET = "/moto-api/reset"  # where test suites of moto's users have everything forgotten

_OUR_SCOPE = f"/{OURS}/aws4_request"
_OUR_PATH = re.compile(r"/_beanpole(?:/|$)")
_LOG_PATH = re.compile(rf"/elasticbeanstalk-[a-z0-9-]{{1,32}}-[0-9]{{12}}/{FOLDER}/")
_OF_MOTO = re.compile(r"(?:[a-z]+://[^/]*)?/+moto-api")
_SCOPE = re.compile(r"Credential=[^,\s]*/([A-Za-z0-9._-]{1,64})/aws4_request")
_WHOLE = re.compile(r"^AWS4-HMAC-SHA256 +Credential=[^,\s/]+/[^,\s/]+/[^,\s/]+/[A-Za-z0-9._-]{1,64}/aws4_request")
_PRESIGNED = re.compile(r"(?:^|&)X-Amz-Credential=([^&]*)")
_VERSION_2 = re.compile(r"(?:^|&)(?:AWSAccessKeyId|Signature)=")
_OPERATION = re.compile(r"(?:^|&)(?:Action|Operation)=")
_STS_VERSION = re.compile(r"(?:^|&)Version=2011-06-15(?:&|$)")
_S3_HOST = re.compile(
    r"(?:(?P<bucket>[a-z0-9.-]{3,63})\.)?s3(?:[.-](?:dualstack|[a-z]{2,4}(?:-[a-z]+){1,2}-\d|external-1))*"
    r"(?:\.amazonaws\.com(?:\.cn)?|\.localhost)"
)
_SERVICE_HOST = re.compile(
    r"(?P<service>[a-z0-9-]{2,40})(?:\.[a-z0-9-]{2,20})?(?:\.amazonaws\.com(?:\.cn)?|\.api\.aws)"
)
_BUCKET_HOST = re.compile(r"(?P<bucket>[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])\.localhost")
_TARGETS = {  # unsigned calls of JSON services
    "AWSCognitoIdentityService": "cognito-identity",
    "AWSCognitoIdentityProviderService": "cognito-idp",
}


def service(environ: Environ) -> str | None:
    """The signing name of the service, such as `s3`, or `OURS`; None for a request that names none."""
    authorization = environ.get("HTTP_AUTHORIZATION", "")
    path = environ.get("PATH_INFO", "")
    if _OUR_SCOPE in authorization or path == RESET or _OUR_PATH.match(path) or _is_log(environ, path):
        return OURS
    query, host = environ.get("QUERY_STRING", ""), environ.get("HTTP_HOST", "")
    scope = _scope(authorization, query)
    if scope is None and hosts.of_environment(host):
        return OURS
    return scope or _version_2(authorization, query) or _host_service(host) or _unsigned(environ, query)


def has_broken_scope(environ: Environ) -> bool:
    """Tell whether a header of Signature Version 4 has no credential with a whole scope."""
    authorization = str(environ.get("HTTP_AUTHORIZATION", ""))
    return "AWS4" in authorization and _WHOLE.search(authorization) is None


def target(environ: Environ) -> str:
    """Path and query as the client sent them; an absolute address, as it is sent to a proxy, without its host."""
    raw = str(environ.get("REQUEST_URI") or "")
    if raw and not raw.startswith("/"):
        raw = f"/{raw.partition('//')[2].partition('/')[2]}"
    if raw:
        return raw
    query = environ.get("QUERY_STRING")
    return quote(environ.get("PATH_INFO", "/").encode("latin-1")) + (f"?{query}" if query else "")


def is_of_environment(environ: Environ) -> bool:
    """Tell whether an environment may have the Host."""
    return hosts.of_environment(environ.get("HTTP_HOST", "")) is not None


def is_of_moto(environ: Environ) -> bool:
    """Tell whether a request is for moto's own routes, which write files and show the state of all accounts."""
    return any(_OF_MOTO.match(str(environ.get(name) or "")) for name in ("PATH_INFO", "REQUEST_URI", "RAW_URI"))


def bucket_of_host(environ: Environ, names: frozenset[str] = frozenset()) -> str | None:
    """The bucket of a virtual-hosted S3 address, or of one below `names` of this server; None for a path-style one."""
    host = hosts.name(environ.get("HTTP_HOST", ""))
    match = _S3_HOST.fullmatch(host)
    if match is None:
        match = _BUCKET_HOST.fullmatch(host)
    if match is not None:
        return match["bucket"]
    below = next((name for name in names if host.endswith(f".{name}")), None)
    return None if below is None else host.removesuffix(f".{below}")


def _is_log(environ: Environ, path: str) -> bool:
    """Tell whether a request reads a log sample, whose addresses are presigned as those of S3 objects."""
    return environ.get("REQUEST_METHOD") in ("GET", "HEAD") and _LOG_PATH.match(path) is not None


def _scope(authorization: str, query: str) -> str | None:
    """The service in the scope of Signature Version 4, of a header or of a query."""
    signed = _SCOPE.search(authorization)
    if signed is None and (presigned := _PRESIGNED.search(query)):
        signed = _SCOPE.fullmatch(f"Credential={unquote(presigned[1])}")
    return None if signed is None else signed[1].lower()


def _version_2(authorization: str, query: str) -> str | None:
    """`s3` for a request with Signature Version 2: other services have another header, or name an operation."""
    by_query = _VERSION_2.search(query) is not None and not _OPERATION.search(query)
    return "s3" if by_query or authorization.startswith("AWS ") else None


def _host_service(host: str) -> str | None:
    """The service whose DNS name the Host is."""
    host = hosts.name(host)
    if _S3_HOST.fullmatch(host):
        return "s3"
    match = _SERVICE_HOST.fullmatch(host)
    return None if match is None else match["service"]


def _unsigned(environ: Environ, query: str) -> str | None:
    """The service of a call that needs no credential."""
    target = environ.get("HTTP_X_AMZ_TARGET", "").partition(".")[0]
    if target in _TARGETS:
        return _TARGETS[target]
    return "sts" if _STS_VERSION.search(query) else None
