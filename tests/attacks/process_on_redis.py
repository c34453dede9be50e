"""An API process on a Redis of its own, as gunicorn makes it, called through the client of Flask."""

import os
from typing import Any

import pytest
from flask.testing import FlaskClient

from beanpole import wsgi


def process(url: str, monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    for name in [name for name in os.environ if name.startswith("BEANPOLE_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("BEANPOLE_REDIS_URL", url)
    return wsgi.create().test_client()


def call(api: FlaskClient, action: str, **parameters: str) -> Any:
    return api.post("/", data={"Action": action, "Version": "2010-12-01", **parameters})


def create(api: FlaskClient, name: str) -> int:
    return int(call(api, "CreateApplication", ApplicationName=name).status_code)


def names(api: FlaskClient) -> list[str]:
    answer = call(api, "DescribeApplications").text
    return sorted(part.partition("<")[0] for part in answer.split("<ApplicationName>")[1:])
