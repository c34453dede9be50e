"""Which instances answer: those in service, in turn; and the balancer itself where none is."""

from collections import Counter

import pytest

from beanpole.testing import Beanstalk
from environments import STACK, arm
from options import option
from traffic.visits import HOST, Visit, add_version, browser, get, in_service, launch, tails, visit

PAGE = (
    b"<html>\r\n<head><title>503 Service Temporarily Unavailable</title></head>\r\n<body>\r\n"
    b"<center><h1>503 Service Temporarily Unavailable</h1></center>\r\n</body>\r\n</html>\r\n"
)


def update(world: Beanstalk, label: str = "v2") -> None:
    """Begin to deploy a version."""
    add_version(world, label)
    world.client.update_environment(EnvironmentName="blue", VersionLabel=label)


def until_nothing_serves(world: Beanstalk) -> None:
    """Advance until the command runs on all instances of the environment."""
    for _ in range(60):
        if not in_service(world):
            return
        world.advance(1)
    raise AssertionError("an instance serves all the time")


def test_instances_answer_in_turn_and_say_what_they_run(beanstalk: Beanstalk) -> None:
    launch(beanstalk, size=3)
    visits = [visit(beanstalk) for _ in range(9)]
    assert {answer[:2] + answer[3:] for answer in visits} == {(200, "v1", "blue")}
    assert Counter(answer.instance for answer in visits) == dict.fromkeys(in_service(beanstalk), 3)


def test_with_nothing_in_service_the_page_of_the_load_balancer_answers(beanstalk: Beanstalk) -> None:
    launch(beanstalk, DeploymentPolicy="AllAtOnce")
    update(beanstalk)
    until_nothing_serves(beanstalk)
    answer = get(beanstalk, HOST.format("blue"))
    assert (answer.status, answer.data) == ("503 Service Temporarily Unavailable", PAGE)
    assert {name: answer.headers[name] for name in ("Server", "Content-Type", "Content-Length")} == {
        "Server": "awselb/2.0",
        "Content-Type": "text/html",
        "Content-Length": "162",
    }
    assert visit(beanstalk) == Visit(503, None, None, "blue")
    beanstalk.until_ready("blue")
    assert visit(beanstalk) == Visit(200, "v2", *in_service(beanstalk), "blue")


def test_a_classic_load_balancer_has_no_page(beanstalk: Beanstalk) -> None:
    beanstalk.client.create_application(ApplicationName="shop")
    named = {"ApplicationName": "shop", "EnvironmentName": "blue", "CNAMEPrefix": "blue", "SolutionStackName": STACK}
    beanstalk.client.create_environment(**named)
    beanstalk.until_ready("blue")
    beanstalk.client.update_environment(
        EnvironmentName="blue", OptionSettings=[option("aws:elasticbeanstalk:command", "DeploymentPolicy", "AllAtOnce")]
    )
    beanstalk.until_ready("blue")
    update(beanstalk)
    until_nothing_serves(beanstalk)
    answer = get(beanstalk, HOST.format("blue"))
    assert answer.status == "503 Service Unavailable: Back-end server is at capacity"
    assert (answer.data, answer.headers["Content-Length"]) == (b"", "0")


def test_a_worker_environment_answers_nobody(beanstalk: Beanstalk) -> None:
    beanstalk.client.create_application(ApplicationName="shop")
    beanstalk.client.create_environment(
        ApplicationName="shop",
        EnvironmentName="work",
        SolutionStackName=STACK,
        Tier={"Name": "Worker", "Type": "SQS/HTTP"},
    )
    beanstalk.until_ready("work")
    answer = get(beanstalk, "localhost", "/_beanpole/traffic/work/")
    assert (answer.status_code, answer.data) == (503, PAGE)
    assert "X-Beanpole-Instance" not in answer.headers


def test_split_traffic_goes_by_its_percentage(beanstalk: Beanstalk) -> None:
    launch(beanstalk, size=2, DeploymentPolicy="TrafficSplitting")
    beanstalk.client.update_environment(
        EnvironmentName="blue",
        OptionSettings=[option("aws:elasticbeanstalk:trafficsplitting", "NewVersionPercent", "30")],
    )
    beanstalk.until_ready("blue")
    update(beanstalk)
    counters = []
    for _ in range(60):
        beanstalk.advance(20)
        counters.append(Counter(visit(beanstalk).version for _ in range(100)))
        if counters[-1] == {"v2": 100}:
            break
    distinct = list(dict.fromkeys((counts["v1"], counts["v2"]) for counts in counters))
    assert distinct == [(100, 0), (70, 30), (0, 100)]


@pytest.mark.parametrize(("what", "status"), [("server-errors", 500), ("client-errors", 404)])
def test_an_instance_answers_as_many_errors_as_its_symptom_says(beanstalk: Beanstalk, what: str, status: int) -> None:
    launch(beanstalk)
    arm(beanstalk, what=what, share=0.3, where={"environment": "blue"})
    beanstalk.advance(120)
    assert Counter(visit(beanstalk).status for _ in range(100)) == {200: 70, status: 30}


def test_a_client_with_a_cookie_is_bound_to_no_instance(beanstalk: Beanstalk) -> None:
    launch(beanstalk, size=2)
    client = browser(beanstalk)
    assert {visit(beanstalk, client=client).instance for _ in range(4)} == in_service(beanstalk)


def test_an_instance_whose_proxy_is_stopped_is_a_bad_gateway(beanstalk: Beanstalk) -> None:
    launch(beanstalk, size=2)
    arm(beanstalk, what="stopped-services", services=["proxy"], where={"environment": "blue", "instance": 0})
    arm(beanstalk, what="stopped-services", services=["application"], where={"environment": "blue", "instance": 1})
    beanstalk.advance(120)
    assert Counter(visit(beanstalk).status for _ in range(10)) == {502: 5, 200: 5}
    fleet = beanstalk.app.test_client().get("/_beanpole/environments/blue/fleet?account=123456789012").get_json()
    assert [instance["requests"] for instance in fleet["instances"]] == [{}, {"200": 5}]


@pytest.mark.parametrize(("balanced", "status"), [(False, 502), (True, 503)])
def test_nobody_checks_a_single_instance_so_its_proxy_answers_for_the_application(
    beanstalk: Beanstalk, balanced: bool, status: int
) -> None:
    beanstalk.client.create_application(ApplicationName="shop")
    arm(beanstalk, what="health-check-never-passes")
    kind = "LoadBalanced" if balanced else "SingleInstance"
    beanstalk.client.create_environment(
        ApplicationName="shop",
        EnvironmentName="blue",
        CNAMEPrefix="blue",
        SolutionStackName=STACK,
        OptionSettings=[option("aws:elasticbeanstalk:environment", "EnvironmentType", kind)],
    )
    beanstalk.until_ready("blue")
    answer = get(beanstalk, HOST.format("blue"))
    assert answer.status_code == status
    assert ("X-Beanpole-Instance" in answer.headers) is not balanced
    if not balanced:
        assert answer.data.count(b"nginx") == 1
        (log,) = tails(beanstalk).values()
        assert "connect() failed (111: Connection refused) while connecting to upstream, client" in log
