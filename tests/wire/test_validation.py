"""How a request is checked, and what the service says of what is wrong with it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beanpole.wire import fields, query, schemas, spec
from beanpole.wire.errors import ProtocolError, ValidationError

SPEC = spec.load()


def loaded(action, *pairs, **parameters):
    operation = SPEC.operation(action)
    return schemas.load(operation, query.nest([*pairs, *parameters.items()], operation.input))


def refusal(action, *pairs, **parameters):
    with pytest.raises(ValidationError) as caught:
        loaded(action, *pairs, **parameters)
    return caught.value.message


def outcome(action, *pairs):
    """`taken`, or the code of the refusal."""
    try:
        loaded(action, *pairs)
    except ProtocolError as error:
        return error.code
    return "taken"


def refusal_of(value, path, constraint):
    return (
        f"1 validation error detected: Value {value} at '{path}' failed to satisfy constraint: Member must {constraint}"
    )


@pytest.mark.parametrize(
    ("action", "key", "value", "sentence"),
    [
        ("DescribeEvents", "EnvironmentName", "zzz", "'environmentName' have length greater than or equal to 4"),
        ("DescribeEvents", "EnvironmentName", "z" * 41, "'environmentName' have length less than or equal to 40"),
        ("DescribeEvents", "ApplicationName", "a/b", "'applicationName' satisfy regular expression pattern: [^/]+"),
        ("CheckDNSAvailability", "CNAMEPrefix", "abc", "'cNAMEPrefix' have length greater than or equal to 4"),
        ("DescribeEvents", "MaxRecords", "0", "'maxRecords' have value greater than or equal to 1"),
        ("DescribeEvents", "MaxRecords", "1001", "'maxRecords' have value less than or equal to 1000"),
        ("RequestEnvironmentInfo", "InfoType", "x", "'infoType' satisfy enum value set: [tail, bundle, analyze]"),
    ],
)
def test_a_broken_constraint_is_said_in_the_service_s_sentence(action, key, value, sentence):
    path, _, constraint = sentence.partition(" ")
    assert refusal(action, (key, value)) == refusal_of(f"'{value}'", path.strip("'"), constraint)


def test_a_missing_member_is_null():
    assert refusal("DeleteApplication") == refusal_of("null", "applicationName", "not be null")


def test_a_path_leads_through_lists_and_structures():
    pairs = [("ApplicationName", "app"), ("OptionSettings.member.7.Namespace", "n")]
    path = ("OptionSettings.member.9.ResourceName", "")
    assert refusal("CreateEnvironment", *pairs, path) == refusal_of(
        "''", "optionSettings.2.member.resourceName", "have length greater than or equal to 1"
    )


@pytest.mark.parametrize(("names", "echo"), [(("",), "'[]'"), (("web-1", "x"), "'[web-1, x]'")])
def test_a_list_is_refused_as_a_whole_with_every_constraint_of_its_elements(names, echo):
    pairs = [(f"EnvironmentNames.member.{index}", name) for index, name in enumerate(names, 1)]
    lengths = "Member must have length less than or equal to 40, Member must have length greater than or equal to 4"
    sentence = refusal_of(echo, "environmentNames", f"satisfy constraint: [{lengths}]")
    assert refusal("DescribeEnvironments", *pairs) == sentence


def test_all_that_is_wrong_is_said_at_once():
    message = refusal("CreateEnvironment", EnvironmentName="zzz", CNAMEPrefix="abc")
    assert message.startswith("3 validation errors detected: Value null at 'applicationName' failed")
    assert message.count("; Value '") == 2


def test_what_was_not_sent_is_none_and_known_not_to_be_given():
    request = loaded("UpdateApplication", ApplicationName="app")
    assert request.description is None
    assert "description" not in request
    assert request.sent_members() == {"application_name"}
    assert "description" in loaded("UpdateApplication", ApplicationName="app", Description="")


def test_a_member_the_spec_does_not_have_is_no_attribute():
    with pytest.raises(AttributeError, match="no member colour"):
        _ = loaded("UpdateApplication", ApplicationName="app").colour


def test_a_request_is_a_frozen_value():
    request = loaded("UpdateApplication", ApplicationName="app")
    assert request == loaded("UpdateApplication", ApplicationName="app")
    assert hash(request) == hash(loaded("UpdateApplication", ApplicationName="app"))
    assert repr(request) == "Request(application_name='app')"
    with pytest.raises(AttributeError, match="frozen"):
        request.application_name = "other"


def test_lists_are_tuples_and_structures_are_requests():
    pairs = [("ApplicationName", "app"), ("Tier.Name", "Worker"), ("Tags.member.1.Key", "k"), ("OptionSettings", "")]
    request = loaded("CreateEnvironment", *pairs)
    assert (request.tier.name, request.tier.type) == ("Worker", None)
    assert [tag.key for tag in request.tags] == ["k"]
    assert request.option_settings == ()


def test_an_operation_without_input_takes_an_empty_request():
    assert loaded("ListAvailableSolutionStacks", Nothing="x").sent_members() == frozenset()


@pytest.mark.parametrize(
    ("text", "milliseconds"),
    [
        ("2024-04-10T22:07:06Z", 1712786826000),
        ("2024-04-10T22:07:06.049Z", 1712786826049),
        ("2024-04-10T22:07:06.049123", 1712786826050),
        ("2024-04-10T22:07:06", 1712786826000),
        ("2024-04-11T00:07:06+02:00", 1712786826000),
        ("20240410T220706Z", 1712786826000),
        ("2024-04-10", 1712707200000),
        ("1712786826", 1712786826000),
        ("1712786826.049", 1712786826049),
        ("1.712786826049E9", 1712786826049),
        ("2024-04-10T22:07:06.0490001Z", 1712786826050),
        ("2024-04-10T22:07:06.0490000", 1712786826049),
        ("1969-12-31T23:59:59.9995Z", 0),
        ("1712786826.0490001", 1712786826050),
        ("1712786826.049000000000000000000000000001", 1712786826050),
        ("-0.0005", 0),
        ("9999-12-31T23:59:59Z", 253402300799000),
        ("9999-12-31T23:59:59.999999Z", 253402300799999),  # datetime.max
        ("253402300799.9995", 253402300799999),
    ],
)
def test_a_timestamp_may_be_written_in_many_ways(text, milliseconds):
    assert loaded("DescribeEvents", StartTime=text).start_time == milliseconds


@pytest.mark.parametrize(("text", "value"), [("true", True), ("False", False), ("TRUE", True)])
def test_a_boolean_is_true_or_false_in_any_case(text, value):
    assert loaded("DescribeEnvironments", IncludeDeleted=text).include_deleted is value


@pytest.mark.parametrize(
    ("key", "value", "sentence"),
    [
        ("StartTime", "yesterday", "timestamp must follow ISO8601"),
        ("StartTime", "1e400", "timestamp must follow ISO8601"),
        ("StartTime", "2024-13-45T00:00:00Z", "timestamp must follow ISO8601"),
        ("StartTime", "253402300801", "timestamp must follow ISO8601"),
        ("MaxRecords", "abc", "'abc' is not a valid integer"),
        ("MaxRecords", "99999999999", "'99999999999' is not a valid integer"),
        ("MaxRecords", "\u0661", "'\u0661' is not a valid integer"),
    ],
)
def test_a_text_that_is_no_value_of_its_type_is_malformed_before_anything_else(key, value, sentence):
    with pytest.raises(ProtocolError) as caught:
        loaded("DescribeEvents", (key, value), ("EnvironmentName", "zzz"))
    assert (caught.value.code, caught.value.message) == ("MalformedInput", sentence)


@given(st.text(), st.sampled_from(["StartTime", "MaxRecords", "Severity", "EnvironmentName"]))
def test_any_text_is_taken_or_refused(text, key):
    assert outcome("DescribeEvents", (key, text)) in ("taken", "ValidationError", "MalformedInput")


@given(st.datetimes().map(lambda moment: moment.isoformat()) | st.floats().map(str))
def test_any_moment_is_taken_or_refused(text):
    assert outcome("DescribeEvents", ("StartTime", text)) in ("taken", "MalformedInput")


@pytest.mark.parametrize("action", SPEC.operations)
def test_a_call_without_parameters_is_checked_as_its_schema_would_check_it(action):
    """No schema is made for it if it needs no parameter; `outcome` is that of the schema all the same."""
    shape = SPEC.operation(action).input
    if shape is None or outcome(action) != "taken":
        return
    assert loaded(action) == fields.load(shape, {})
    assert loaded(action).sent_members() == frozenset()


def test_a_call_that_needs_a_parameter_is_refused_without_any():
    refused = [action for action in SPEC.operations if outcome(action) == "ValidationError"]
    by_schema = []
    for action in SPEC.operations:
        shape = SPEC.operation(action).input
        try:
            fields.load(shape, {}) if shape is not None else None
        except ValidationError:
            by_schema.append(action)
    assert refused == by_schema
    assert "CreateEnvironment" in refused
