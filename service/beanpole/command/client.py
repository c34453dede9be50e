"""A small client for the command: operations and control routes, over a socket or in process, answered in JSON."""

import json
from collections.abc import Callable, Iterator, Mapping
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any
from urllib.parse import SplitResult, quote, urlencode, urlsplit

from beanpole.caller.credential import CONTROL, DEFAULT_ACCOUNT, DEFAULT_REGION, ONLOOKER, Lookup

Parameters = Mapping[str, Any]
Send = Callable[[str, str, str | None, Mapping[str, str]], tuple[int, bytes]]
"""From method, path, content and headers of a request to status and content of its response."""

Exchange = Callable[[str, str, str | None, Mapping[str, str]], tuple[int, Lookup, bytes]]
"""The same, with the headers of the response between its status and its content."""

TIMEOUT = 30  # seconds to wait for a response

_FORM = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
_JSON = {"Content-Type": "application/json"}


class Refused(Exception):
    """An error response: its message, with the code of an operation's error or the HTTP status of a control route's."""

    def __init__(self, message: str, code: str) -> None:
        super().__init__(message)
        self.code = code


class Unreachable(Exception):
    """The server does not respond, or is not beanpole."""


class Service:
    """A server, called as one account in one region.

    With `looks_on`, requests bypass armed faults and do not count as hits.
    """

    def __init__(
        self,
        send: Send,
        account_id: str = DEFAULT_ACCOUNT,
        region: str = DEFAULT_REGION,
        token: str | None = None,
        looks_on: bool = False,
    ) -> None:
        self._send = send
        self.scope = f"{region} of account {account_id}"
        credential = f"{account_id}/20260101/{region}/elasticbeanstalk/aws4_request"
        self.signature = {"Authorization": f"AWS4-HMAC-SHA256 Credential={credential}"}
        self._headers = {**self.signature, CONTROL: "yes"}
        if token is not None:
            self._headers["X-Beanpole-Token"] = token
        if looks_on:
            self._headers[ONLOOKER] = "yes"

    def call(self, action: str, parameters: Parameters | None = None) -> dict[str, Any]:
        """The result of an operation; lists and mappings in `parameters` become `member.1` keys. Raises Refused."""
        form = {"Action": action, "Version": "2010-12-01", "ContentType": "JSON", **dict(_flat(parameters or {}))}
        status, answer = self._request("POST", "/", urlencode(form), _FORM)
        if status != 200:
            error = _part(answer, "Error")
            raise Refused(f"{action}: {error.get('Code')}: {error.get('Message')}", str(error.get("Code")))
        return _part(answer, f"{action}Response").get(f"{action}Result") or {}

    def control(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """The response of a control route; `path` is relative to `/_beanpole`. Raises Refused."""
        content = None if method == "GET" else json.dumps(body or {})
        status, answer = self._request(method, f"/_beanpole{quote(path)}", content, _JSON)
        if status >= 400:
            raise Refused(str(answer.get("detail") or answer.get("title")), str(status))
        return answer

    def _request(
        self, method: str, path: str, content: str | None, headers: Mapping[str, str]
    ) -> tuple[int, dict[str, Any]]:
        status, body = self._send(method, path, content, {**self._headers, **headers})
        try:
            answer = json.loads(body or b"{}")
        except ValueError:
            answer = None
        if not isinstance(answer, dict):
            raise Unreachable("the server that responds is not beanpole")
        return status, answer


class Socket:
    """A connection to `http://HOST[:PORT][/PATH]`; raises ValueError if the address has another form.

    With TLS it trusts the certificates of the file `ca_bundle`, else those of the system; raises OSError for the file.
    """

    def __init__(self, url: str, ca_bundle: str | None = None) -> None:
        address = urlsplit(url)
        if address.scheme not in ("http", "https") or not address.hostname:
            raise ValueError(f"{url} is not an address such as http://127.0.0.1:5770")
        self._url = url
        self._root = address.path.rstrip("/")
        self._connection = _connection(address, ca_bundle)

    def __call__(self, method: str, path: str, content: str | None, headers: Mapping[str, str]) -> tuple[int, bytes]:
        """Status and content of the response to a request; raises Unreachable."""
        status, _, body = self.exchange(method, path, content, headers)
        return status, body

    def exchange(
        self, method: str, path: str, content: str | None, headers: Mapping[str, str]
    ) -> tuple[int, Lookup, bytes]:
        """Status, headers and content of the response to a request; raises Unreachable."""
        try:
            self._connection.request(method, self._root + path, content, dict(headers))
            response = self._connection.getresponse()
            return response.status, response.headers, response.read()
        except (OSError, HTTPException) as error:
            self.close()
            raise Unreachable(f"the server at {self._url} does not answer: {str(error) or repr(error)}") from error

    def close(self) -> None:
        """Close the connection; the next request opens a new one."""
        self._connection.close()


def _connection(address: SplitResult, ca_bundle: str | None) -> HTTPConnection:
    host = address.hostname or ""
    if address.scheme == "https":
        from ssl import create_default_context

        trusting = create_default_context(cafile=ca_bundle)
        return HTTPSConnection(host, address.port, timeout=TIMEOUT, context=trusting)
    return HTTPConnection(host, address.port, timeout=TIMEOUT)


def _part(answer: Mapping[str, Any], name: str) -> dict[str, Any]:
    part = answer.get(name)
    if not isinstance(part, dict):
        raise Unreachable("the server that responds is not beanpole")
    return part


def _flat(value: Any, prefix: str = "") -> Iterator[tuple[str, str]]:
    match value:
        case Mapping():
            for name, inner in value.items():
                yield from _flat(inner, f"{prefix}.{name}" if prefix else name)
        case list() | tuple():
            for index, inner in enumerate(value, 1):
                yield from _flat(inner, f"{prefix}.member.{index}")
        case _:
            yield prefix, str(value)
