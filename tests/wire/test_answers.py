"""How a result leaves, in XML and in JSON."""

import json as stdlib_json
from typing import Any

import botocore.loaders
import botocore.model
import botocore.parsers
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from beanpole.wire import json, spec, xml

SPEC = spec.load()
MODEL = botocore.model.ServiceModel(
    botocore.loaders.Loader().load_service_model("elasticbeanstalk", "service-2"), "elasticbeanstalk"
)
RENDERERS = pytest.mark.parametrize("wire", [xml, json])


class Environment(msgspec.Struct):
    environment_name: str
    secret: str = "not for the wire"


def as_xml(action, result):
    return xml.render(SPEC.operation(action), result, "id-1").decode()


def as_json(action, result):
    return stdlib_json.loads(json.render(SPEC.operation(action), result, "id-1"))[f"{action}Response"]


def understood(action, result):
    """What the SDK makes of our XML."""
    answer = {"body": xml.render(SPEC.operation(action), result, "id-1"), "headers": {}, "status_code": 200}
    parser = botocore.parsers.create_parser("query")
    parsed: dict[str, Any] = parser.parse(answer, MODEL.operation_model(action).output_shape)
    return parsed


def test_an_answer_has_the_envelope_of_its_operation():
    assert as_xml("DescribeApplications", {"applications": []}) == (
        '<DescribeApplicationsResponse xmlns="http://elasticbeanstalk.amazonaws.com/docs/2010-12-01/">'
        "<DescribeApplicationsResult><Applications/></DescribeApplicationsResult>"
        "<ResponseMetadata><RequestId>id-1</RequestId></ResponseMetadata></DescribeApplicationsResponse>"
    )


def test_a_void_answer_has_nothing_but_the_request_id():
    assert "Result" not in as_xml("RebuildEnvironment", None)
    assert as_json("RebuildEnvironment", None) == {"ResponseMetadata": {"RequestId": "id-1"}}


@RENDERERS
@pytest.mark.parametrize(("action", "result"), [("RebuildEnvironment", {}), ("DescribeEvents", None)])
def test_a_result_where_none_belongs_is_a_bug_and_so_is_none_where_one_does(wire, action, result):
    with pytest.raises(TypeError, match=action):
        wire.render(SPEC.operation(action), result, "id-1")


def test_members_are_read_from_mappings_and_from_objects():
    members = {"Environments": [{"EnvironmentName": "web"}]}
    for environment in (Environment("web"), {"environment_name": "web"}):
        parsed = understood("DescribeEnvironments", {"environments": [environment]})
        assert {key: parsed[key] for key in members} == members


@RENDERERS
def test_only_what_the_spec_names_can_leave(wire):
    result = {"environments": (Environment("web"), {"environment_name": "api", "secret": "not for the wire"})}
    assert b"not for the wire" not in wire.render(SPEC.operation("DescribeEnvironments"), result, "id-1")


def test_in_xml_what_is_absent_is_left_out_and_an_empty_list_is_an_empty_element():
    text = as_xml("CreateEnvironment", {"description": None, "environment_links": ()})
    assert "<CreateEnvironmentResult><EnvironmentLinks/></CreateEnvironmentResult>" in text


def test_in_json_what_is_absent_is_null_and_an_absent_list_is_empty():
    document = as_json("DescribeEvents", {})
    assert document == {
        "DescribeEventsResult": {"Events": [], "NextToken": None},
        "ResponseMetadata": {"RequestId": "id-1"},
    }


def test_in_json_timestamps_are_epoch_seconds_and_values_are_native():
    result = {"environments": [{"date_created": 1426967923855, "abortable_operation_in_progress": False}]}
    document = as_json("DescribeEnvironments", result)["DescribeEnvironmentsResult"]["Environments"][0]
    assert document["DateCreated"] == 1426967923.855
    assert document["AbortableOperationInProgress"] is False
    assert document["Alerts"] == []
    assert document["Resources"] is None


def test_in_xml_timestamps_carry_milliseconds_but_those_of_settings_do_not():
    assert "2019-09-03T13:08:29.049Z" in as_xml("CreateEnvironment", {"date_created": 1567516109049})
    assert "2019-09-03T13:08:29.000Z" in as_xml("CreateEnvironment", {"date_created": 1567516109000})
    assert "2019-09-03T13:08:29Z" in as_xml("CreateConfigurationTemplate", {"date_created": 1567516109049})


