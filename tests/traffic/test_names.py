"""The names by which environments are reached, and those by which the API is."""

import pytest

from beanpole.testing import Beanstalk
from environments import STACK, describe
from traffic.visits import HOST, Visit, add_version, begin, browser, get, in_service, launch, visit

API = "Action=DescribeApplications&Version=2010-12-01"
FULL = HOST.format("blue")


@pytest.fixture
def blue(beanstalk: Beanstalk) -> Beanstalk:
    """A world with the environment `blue`."""
    launch(beanstalk)
    return beanstalk


def is_answered(answer) -> bool:
    return answer.headers.get("X-Beanpole-Environment") == "blue"


@pytest.mark.parametrize(
    "host",
    [FULL, FULL.upper(), f"{FULL}:5770", f"{FULL}.", f"{FULL}.localhost", f"{FULL}.localhost:5770", f"BLUE{FULL[4:]}."],
)
def test_an_environment_answers_its_name(blue: Beanstalk, host: str) -> None:
    assert is_answered(get(blue, host))


def test_an_environment_answers_the_name_of_its_load_balancer(blue: Beanstalk) -> None:
    endpoint = describe(blue, "blue")["EndpointURL"]
    assert is_answered(get(blue, endpoint))
    assert is_answered(get(blue, endpoint.lower()))


def test_a_single_instance_answers_at_its_address(beanstalk: Beanstalk) -> None:
    beanstalk.client.create_application(ApplicationName="shop")
    beanstalk.client.create_environment(
        ApplicationName="shop",
        EnvironmentName="web1",
        SolutionStackName=STACK,
        OptionSettings=[
            {
                "Namespace": "aws:elasticbeanstalk:environment",
                "OptionName": "EnvironmentType",
                "Value": "SingleInstance",
            }
        ],
    )
    beanstalk.until_ready("web1")
    answer = get(beanstalk, describe(beanstalk)["EndpointURL"])
    assert (answer.status_code, answer.headers["X-Beanpole-Environment"]) == (200, "web1")


@pytest.mark.parametrize("name", ["blue", FULL, "BLUE", FULL.upper()])
def test_an_environment_answers_below_a_path_for_those_without_dns(blue: Beanstalk, name: str) -> None:
    answer = get(blue, "localhost:5770", f"/_beanpole/traffic/{name}/some/page")
    assert is_answered(answer)
    assert "/some/page" in answer.text
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    bare = get(blue, "localhost:5770", f"/_beanpole/traffic/{name}?a=b")
    assert (bare.status_code, bare.location) == (301, f"/_beanpole/traffic/{name}/?a=b")


def test_a_path_that_names_no_environment_is_not_found(blue: Beanstalk) -> None:
    answer = get(blue, "localhost:5770", "/_beanpole/traffic/no%0D%0Aone/")
    assert (answer.status_code, answer.content_type) == (404, "text/plain; charset=utf-8")
    assert "no environment has that name" in answer.text
    bare = get(blue, "localhost:5770", "/_beanpole/traffic/no%0D%0Aone")
    assert bare.location == "/_beanpole/traffic/no%0D%0Aone/"


@pytest.mark.parametrize(
    "host", ["localhost:5770", "elasticbeanstalk.us-east-1.amazonaws.com", HOST.format("stranger"), "203.0.113.250"]
)
def test_any_other_name_is_that_of_the_api(blue: Beanstalk, host: str) -> None:
    answer = get(blue, host, f"/?{API}")
    if host.startswith("203"):
        assert answer.status_code == 403
        return
    assert b"DescribeApplicationsResponse" in answer.data


def test_a_call_to_the_name_of_an_environment_is_no_call_of_the_api(blue: Beanstalk) -> None:
    for path in (f"/?{API}", "/_beanpole/clock", "/_beanpole/state"):
        answer = get(blue, FULL, path)
        assert is_answered(answer)
        assert b"DescribeApplicationsResponse" not in answer.data
        assert answer.mimetype == "text/html"


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example"])
def test_a_foreign_name_reaches_no_environment_by_path(blue: Beanstalk, host: str) -> None:
    answer = get(blue, host, "/_beanpole/traffic/blue/")
    assert (answer.status_code, answer.headers.get("X-Beanpole-Environment")) == (403, None)


def test_the_page_of_an_environment_that_is_gone_calls_no_operation(blue: Beanstalk) -> None:
    """It may stay open in a browser while its name is free, so that the API answers it."""
    blue.client.terminate_environment(EnvironmentName="blue")
    blue.until("blue", "Terminated")
    origin = {"Origin": f"http://{FULL}", "Sec-Fetch-Site": "same-origin"}
    for headers in (origin, {"Referer": f"http://{FULL}/"}, {"Sec-Fetch-Site": "same-origin"}):
        for path in (f"/?{API}", "/_beanpole/clock"):
            assert get(blue, FULL, path, headers=headers).status_code == 403
    assert get(blue, FULL, f"/?{API}").status_code == 200


def test_a_name_without_an_endpoint_does_not_resolve(beanstalk: Beanstalk) -> None:
    begin(beanstalk)
    answer = get(beanstalk, FULL)
    assert answer.status_code == 404
    assert "blue has no endpoint" in answer.text


