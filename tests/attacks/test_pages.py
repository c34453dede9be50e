"""A page in a browser on the user's machine, and a name that somebody else resolves, reach nothing."""

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from beanpole.api import admission

CALL = {"Action": "CreateApplication", "ApplicationName": "shop", "Version": "2010-12-01"}
FOREIGN = [
    {"Origin": "https://evil.example"},
    {"Origin": "http://localhost:3000"},
    {"Origin": "null"},
    {"Origin": "http://[bad"},
    {"Referer": "https://evil.example/page"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Host": "evil.example"},
    {"Host": "evil.example:80"},
    {"Host": "127.0.0.1.evil.example"},
    {"Host": "localhost.evil.example"},
    {"Host": "[::1].evil.example"},
    {"Host": "elasticbeanstalk.com"},
    {"Host": "10.0.0.1"},
]
OURS = [
    {},
    {"Host": "127.0.0.1:5770"},
    {"Host": "[::1]:5770"},
    {"Host": "LOCALHOST"},
    {"Host": "localhost."},
    {"Host": "shop.us-east-1.elasticbeanstalk.com"},
    {"Host": "shop.us-east-1.elasticbeanstalk.com.localhost:5770"},
    {"Host": "elasticbeanstalk.us-east-1.amazonaws.com"},
    {"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"},
    {"Sec-Fetch-Site": "none"},
    {"Referer": "http://localhost/_beanpole/"},
]


@pytest.fixture
def http(http_of) -> FlaskClient:
    """A client of an empty world."""
    return http_of()


def applications(http: FlaskClient) -> int:
    """How many applications there are: nothing happened as long as there are none."""
    return http.get("/?Action=DescribeApplications&Version=2010-12-01").data.count(b"<ApplicationName>")


def by_form(http: FlaskClient, headers: dict[str, str]) -> TestResponse:
    return http.post("/", data=CALL, headers=headers)


def by_address(http: FlaskClient, headers: dict[str, str]) -> TestResponse:
    return http.get("/", query_string=CALL, headers=headers)


@pytest.mark.parametrize(
    "headers", [*FOREIGN, {"Host": "a" * 300 + ".localhost"}], ids=lambda headers: str(headers)[:40]
)
@pytest.mark.parametrize("send", [by_form, by_address])
def test_a_foreign_page_or_name_calls_no_operation(http, send, headers) -> None:
    answer = send(http, headers)
    assert (answer.status_code, answer.content_type) == (403, "text/xml")
    assert b"<Code>AccessDenied</Code>" in answer.data
    assert applications(http) == 0


@pytest.mark.parametrize("headers", FOREIGN, ids=str)
@pytest.mark.parametrize(
    ("method", "path"), [("POST", "reset"), ("GET", "state"), ("GET", "health"), ("DELETE", "faults")]
)
def test_a_foreign_page_or_name_reaches_no_control_route(http, method, path, headers) -> None:
    answer = http.open(f"/_beanpole/{path}", method=method, headers=headers)
    assert (answer.status_code, answer.content_type) == (403, "application/problem+json")


@pytest.mark.parametrize("headers", OURS, ids=str)
def test_a_client_of_this_machine_is_answered(http, headers) -> None:
    assert by_form(http, headers).status_code == 200
    assert http.get("/_beanpole/clock", headers=headers).status_code == 200


@pytest.mark.parametrize(
    ("headers", "is_admitted"),
    [({}, True), ({"HTTP_ORIGIN": "http://evil.example"}, False), ({"HTTP_SEC_FETCH_SITE": "cross-site"}, False)],
)
def test_a_client_of_http_1_0_needs_no_host(headers, is_admitted) -> None:
    """What the server is called then is an invention of waitress."""
    environ = {"REMOTE_ADDR": "127.0.0.1", "SERVER_NAME": "waitress.invalid", "SERVER_PORT": "5770", **headers}
    assert (admission.refusal(environ) is None) is is_admitted


@pytest.mark.parametrize(
    "kind", ["application/x-www-form-urlencoded", "multipart/form-data", "text/plain", "text/json", None]
)
def test_control_routes_take_json_only(http, kind) -> None:
    """A form of a page can send each of these kinds without asking first."""
    before = http.get("/_beanpole/clock").json
    answer = http.put("/_beanpole/clock", data=b'{"speed": 7}', content_type=kind)
    assert (answer.status_code, answer.content_type) == (415, "application/problem+json")
    assert http.get("/_beanpole/clock").json == before


def test_a_form_without_a_body_is_refused_too(http) -> None:
    assert http.post("/_beanpole/reset", content_type="application/x-www-form-urlencoded").status_code == 415


@pytest.mark.parametrize("address", ["192.0.2.7", "::ffff:192.0.2.7", "", "unknown"])
def test_without_a_token_control_routes_answer_this_machine_alone(http, address) -> None:
    """So the rule holds for every WSGI server, whatever it is bound to."""
    remote = {"REMOTE_ADDR": address}
    assert http.post("/_beanpole/reset", environ_overrides=remote).status_code == 403
    assert http.get("/_beanpole/health", environ_overrides=remote).status_code == 200
    assert http.post("/", data=CALL, environ_overrides=remote, headers={"Host": "beanpole:5770"}).status_code == 200


@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"])
def test_every_loopback_address_is_this_machine(http, address) -> None:
    assert http.post("/_beanpole/reset", environ_overrides={"REMOTE_ADDR": address}).status_code == 200
