"""Requests at the root find their route and get their answer as Flask by itself would find and give it."""

from typing import Any

import pytest
from flask import Flask, Response
from werkzeug.test import EnvironBuilder, run_wsgi_app

from beanpole.api import app as api
from beanpole.api.app import create_app
from beanpole.api.application import Application
from beanpole.catalog import catalog
from beanpole.machine import clock, entropy
from beanpole.model.time.clock import Clock
from beanpole.store.connection import embedded
from beanpole.store.store import Store

CALL = "/?Action=DescribeApplications&Version=2010-12-01"
TARGETS = [
    CALL,
    "/?Action=Unknown",
    "/",
    "//",
    "//?Action=DescribeApplications",
    "/.",
    "/none",
    "/_beanpole/faults",
    "/%00",
]
METHODS = ["GET", "POST", "HEAD", "OPTIONS", "PUT", "DELETE", "TRACE", "PROPFIND", "get", "CONNECT"]
HEADERS: list[dict[str, str]] = [
    {"Host": "elasticbeanstalk.us-east-1.amazonaws.com:443"},
    {"Host": "a..b"},
    {"Host": f"{'a' * 64}.com"},
    {"Host": "ä.example"},
    {"Host": "[::1]:5000"},
    {"Host": ""},
    {"Host": "a b"},
    {"Host": "shop.example:port"},
    {"Connection": "Upgrade", "Upgrade": "websocket"},
    {"Accept": "application/json"},
]


def _application() -> Flask:
    return create_app(Store(embedded(), Clock()), catalog.load())


def _answer(app: Flask, environ: dict[str, Any]) -> tuple[bytes, str, list[tuple[str, str]]]:
    body, status, headers = run_wsgi_app(app, dict(environ), buffered=True)
    return b"".join(body), status, list(headers)


@pytest.mark.parametrize("client", ["127.0.0.1", "203.0.113.9"])
def test_a_request_is_answered_as_flask_would_answer_it(client: str, monkeypatch: pytest.MonkeyPatch) -> None:
    requests: list[tuple[str, str, dict[str, str]]] = [(target, method, {}) for target in TARGETS for method in METHODS]
    requests += [(CALL, "GET", headers) for headers in HEADERS]
    environs = [
        {**EnvironBuilder(target, headers=headers).get_environ(), "REMOTE_ADDR": client, "REQUEST_METHOD": method}
        for target, method, headers in requests
    ]
    monkeypatch.setattr(entropy, "request_id", lambda: "1")
    monkeypatch.setattr(clock, "http_date", lambda: "now")
    app = _application()
    ours = [_answer(app, environ) for environ in environs]
    monkeypatch.setattr(Application, "create_url_adapter", Flask.create_url_adapter)
    monkeypatch.setattr(api, "Answer", Response)
    app = _application()
    for request, environ, answer in zip(requests, environs, ours, strict=True):
        assert _answer(app, environ) == answer, request
    assert {"200 OK", "400 BAD REQUEST", "404 NOT FOUND", "405 METHOD NOT ALLOWED"} <= {status for _, status, _ in ours}
