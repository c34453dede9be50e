"""How a request is read off the wire."""

from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beanpole.wire import query, spec
from beanpole.wire.errors import ProtocolError

SPEC = spec.load()
FORM = "application/x-www-form-urlencoded; charset=utf-8"


def nested(action, *pairs):
    operation = SPEC.operation(action)
    return query.nest(pairs, operation.input)


def parsed(body, **more):
    return query.parse("POST", more.get("query", b""), body, more.get("content_type", FORM), more.get("accept"))


def refusal(body, **more):
    with pytest.raises(ProtocolError) as caught:
        parsed(body, **more)
    return caught.value


def outcome(ask, *pieces):
    """The status of the refusal, or None."""
    try:
        ask(*pieces)
    except ProtocolError as error:
        return error.status
    return None


def test_a_post_names_its_action_in_the_body():
    call = parsed(b"Action=DescribeEvents&Version=2010-12-01&ApplicationName=a+b%2Fc")
    assert (call.action, call.version, call.variant) == ("DescribeEvents", "2010-12-01", "xml")
    assert ("ApplicationName", "a b/c") in call.parameters


def test_a_get_names_its_operation_in_the_url():
    call = query.parse("GET", b"Operation=DescribeEvents", b"", "application/json", "application/json")
    assert (call.action, call.variant) == ("DescribeEvents", "json")


def test_a_body_that_is_no_form_is_not_read():
    assert refusal(b"Action=DescribeEvents", content_type="text/plain").code == "MissingAction"


@pytest.mark.parametrize(
    ("url", "body", "accept", "variant"),
    [
        (b"", b"", None, "xml"),
        (b"", b"", "*/*", "xml"),
        (b"", b"", "application/json", "json"),
        (b"", b"", "text/html, Application/JSON;q=0.5", "json"),
        (b"ContentType=JSON", b"", None, "json"),
        (b"", b"Action=X&ContentType=JSON", None, "json"),
        (b"", b"Description=ContentType=JSON", None, "xml"),
        (b"", b"ContentType=XML", None, "xml"),
    ],
)
def test_json_is_asked_for_by_parameter_or_by_header(url, body, accept, variant):
    assert query.variant(url, body, accept) == variant


@pytest.mark.parametrize("middle", [".member", ".members", ".entry", ""])
def test_a_list_may_use_any_middle_token(middle):
    pairs = [(f"EnvironmentNames{middle}.{index}", name) for index, name in ((1, "blue"), (2, "green"))]
    assert nested("DescribeEnvironments", *pairs) == {"EnvironmentNames": ["blue", "green"]}


def test_indices_order_a_list_and_cost_nothing():
    pairs = [("VersionLabels.member.999999999", "last"), ("VersionLabels.member.10", "b"), ("VersionLabels.2", "a")]
    assert nested("DescribeApplicationVersions", *pairs) == {"VersionLabels": ["a", "b", "last"]}


def test_an_index_beyond_all_numbers_is_left_aside():
    assert nested("DescribeEnvironments", ("EnvironmentNames." + "9" * 5000, "web")) == {"EnvironmentNames": []}


def test_an_empty_parameter_is_an_empty_list():
    assert nested("CreateApplication", ("Tags", "")) == {"Tags": []}


def test_a_text_in_place_of_a_list_is_refused():
    with pytest.raises(ProtocolError) as caught:
        nested("DescribeEnvironments", ("EnvironmentNames", "web"))
    assert caught.value.code == "MalformedInput"


def test_structures_nest_by_dots_also_within_lists():
    pairs = [
        ("Tier.Name", "WebServer"),
        ("OptionSettings.member.1.Namespace", "aws:autoscaling:asg"),
        ("OptionSettings.member.1.Value", ""),
    ]
    assert nested("CreateEnvironment", *pairs) == {
        "Tier": {"Name": "WebServer"},
        "OptionSettings": [{"Namespace": "aws:autoscaling:asg", "Value": ""}],
    }


def test_a_structure_sent_as_a_list_is_present_but_empty():
    assert nested("CreateEnvironment", ("Tier.member.Name", "WebServer")) == {"Tier": {}}


def test_what_the_shape_does_not_know_is_left_aside():
    deep = "Tier" + ".Name" * 10_000
    pairs = [("Action", "CreateEnvironment"), ("Timestamp", "now"), ("ApplicationName.member.1", "x"), (deep, "x")]
    assert nested("CreateEnvironment", *pairs) == {"Tier": {}}


def test_of_a_parameter_given_twice_the_first_counts():
    assert nested("CreateApplication", ("ApplicationName", "a"), ("ApplicationName", "b")) == {"ApplicationName": "a"}


@pytest.mark.parametrize(
    ("body", "code", "message"),
    [
        (b"", "MissingAction", "Missing Action"),
        (b"Action=", "MissingAction", "Missing Action"),
        (b"Action=A&Description=%zz", "MalformedQueryString", "percent sign"),
        (b"Action=A&Description=%", "MalformedQueryString", "percent sign"),
        (b"Action=A&Description=%ff", "MalformedQueryString", "not UTF-8"),
        (b"Action=A&Description=%ed%a0%80", "MalformedQueryString", "not UTF-8"),
        (b"Action=A&Description=\xff", "MalformedQueryString", "not UTF-8"),
        (b"Action=A&Description=%00", "ValidationError", "Value at 'Description' failed"),
        (b"Action=A&Description=%ef%bf%bf", "ValidationError", "XML can carry"),
        (b"Action=A" + b"&x=1" * 10_000, "MalformedQueryString", "more than 10000 parameters"),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_reason(body, code, message):
    error = refusal(body)
    assert (error.code, error.status) == (code, 400)
    assert message in error.message


def test_only_get_and_post_are_methods():
    with pytest.raises(ProtocolError) as caught:
        query.parse("DELETE", b"Action=DescribeEvents", b"", None, None)
    assert caught.value.status == 405


@pytest.mark.parametrize("version", ["2010-12-01", None])
def test_an_action_of_our_version_is_found(version):
    assert query.find(query.Call("DescribeEvents", version, (), "xml"), SPEC).name == "DescribeEvents"


@pytest.mark.parametrize(("action", "version"), [("LaunchRocket", "2010-12-01"), ("DescribeEvents", "1999-01-01")])
def test_an_unknown_action_or_version_is_named_in_the_refusal(action, version):
    with pytest.raises(ProtocolError) as caught:
        query.find(query.Call(action, version, (), "xml"), SPEC)
    assert caught.value.code == "InvalidAction"
    assert caught.value.message == f"Could not find operation {action} for version {version}"


@given(st.binary(), st.binary(), st.none() | st.text(), st.none() | st.text(), st.sampled_from(["GET", "POST", "PUT"]))
def test_arbitrary_bytes_are_read_or_refused(url, body, content_type, accept, method):
    assert outcome(query.parse, method, url, body, content_type, accept) in (None, 400, 405)


TOKENS = st.sampled_from(["member", "1", "02", "²", "", "x", "Name", "Tier", "OptionSettings", "Namespace", "Tags"])


@given(st.lists(st.tuples(st.lists(TOKENS, min_size=1, max_size=6).map(".".join), st.text(max_size=3))))
def test_arbitrary_keys_nest_or_are_refused(pairs):
    assert outcome(nested, "CreateEnvironment", *pairs) in (None, 400)


@given(st.dictionaries(st.text("abc.", min_size=1), st.text(st.characters(exclude_categories=["C"]))))
def test_what_a_form_says_is_what_is_read(form):
    call = parsed(urlencode({"Action": "A", **form}).encode())
    assert dict(call.parameters) == {"Action": "A", **form}
