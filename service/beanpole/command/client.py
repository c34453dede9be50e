"""The least client that the command needs: form posts and control routes over a socket or in process, JSON back."""

import json
from collections.abc import Callable, Iterator, Mapping
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any
from urllib.parse import SplitResult, quote, urlencode, urlsplit

from beanpole.credential import DEFAULT_ACCOUNT, DEFAULT_REGION, ONLOOKER

Parameters = Mapping[str, Any]
Send = Callable[[str, str, str | None, Mapping[str, str]], tuple[int, bytes]]
"""Method, path, content and headers; the status and the content of the answer."""

PATIENCE = 30  # seconds for an answer

_FORM = {"Content-Type": "application/x-www-form-urlencoded"}
_JSON = {"Content-Type": "application/json"}


class Refused(Exception):
    """The server said no; in its own words, with the code of its error or the status of its problem."""

    def __init__(self, words: str, code: str) -> None:
        super().__init__(words)
        self.code = code


class Unreachable(Exception):
    """Nobody answers, or somebody else does."""


class Service:
    """A server as one account in one region sees it; who only `looks_on` meets no fault and uses none up."""

    def __init__(
        self,
        send: Send,
        account_id: str = DEFAULT_ACCOUNT,
        region: str = DEFAULT_REGION,
        token: str | None = None,
        looks_on: bool = False,
    ) -> None:
        self._send = send
        self.place = f"{region} of account {account_id}"
        credential = f"{account_id}/20260101/{region}/elasticbeanstalk/aws4_request"
        self._headers = {"Authorization": f"AWS4-HMAC-SHA256 Credential={credential}"}
        if token is not None:
            self._headers["X-Beanpole-Token"] = token
        if looks_on:
            self._headers[ONLOOKER] = "yes"

    def call(self, action: str, parameters: Parameters | None = None) -> dict[str, Any]:
        """The result of an operation; lists and mappings in `parameters` are written the protocol's way."""
        form = {"Action": action, "Version": "2010-12-01", "ContentType": "JSON", **dict(_flat(parameters or {}))}
        status, answer = self._ask("POST", "/", urlencode(form), _FORM)
        if status != 200:
            error = _part(answer, "Error")
            raise Refused(f"{action}: {error.get('Code')}: {error.get('Message')}", str(error.get("Code")))
        return _part(answer, f"{action}Response").get(f"{action}Result") or {}

    def control(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """The answer of a control route, whose path stands below `/_beanpole`."""
        content = None if method == "GET" else json.dumps(body or {})
        status, answer = self._ask(method, f"/_beanpole{quote(path)}", content, _JSON)
        if status >= 400:
            raise Refused(str(answer.get("detail") or answer.get("title")), str(status))
        return answer

    def _ask(self, method: str, path: str, content: str | None, more: Mapping[str, str]) -> tuple[int, dict[str, Any]]:
        status, blob = self._send(method, path, content, {**self._headers, **more})
        try:
            answer = json.loads(blob or b"{}")
        except ValueError:
            answer = None
        if not isinstance(answer, dict):
            raise Unreachable("what answers there is not beanpole")
        return status, answer


class Socket:
    """One connection to `http://HOST[:PORT]`, to send over; ValueError for what is no such address."""

    def __init__(self, url: str) -> None:
        place = urlsplit(url)
        if place.scheme not in ("http", "https") or not place.hostname:
            raise ValueError(f"{url} is not an address such as http://127.0.0.1:5770")
        self._url = url
        self._root = place.path.rstrip("/")
        self._connection = _connection(place)

    def __call__(self, method: str, path: str, content: str | None, headers: Mapping[str, str]) -> tuple[int, bytes]:
        """Send a request and take its answer."""
        try:
            self._connection.request(method, self._root + path, content, dict(headers))
            response = self._connection.getresponse()
            return response.status, response.read()
        except (OSError, HTTPException) as error:
            self.close()
            raise Unreachable(f"the server at {self._url} does not answer: {str(error) or repr(error)}") from error

    def close(self) -> None:
        """Hang up; the next request connects anew."""
        self._connection.close()


def _connection(place: SplitResult) -> HTTPConnection:
    host = place.hostname or ""
    if place.scheme == "https":
        return HTTPSConnection(host, place.port, timeout=PATIENCE)
    return HTTPConnection(host, place.port, timeout=PATIENCE)


def _part(answer: Mapping[str, Any], name: str) -> dict[str, Any]:
    part = answer.get(name)
    if not isinstance(part, dict):
        raise Unreachable("what answers there is not beanpole")
    return part


def _flat(value: Any, prefix: str = "") -> Iterator[tuple[str, str]]:
    match value:
        case Mapping():
            for name, inner in value.items():
                yield from _flat(inner, f"{prefix}.{name}" if prefix else name)
        case list() | tuple():
            for place, inner in enumerate(value, 1):
                yield from _flat(inner, f"{prefix}.member.{place}")
        case _:
            yield prefix, str(value)
