"""Calls of the console and the command, which need no signature if their caller may call the control routes."""

import pytest

from beanpole.caller.credential import ControlAccess
from beanpole.command.client import Service
from beanpole.gateway.signatures import Signatures
from beanpole.testing import ACCOUNT, Beanstalk
from gateway.signing import KEYS, URL, send

FORM = b"Action=DescribeApplications&Version=2010-12-01"
SIGNATURE = "AWS4-HMAC-SHA256 Credential=123456789012/20260101/us-east-1/{}/aws4_request"
HEADERS = {
    "Content-Type": "application/x-www-form-urlencoded",
    "Authorization": SIGNATURE.format("elasticbeanstalk"),
    "X-Beanpole-Control": "yes",
}


def app_for(access, address="127.0.0.1"):
    """An app that checks signatures, called from an address."""
    checked = Signatures(Beanstalk().app.wsgi_app, KEYS, access=access)
    return lambda environ, start_response: checked({**environ, "REMOTE_ADDR": address}, start_response)


def status(access, address, **headers):
    """The status of the answer to a call from an address."""
    sent = {name: value for name, value in (HEADERS | headers).items() if value is not None}
    return send(f"{URL}/", data=FORM, headers=sent, app=app_for(access, address)).status_code


@pytest.mark.parametrize(
    ("access", "address", "headers", "expected"),
    [
        (ControlAccess(), "127.0.0.1", {}, 200),
        (ControlAccess(), "127.0.0.1", {"X-Beanpole-Control": None}, 400),
        (ControlAccess(), "192.0.2.1", {}, 400),
        (ControlAccess(is_open=True), "192.0.2.1", {}, 200),
        (ControlAccess("secret"), "127.0.0.1", {}, 400),
        (ControlAccess("secret"), "127.0.0.1", {"X-Beanpole-Token": "wrong"}, 400),
        (ControlAccess("secret"), "192.0.2.1", {"X-Beanpole-Token": "secret"}, 200),
        (None, "127.0.0.1", {}, 400),
        (ControlAccess(), "127.0.0.1", {"Authorization": SIGNATURE.format("s3")}, 400),
        (ControlAccess(), "127.0.0.1", {"Origin": "http://other.example"}, 403),
    ],
)
def test_who_may_call_the_control_routes_need_not_sign(access, address, headers, expected):
    assert status(access, address, **headers) == expected


def test_the_client_of_the_command_says_so():
    app = app_for(ControlAccess())

    def exchange(method, path, content, headers):
        answer = send(URL + path, method, (content or "").encode(), headers, app)
        return answer.status_code, answer.data

    service = Service(exchange, ACCOUNT)
    service.call("CreateApplication", {"ApplicationName": "shop"})
    assert [row["ApplicationName"] for row in service.call("DescribeApplications")["Applications"]] == ["shop"]
