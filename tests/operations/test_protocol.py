"""What the service answers to requests that no SDK would send, and how it says so."""

import json
from xml.etree import ElementTree

import pytest

NS = "{http://elasticbeanstalk.amazonaws.com/docs/2010-12-01/}"


@pytest.fixture
def http(beanstalk):
    """A plain HTTP client, in process."""
    return beanstalk.app.test_client()


def error(answer):
    """Code and sentence of an error document."""
    assert answer.headers["Content-Type"] == "text/xml"
    root = ElementTree.fromstring(answer.data)
    assert root.tag == f"{NS}ErrorResponse"
    assert root.findtext(f"{NS}RequestId") == answer.headers["x-amzn-RequestId"]
    return root.findtext(f"{NS}Error/{NS}Code"), root.findtext(f"{NS}Error/{NS}Message")


def test_get_post_and_the_older_word_for_an_action(http):
    for answer in (
        http.get("/?Action=DescribeEnvironments&Version=2010-12-01"),
        http.get("/?Operation=DescribeEnvironments&Version=2010-12-01"),
        http.post("/", data={"Action": "DescribeEnvironments", "Version": "2010-12-01"}),
    ):
        assert answer.status_code == 200
        assert b"<Environments/>" in answer.data
        assert "Date" in answer.headers


def test_json_where_it_is_asked_for(http):
    for answer in (
        http.get("/?Action=DescribeEnvironments&ContentType=JSON"),
        http.get("/?Action=DescribeEnvironments", headers={"Accept": "application/json"}),
    ):
        assert answer.headers["Content-Type"] == "application/json"
        describe_environments_response = json.loads(answer.data)["DescribeEnvironmentsResponse"]
        assert describe_environments_response["DescribeEnvironmentsResult"] == {"Environments": [], "NextToken": None}
        assert describe_environments_response["ResponseMetadata"]["RequestId"] == answer.headers["x-amzn-RequestId"]


def test_a_refusal_in_json(http):
    answer = http.get("/?Action=DeleteEverything&ContentType=JSON")
    assert answer.status_code == 400
    assert json.loads(answer.data)["Error"]["Code"] == "InvalidAction"


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/", 400, "MissingAction"),
        ("GET", "/?Action=Nothing", 400, "InvalidAction"),
        ("PUT", "/?Action=DescribeEnvironments", 405, "MethodNotAllowed"),
        ("BREW", "/", 405, "MethodNotAllowed"),
        ("GET", "/index.html", 404, "NotFound"),
        ("POST", "/v1/?Action=DescribeEnvironments", 404, "NotFound"),
    ],
)
def test_what_cannot_be_read_is_refused_in_the_protocols_form(http, method, path, status, code):
    answer = http.open(path, method=method)
    assert answer.status_code == status
    assert error(answer)[0] == code


def test_a_name_that_is_too_short_is_the_validators_business(http):
    answer = http.get("/?Action=CreateEnvironment&ApplicationName=shop&EnvironmentName=web")
    assert error(answer) == (
        "ValidationError",
        "1 validation error detected: Value 'web' at 'environmentName' failed to satisfy constraint: "
        "Member must have length greater than or equal to 4",
    )


def test_head_is_refused_without_a_body(http):
    answer = http.head("/")
    assert (answer.status_code, answer.data) == (405, b"")


def test_a_body_of_more_than_a_mebibyte(http):
    answer = http.post("/", data=b"a" * ((1 << 20) + 1), content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 413
    assert error(answer)[0] == "RequestEntityTooLarge"


def test_a_bug_is_an_internal_failure_with_its_traceback_in_the_log(beanstalk, http, monkeypatch, caplog):
    def fail(account_id, region):
        raise RuntimeError("a bug")

    monkeypatch.setattr(beanstalk.store, "world", fail)
    answer = http.get("/?Action=DescribeEnvironments")
    assert answer.status_code == 500
    assert error(answer) == ("InternalFailure", "An internal error occurred")
    assert "RuntimeError: a bug" in caplog.text


def test_the_same_seed_gives_the_same_ids():
    from beanpole.testing import Beanstalk

    def story():
        world = Beanstalk()
        world.client.create_application(ApplicationName="shop")
        answer = world.client.create_environment(
            ApplicationName="shop",
            EnvironmentName="web1",
            SolutionStackName="64bit Amazon Linux 2023 v4.13.7 running Python 3.14",
        )
        return answer["EnvironmentId"], world.events()

    assert story() == story()