def test_of_two_accounts_with_a_name_the_newest_answers_unless_one_is_named(blue: Beanstalk) -> None:
    other = "222222222222"
    blue.advance(60)
    client = blue.clients(account=other)
    blue.app.test_client().put(f"/_beanpole/clock?account={other}", json={"now": "2026-06-01T00:00:00Z"})
    client.create_application(ApplicationName="shop")
    client.create_environment(
        ApplicationName="shop", EnvironmentName="other", CNAMEPrefix="blue", SolutionStackName=STACK
    )
    answer = get(blue, FULL)
    assert answer.status_code == 404
    assert "other has no endpoint" in answer.text
    signed = {
        "Authorization": "AWS4-HMAC-SHA256 Credential=123456789012/20260101/us-east-1/elasticbeanstalk/aws4_request"
    }
    assert is_answered(get(blue, FULL, headers=signed))
    assert is_answered(get(blue, "localhost", "/_beanpole/traffic/blue/", headers=signed))
    for name in ("blue", FULL, describe(blue, "blue")["EnvironmentId"]):
        assert is_answered(get(blue, "localhost", f"/_beanpole/traffic/us-east-1:123456789012:{name}/"))
        assert "other has no" in get(blue, "localhost", f"/_beanpole/traffic/us-east-1:{other}:blue/").text


@pytest.mark.parametrize("scope", ["eu-west-1:123456789012", "us-east-1:333333333333", "us-east-1:12", ":", "US:a"])
def test_a_path_with_a_scope_reaches_no_environment_of_another(blue: Beanstalk, scope: str) -> None:
    answer = get(blue, "localhost", f"/_beanpole/traffic/{scope}:blue/")
    assert (answer.status_code, answer.headers.get("X-Beanpole-Environment")) == (404, None)


def test_a_path_with_a_scope_keeps_its_cookie_below_itself(blue: Beanstalk) -> None:
    path = "/_beanpole/traffic/us-east-1:123456789012:blue"
    (cookie,) = get(blue, "localhost", f"{path}/").headers.getlist("Set-Cookie")
    assert f"; Path={path}/;" in cookie
    assert get(blue, "localhost", path).location == f"{path}/"


def test_after_a_swap_a_client_goes_on_to_the_old_environment_until_the_address_is_forgotten(blue: Beanstalk) -> None:
    launch(blue, "green", "v2")
    before, after = browser(blue), browser(blue)
    assert visit(blue, client=before).environment == "blue"
    blue.client.swap_environment_cnames(SourceEnvironmentName="blue", DestinationEnvironmentName="green")
    assert visit(blue).environment == "green"
    assert visit(blue, client=after).environment == "green"
    for _ in range(3):
        assert visit(blue, client=before) == Visit(200, "v1", *in_service(blue), "blue")
        assert visit(blue, client=after).version == "v2"
    blue.advance(59)
    assert visit(blue, client=before).environment == "blue"
    blue.advance(1)
    assert visit(blue, client=before).environment == "green"
    assert visit(blue, "green").environment == "blue"


def test_the_cookie_is_set_once_and_only_for_the_server(blue: Beanstalk) -> None:
    client = browser(blue)
    (cookie,) = get(blue, FULL, client=client).headers.getlist("Set-Cookie")
    assert cookie.endswith("; Path=/; HttpOnly; SameSite=Lax")
    assert get(blue, FULL, client=client).headers.getlist("Set-Cookie") == []
    (below,) = get(blue, "localhost", "/_beanpole/traffic/blue/").headers.getlist("Set-Cookie")
    assert "; Path=/_beanpole/traffic/blue/;" in below


def test_a_cookie_of_anything_else_leads_nowhere_else(blue: Beanstalk) -> None:
    launch(blue, "green", "v2")
    id_ = describe(blue, "green")["EnvironmentId"]
    answer = get(blue, FULL, headers={"Cookie": f"other=1; beanpole-address={id_}"})
    assert is_answered(answer)


def test_a_name_is_free_again_once_its_environment_is_terminated(blue: Beanstalk) -> None:
    add_version(blue, "v2")
    blue.client.terminate_environment(EnvironmentName="blue")
    blue.until("blue", "Terminated")
    assert b"DescribeApplicationsResponse" in get(blue, FULL, f"/?{API}").data


def test_a_name_that_was_given_in_capitals_is_the_same_name(beanstalk: Beanstalk) -> None:
    launch(beanstalk)
    beanstalk.client.create_environment(
        ApplicationName="shop", EnvironmentName="loud", CNAMEPrefix="LOUD", SolutionStackName=STACK
    )
    beanstalk.until_ready("loud")
    client = browser(beanstalk)
    assert visit(beanstalk, "loud", client).environment == "loud"
    route = beanstalk.app.test_client().get("/_beanpole/cnames/loud?account=123456789012").get_json()
    assert [answer["environment_name"] for answer in route["answers"]] == ["loud"]
    beanstalk.client.swap_environment_cnames(SourceEnvironmentName="loud", DestinationEnvironmentName="blue")
    assert visit(beanstalk, "loud").environment == "blue"
    assert visit(beanstalk, "loud", client).environment == "loud"
