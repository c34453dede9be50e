"""The least client of the service that can tell a story: form posts, answers in the JSON variant."""

import json
from collections.abc import Iterator, Mapping
from http.client import HTTPConnection, HTTPException
from typing import Any
from urllib.parse import urlencode

Parameters = Mapping[str, Any]

_FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class Refused(Exception):
    """The service said no; in its own words."""


class Unreachable(Exception):
    """Nobody answers any more."""


class Service:
    """One connection to a running server, as its default account."""

    def __init__(self, host: str, port: int) -> None:
        self._connection = HTTPConnection(host, port, timeout=30)

    def call(self, action: str, parameters: Parameters | None = None) -> dict[str, Any]:
        """The result of an operation; lists and mappings in `parameters` are written the protocol's way."""
        form = {"Action": action, "Version": "2010-12-01", "ContentType": "JSON", **dict(_flat(parameters or {}))}
        status, answer = self._send("POST", "/", urlencode(form), _FORM)
        if status != 200:
            error = answer["Error"]
            raise Refused(f"{action}: {error['Code']}: {error['Message']}")
        response = answer[f"{action}Response"]
        return response.get(f"{action}Result") or {}

    def control(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """The answer of a control route."""
        status, answer = self._send(method, path, json.dumps(body or {}), {"Content-Type": "application/json"})
        if status >= 400:
            raise Refused(f"{method} {path}: {answer.get('title')}: {answer.get('detail')}")
        return answer

    def _send(self, method: str, path: str, body: str, headers: Mapping[str, str]) -> tuple[int, dict[str, Any]]:
        content = None if method == "GET" else body
        try:
            self._connection.request(method, path, content, headers)
            response = self._connection.getresponse()
            return response.status, json.loads(response.read() or b"{}")
        except (OSError, HTTPException, ValueError) as error:
            self._connection.close()
            raise Unreachable(f"the server does not answer: {error!r}") from error


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