def test_what_xml_cannot_carry_is_replaced():
    text = as_xml("CreateEnvironment", {"description": "a\x00b\ud800c\ufffe<&>\r\n"})
    assert "<Description>a\ufffdb\ufffdc\ufffd&lt;&amp;&gt;&#13;\n</Description>" in text


@RENDERERS
def test_numbers_of_an_answer_are_not_quoted(wire):
    health = {"instances_health": {"ok": 3}, "application_metrics": {"latency": {"p99": 0.25}}}
    text = wire.render(SPEC.operation("DescribeEnvironmentHealth"), health, "id-1").decode()
    assert ("<Ok>3</Ok>" if wire is xml else '"Ok":3') in text
    assert ("<P99>0.25</P99>" if wire is xml else '"P99":0.25') in text


def test_an_error_is_a_document_of_its_own():
    assert xml.render_error("C", "a < b", "Sender", "id-1").decode() == (
        '<ErrorResponse xmlns="http://elasticbeanstalk.amazonaws.com/docs/2010-12-01/"><Error><Type>Sender</Type>'
        "<Code>C</Code><Message>a &lt; b</Message></Error><RequestId>id-1</RequestId></ErrorResponse>"
    )
    assert stdlib_json.loads(json.render_error("C", "a < b", "Sender", "id-1")) == {
        "Error": {"Code": "C", "Message": "a < b", "Type": "Sender"},
        "RequestId": "id-1",
    }


def test_the_content_types_are_the_service_s():
    assert (xml.CONTENT_TYPE, json.CONTENT_TYPE) == ("text/xml", "application/json")


class Frozen(msgspec.Struct, frozen=True, eq=False):
    environment_name: str
    written: dict[object, bytes] = msgspec.field(default_factory=dict)


@RENDERERS
def test_an_element_is_written_once_in_each_format(wire):
    operation = SPEC.operation("DescribeEnvironments")

    def rendered(*environments):
        return wire.render(operation, {"environments": environments}, "id-1")

    environments = [Frozen("blue"), Frozen("green"), Environment("grey")]
    first = rendered(*environments)
    written = [dict(environment.written) for environment in environments[:2]]
    assert rendered(*environments) == first
    assert [list(map(id, formats.written.values())) for formats in environments[:2]] == [
        list(map(id, formats.values())) for formats in written
    ]
    other = json if wire is xml else xml
    other.render(operation, {"environments": environments[:1]}, "id-1")
    assert [len(environment.written) for environment in environments[:2]] == [2, 1]
    assert rendered(environments[1], environments[0]) == rendered(Environment("green"), Environment("blue"))


TEXT = st.text(st.characters(exclude_categories=["C"]), max_size=8)
SCALARS = {
    "string": TEXT,
    "integer": st.integers(0, 2**31 - 1),
    "long": st.integers(0, 2**63 - 1),
    "double": st.floats(0, 1e6),
    "boolean": st.booleans(),
    "timestamp": st.integers(0, 4102444800000),
}


def results(shape: spec.Shape) -> st.SearchStrategy[Any]:
    """Any result of a shape, with members missing here and there."""
    if shape.kind == "structure":
        members = {member.attribute: results(member.shape) for member in shape.members if not member.beyond}
        return st.fixed_dictionaries({}, optional=members)
    if shape.kind == "list":
        return st.lists(results(shape.element), max_size=2)
    return SCALARS[shape.kind]


def expected(shape: spec.Shape, value: Any, seconds: bool = False) -> Any:
    if shape.kind == "structure":
        by_attribute = {member.attribute: member for member in shape.members}
        members = {by_attribute[name]: inner for name, inner in value.items()}
        return {member.name: expected(member.shape, inner, member.seconds) for member, inner in members.items()}
    if shape.kind == "list":
        return [expected(shape.element, inner) for inner in value]
    return (value // 1000 * 1000 if seconds else value) if shape.kind == "timestamp" else value


def in_milliseconds(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: in_milliseconds(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [in_milliseconds(inner) for inner in value]
    return round(value.timestamp() * 1000) if hasattr(value, "timestamp") else value


@given(st.data())
def test_the_sdk_reads_in_our_xml_what_the_handler_said(data):
    action = data.draw(st.sampled_from([name for name in SPEC.operations if SPEC.operation(name).output]))
    shape = SPEC.operation(action).output
    result = data.draw(results(shape))
    parsed = in_milliseconds(understood(action, result))
    assert parsed.pop("ResponseMetadata")["RequestId"] == "id-1"
    assert parsed == expected(shape, result)
