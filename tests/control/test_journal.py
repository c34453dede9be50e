"""The journal has the calls of an account as they were answered, and finds them."""

from contextlib import closing
from typing import Any

import pytest
from botocore.exceptions import ClientError

from beanpole.command import assembly
from beanpole.command.serve import serve
from beanpole.model.time.clock import Clock
from beanpole.store.masking import MASK
from beanpole.testing import ACCOUNT, Beanstalk
from control.listening import Listener, served
from environments import STACK

PASSWORD = {"Namespace": "aws:rds:dbinstance", "OptionName": "DBPassword", "Value": "open sesame"}
TOKEN = {"Namespace": "aws:elasticbeanstalk:application:environment", "OptionName": "API_TOKEN", "Value": "open sesame"}
PLAIN = {"Namespace": "aws:autoscaling:asg", "OptionName": "MinSize", "Value": "2"}


@pytest.fixture
def shop(beanstalk: Beanstalk) -> Beanstalk:
    """An application with an environment, and a call that was refused."""
    beanstalk.client.create_application(ApplicationName="shop")
    beanstalk.client.create_environment(
        ApplicationName="shop",
        EnvironmentName="shop-web",
        SolutionStackName=STACK,
        OptionSettings=[PASSWORD, TOKEN, PLAIN],
    )
    with pytest.raises(ClientError):
        beanstalk.client.swap_environment_cnames(SourceEnvironmentName="shop-web", DestinationEnvironmentName="nowhere")
    beanstalk.client.describe_environments()
    return beanstalk


def page(world: Beanstalk, **search: object) -> dict[str, Any]:
    answer = world.app.test_client().get("/_beanpole/journal", query_string={"account": ACCOUNT, **search})
    assert answer.status_code == 200, answer.text
    return dict(answer.get_json())


def operations_found(world: Beanstalk, **search: object) -> list[str]:
    return [call["operation"] for call in page(world, **search)["calls"]]


def test_the_journal_has_what_was_asked_answered_and_changed(shop: Beanstalk) -> None:
    described, swapped, created, _ = page(shop)["calls"]
    assert [described["changed"], swapped["changed"]] == [[], []]
    assert (swapped["error"], swapped["status"]) == ("InvalidParameterValue", 400)
    assert swapped["message"] == "No Environment found for EnvironmentName = 'nowhere'."
    assert created["parameters"]["EnvironmentName"] == "shop-web"
    assert "environment shop-web" in created["changed"]
    assert created["now"].startswith("2026-01-01T00:00:00.")
    assert "Botocore" in created["client"]
    assert created["milliseconds"] > 0
    assert [call["number"] for call in page(shop)["calls"]] == [4, 3, 2, 1]
    request_id = shop.client.describe_applications()["ResponseMetadata"]["RequestId"]
    assert page(shop, count=1)["calls"][0]["request_id"] == request_id


def test_calls_are_found_by_whether_they_changed_something(shop: Beanstalk) -> None:
    assert operations_found(shop, changed="any") == ["CreateEnvironment", "CreateApplication"]
    assert operations_found(shop, changed="none") == ["DescribeEnvironments", "SwapEnvironmentCNAMEs"]
    refused = shop.app.test_client().get("/_beanpole/journal", query_string={"account": ACCOUNT, "changed": "x"})
    assert (refused.status_code, refused.get_json()["detail"]) == (400, "changed is any or none.")


def test_secrets_are_masked_and_nothing_else(shop: Beanstalk) -> None:
    assert page(shop, text="sesame")["calls"] == []
    (created,) = page(shop, operation="CreateEnvironment")["calls"]
    values = [setting["Value"] for setting in created["parameters"]["OptionSettings"]]
    assert values == [MASK, MASK, "2"]


def test_a_refusal_quotes_no_masked_value(shop: Beanstalk) -> None:
    secret = {**PASSWORD, "Value": "s3cret/@bad"}
    with pytest.raises(ClientError, match="s3cret/@bad"):
        shop.client.create_environment(
            ApplicationName="shop", EnvironmentName="shop-api", SolutionStackName=STACK, OptionSettings=[secret]
        )
    call = page(shop, error="any")["calls"][0]
    assert f"'{MASK}'" in call["message"]
    assert "s3cret" not in str(call)


@pytest.mark.parametrize(
    ("search", "operations"),
    [
        ({"operation": "CreateApplication"}, ["CreateApplication"]),
        ({"error": "any"}, ["SwapEnvironmentCNAMEs"]),
        ({"error": "InvalidParameterValue"}, ["SwapEnvironmentCNAMEs"]),
        ({"error": "AccessDenied"}, []),
        ({"error": "none", "text": "NOWHERE"}, []),
        ({"text": "NOWHERE"}, ["SwapEnvironmentCNAMEs"]),
        ({"environment": "shop-web"}, ["CreateEnvironment"]),
        ({"environment": "shop-api"}, []),
        ({"since": "2990-01-01T00:00:00Z"}, []),
        ({"after": 2}, ["DescribeEnvironments", "SwapEnvironmentCNAMEs"]),
        ({"region": "eu-west-1"}, []),
    ],
)
def test_the_journal_finds_calls(shop: Beanstalk, search: dict[str, object], operations: list[str]) -> None:
    assert operations_found(shop, **search) == operations


