"""Whatever is thrown at it, it answers in its own form, and the world is as it was."""

import json
from urllib.parse import quote, urlencode
from xml.etree import ElementTree

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from examples import examples

ENDLESS = examples(150, one_world=True)
METHODS = st.sampled_from(["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "TRACE", "BREW"])
NAMES = st.sampled_from(
    [
        "Action",
        "Operation",
        "Version",
        "ContentType",
        "ApplicationName",
        "EnvironmentName",
        "EnvironmentNames.member.1",
        "EnvironmentNames.member.999999999",
        "OptionSettings.member.1.Namespace",
        "OptionSettings.member.99999999999999999999.Value",
        "Tier.member.Name",
        "MaxRecords",
        "NextToken",
        "StartTime",
        "IncludeDeleted",
        "Tags.member.1.Key",
    ]
) | st.text(max_size=20)
ACTIONS = st.sampled_from(
    ["DescribeEnvironments", "DescribeEvents", "DescribeApplications", "ListAvailableSolutionStacks", "NoSuchThing"]
)
VALUES = st.text(max_size=30) | st.sampled_from(["\x00", "", "[]", "999999999999999999999", "-1", "true", "\uffff"])
FORM = "application/x-www-form-urlencoded"
CONTROL_NAMES = ["mode", "speed", "now", "seconds", "to", "until", "environment", "status"]
HEADERS = ["Authorization", "Accept", "X-Amz-Date", "Content-Type", "Host"]
LATIN = st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=60)
ROUTES = st.sampled_from(["health", "clock", "clock/advance", "environments/web/fleet", "faults", "state", "nothing"])


@pytest.fixture(scope="module")
def http(http_of):
    """A plain HTTP client, in process, of a world with one application in it."""
    http = http_of()
    http.post("/", data={"Action": "CreateApplication", "ApplicationName": "shop", "Version": "2010-12-01"})
    return http


def world_of(http):
    """What the account holds, without what differs from answer to answer."""
    answer = http.get("/_beanpole/state")
    assert answer.status_code == 200
    return answer.get_json()


def holds(answer):
    """The answer is of the protocol: no server error, no HTML, no traceback."""
    assert answer.status_code < 500
    assert b"Traceback" not in answer.data
    assert b"<html" not in answer.data.lower()
    assert "Date" in answer.headers
    kind = answer.headers["Content-Type"].partition(";")[0]
    assert kind in ("text/xml", "application/json", "application/problem+json")
    if answer.data and kind == "text/xml":
        ElementTree.fromstring(answer.data)
    elif answer.data:
        json.loads(answer.data)


@ENDLESS
@given(method=METHODS, body=st.binary(max_size=300), query=st.binary(max_size=100), form=st.booleans())
def test_arbitrary_bytes_are_refused_in_the_protocol_and_change_nothing(http, method, body, query, form):
    before = world_of(http)
    kind = FORM if form else "application/octet-stream"
    holds(http.open("/", method=method, data=body, query_string=query.decode("latin-1"), content_type=kind))
    assert world_of(http) == before


@ENDLESS
@given(action=ACTIONS, pairs=st.lists(st.tuples(NAMES, VALUES), max_size=8), method=st.sampled_from(["GET", "POST"]))
@example(action="DescribeEnvironments", pairs=[("EnvironmentNames.member.999999999", "web1")], method="POST")
@example(action="DescribeEvents", pairs=[("NextToken", "!!!")], method="GET")
@example(
    action="DescribeEvents",
    pairs=[("StartTime", "9999-12-31T23:59:59Z"), ("EndTime", "0001-01-01T00:00:00Z")],
    method="GET",
)
def test_arbitrary_parameters_are_answered_in_the_protocol(http, action, pairs, method):
    before = world_of(http)
    text = urlencode([("Action", action), *pairs], errors="surrogatepass")
    holds(http.get(f"/?{text}") if method == "GET" else http.post("/", data=text, content_type=FORM))
    assert world_of(http) == before


@ENDLESS
@given(
    route=ROUTES,
    method=METHODS,
    body=st.binary(max_size=200)
    | st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(max_size=10) | st.integers(),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(CONTROL_NAMES),
                inner,
                max_size=3,
            )
        ),
        max_leaves=6,
    ).map(lambda document: json.dumps(document).encode()),
)
def test_arbitrary_bodies_of_control_routes_are_answered_in_their_form(http_of, route, method, body):
    holds(http_of().open(f"/_beanpole/{route}", method=method, data=body, content_type="application/json"))


@ENDLESS
@given(name=st.sampled_from(HEADERS), value=LATIN)
def test_arbitrary_headers_are_answered_in_the_protocol(http, name, value):
    holds(http.post("/", data={"Action": "DescribeApplications"}, headers={name: value}))


def test_a_body_over_a_mebibyte_is_refused(http):
    answer = http.post("/", data="Action=DescribeApplications&X=" + "x" * (1 << 20))
    assert answer.status_code == 413
    assert b"<Code>RequestEntityTooLarge</Code>" in answer.data


def test_more_than_ten_thousand_parameters_are_refused(http):
    text = "Action=DescribeApplications&" + "&".join(f"ApplicationNames.member.{number}=a" for number in range(10_000))
    answer = http.post("/", data=text, content_type=FORM)
    assert (answer.status_code, b"<Code>MalformedQueryString</Code>" in answer.data) == (400, True)


@pytest.mark.parametrize("value", ["%00", "%ED%A0%80", "%FF", "%zz", quote("\x0b")])
def test_what_xml_cannot_carry_is_refused(http, value):
    answer = http.post("/", data=f"Action=CreateApplication&ApplicationName=a{value}", content_type=FORM)
    assert answer.status_code == 400
    holds(answer)


def test_a_path_that_is_not_there_is_refused_in_the_protocol_s_form(http):
    answer = http.get("/no/such/path")
    assert answer.status_code == 404
    holds(answer)