def test_pages_follow_each_other(shop: Beanstalk) -> None:
    whole, listed, before = operations_found(shop), [], {}
    while True:
        part = page(shop, count=3, **before)
        listed += [call["operation"] for call in part["calls"]]
        if part["next"] is None:
            break
        before = {"before": part["next"]}
    assert listed == whole


def test_a_listener_hears_of_calls_and_comes_back_to_those_that_it_missed(beanstalk: Beanstalk) -> None:
    _ = beanstalk.now
    with served(beanstalk.app) as port:
        with closing(Listener(port)) as listener:
            listener.until("open")
            beanstalk.client.create_application(ApplicationName="shop")
            last = listener.until("call", operation="CreateApplication")[-1]
            assert last.data["changed"] == ["application shop"]
        beanstalk.client.describe_applications()
        with closing(Listener(port, **{"Last-Event-ID": last.id})) as listener:
            calls = [message for message in listener.until("call", number=2) if message.name == "call"]
        assert [call.data["operation"] for call in calls] == ["DescribeApplications"]


def test_a_reset_forgets_the_journal_and_an_import_does_not(shop: Beanstalk) -> None:
    http = shop.app.test_client()
    state = http.get(f"/_beanpole/state?account={ACCOUNT}").data
    http.put(f"/_beanpole/state?account={ACCOUNT}", data=state, content_type="application/json")
    assert len(operations_found(shop)) == 4
    shop.store.reset(ACCOUNT)
    assert operations_found(shop) == []
    assert shop.store.redis.keys("beanpole:journal:*") == []


def test_a_process_that_puts_nothing_down_says_so(shop: Beanstalk) -> None:
    shop.store.journal.is_on = False
    try:
        shop.client.describe_applications()
        answered = page(shop)
    finally:
        shop.store.journal.is_on = True
    assert (answered["is_on"], len(answered["calls"])) == (False, 4)


@pytest.mark.parametrize(
    ("parameters", "expected"), [({}, False), ({"no_journal": "true"}, True), ({"no_journal": "0"}, False)]
)
def test_the_journal_is_switched_off_by_a_variable(parameters: dict[str, str], expected: bool) -> None:
    assert serve.make_context("serve", [], default_map=parameters).params["no_journal"] is expected


def test_a_server_without_a_journal_answers() -> None:
    app, store = assembly.service(
        assembly.StateSettings(None, Clock(), has_journal=False), None, assembly.Access("localhost", None, False, ())
    )
    app.test_client().post("/", data={"Action": "DescribeApplications"})
    answered = app.test_client().get("/_beanpole/journal").get_json()
    assert (answered["is_on"], answered["calls"]) == (False, [])
    assert store.journal.calls("000000000000") == []


def test_a_test_asserts_on_calls(shop: Beanstalk) -> None:
    assert [call.operation for call in shop.calls()] == [
        "CreateApplication",
        "CreateEnvironment",
        "SwapEnvironmentCNAMEs",
        "DescribeEnvironments",
    ]
    assert len(shop.calls("CreateEnvironment", EnvironmentName="shop-web")) == 1
    assert shop.calls("CreateEnvironment", EnvironmentName="shop-api") == []
    (refused,) = shop.calls(error="InvalidParameterValue")
    assert refused.parameters["DestinationEnvironmentName"] == "nowhere"
    assert [call.changed for call in shop.calls(environment="shop-web")] == [("environment shop-web",)]
    assert shop.calls(account="222222222222") == []


def test_a_call_that_is_none_is_put_down_too(beanstalk: Beanstalk) -> None:
    signed = {"Authorization": f"AWS4-HMAC-SHA256 Credential={ACCOUNT}/20260101/us-east-1/x/aws4_request"}
    http = beanstalk.app.test_client()
    http.post("/", data={"Action": "DoTheImpossible"}, headers=signed)
    http.post("/", data={"Action": "CreateApplication"}, headers=signed)
    assert [(call.operation, call.status, call.changed) for call in beanstalk.calls()] == [
        ("DoTheImpossible", 400, ()),
        ("CreateApplication", 400, ()),
    ]


def test_what_an_onlooker_reads_is_not_put_down_but_what_it_changes_is(beanstalk: Beanstalk) -> None:
    client = beanstalk.app.test_client()
    headers = {
        "X-Beanpole-Onlooker": "yes",
        "Authorization": f"AWS4-HMAC-SHA256 Credential={ACCOUNT}/20260101/us-east-1/",
    }
    for action, more in (("DescribeEnvironments", {}), ("CreateApplication", {"ApplicationName": "shop"})):
        assert client.post("/", data={"Action": action, **more}, headers=headers).status_code == 200
    assert [call["operation"] for call in page(beanstalk)["calls"]] == ["CreateApplication"]
