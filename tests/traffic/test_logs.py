"""Real requests in the logs of the instances that answered them, and their counts."""

import re

import pytest

from beanpole.model.logs.accesses import logged
from beanpole.store import access_log
from beanpole.store.connection import StoreError
from beanpole.testing import ACCOUNT, REGION, Beanstalk
from environments import STACK
from options import ENVIRONMENT, option
from traffic import applications
from traffic.visits import HOST, get, in_service, launch, tails

FULL = HOST.format("blue")
PROCESS = "aws:elasticbeanstalk:environment:process"
APPLICATION = (ENVIRONMENT, "LoadBalancerType", "application")


@pytest.fixture
def blue(beanstalk: Beanstalk) -> Beanstalk:
    """A world with the environment `blue`, on two instances."""
    launch(beanstalk, size=2)
    return beanstalk


def log_of(tail: str, name: str) -> list[str]:
    """The lines of one file."""
    return tail.partition(f"/var/log/{name}\n{'-' * 40}\n")[2].partition("\n\n\n")[0].splitlines()


def test_a_request_is_in_the_access_log_of_the_instance_that_answered_it(blue: Beanstalk) -> None:
    headers = {"User-Agent": 'cu"rl', "Referer": "http://elsewhere/"}
    first = get(blue, FULL, "/caf%C3%A9?a=b", headers=headers)
    get(blue, FULL, "/other")
    for instance, tail in tails(blue).items():
        real = [line for line in log_of(tail, "nginx/access.log") if "ELB-HealthChecker" not in line]
        assert len(real) == 1
        if instance == first.headers["X-Beanpole-Instance"]:
            size = first.headers["Content-Length"]
            ending = f'"GET /caf%C3%A9?a=b HTTP/1.1" 200 {size} "http://elsewhere/" "cu\\x22rl" "127.0.0.1"'
            assert re.fullmatch(rf"172.31.16.20 - - \[.*\] {re.escape(ending)}", real[0])


def test_requests_and_health_checks_stand_in_the_order_of_their_instants(blue: Beanstalk) -> None:
    for _ in range(4):
        get(blue, FULL)
        blue.advance(20)
    for tail in tails(blue).values():
        lines = log_of(tail, "nginx/access.log")
        instants = [re.search(r"\[(.*?)\]", line)[1] for line in lines]
        assert instants == sorted(instants)
        assert sum("ELB-HealthChecker" not in line for line in lines) == 2


@pytest.mark.parametrize(
    ("options", "check"),
    [
        ([], None),  # a classic one opens a connection to port 80
        (
            [("aws:elasticbeanstalk:application", "Application Healthcheck URL", "HTTP:80/ping")],
            "/ping ELB-HealthChecker/1.0",
        ),
        ([APPLICATION], "/ ELB-HealthChecker/2.0"),
        ([APPLICATION, (f"{PROCESS}:default", "HealthCheckPath", "/up")], "/up ELB-HealthChecker/2.0"),
        ([(ENVIRONMENT, "LoadBalancerType", "network")], None),
        ([(ENVIRONMENT, "EnvironmentType", "SingleInstance")], None),
    ],
)
def test_health_checks_are_those_of_the_load_balancer(
    beanstalk: Beanstalk, options: list[tuple[str, str, str]], check: str | None
) -> None:
    beanstalk.client.create_application(ApplicationName="shop")
    settings = [option(*setting) for setting in options]
    beanstalk.client.create_environment(
        ApplicationName="shop", EnvironmentName="blue", SolutionStackName=STACK, OptionSettings=settings
    )
    beanstalk.until_ready("blue")
    beanstalk.advance(60)
    (tail,) = tails(beanstalk).values()
    lines = [line for line in log_of(tail, "nginx/access.log") if "ELB-HealthChecker" in line]
    assert {re.sub(r'.*"GET (\S+) HTTP.* "(ELB\S+)" .*', r"\1 \2", line) for line in lines} == (
        {check} if check else set()
    )


def test_a_request_after_a_sample_is_not_in_it(blue: Beanstalk) -> None:
    before = tails(blue)
    get(blue, FULL, "/late")
    assert all("/late" not in tail for tail in before.values())
    blue.client.retrieve_environment_info(EnvironmentName="blue", InfoType="tail")
    assert any("/late" in tail for tail in tails(blue).values())


def test_the_answers_are_counted_by_instance_and_status(blue: Beanstalk) -> None:
    keys = blue.store.world(ACCOUNT, REGION).keys
    environment = blue.store.world(ACCOUNT, REGION).environments()[0]
    for _ in range(6):
        get(blue, FULL)
    assert blue.store.access_log.counts(keys, environment.id) == {id_: {"200": 3} for id_ in in_service(blue)}
    get(blue, FULL, method="POST", data=b"x" * (1 << 20))
    get(blue, FULL, method="POST", data=b"x" * ((1 << 20) + 1))
    counts = blue.store.access_log.counts(keys, environment.id)
    assert sorted(counts.values(), key=str) == [{"200": 3, "413": 1}, {"200": 4}]


def test_only_the_latest_requests_are_kept(blue: Beanstalk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access_log, "LATEST", 20)
    world = blue.store.world(ACCOUNT, REGION)
    for number in range(25):
        get(blue, FULL, f"/{number}")
        if number == 10:
            assert len(blue.store.access_log.latest(world.keys, world.environments()[0].id)) == 11
    latest = blue.store.access_log.latest(world.keys, world.environments()[0].id)
    assert [access.request for access in latest] == [f"GET /{number} HTTP/1.1" for number in range(5, 25)]


def test_no_request_waits_for_redis_to_log_it(blue: Beanstalk, monkeypatch: pytest.MonkeyPatch) -> None:
    get(blue, FULL)

    class Away:
        """A Redis that nobody may call."""

        def __getattr__(self, name: str) -> None:
            raise StoreError("away")

    log = blue.store.access_log
    monkeypatch.setattr(log, "_redis", Away())
    for _ in range(10):
        assert get(blue, FULL).status_code == 200
    log._write()
    monkeypatch.undo()


def test_a_reset_forgets_requests_that_are_not_logged_yet(blue: Beanstalk) -> None:
    world = blue.store.world(ACCOUNT, REGION)
    keys, id_ = world.keys, world.environments()[0].id
    get(blue, FULL)
    blue.store.reset(ACCOUNT)
    assert blue.store.access_log.latest(keys, id_) == ()
    assert blue.store.access_log.counts(keys, id_) == {}


def test_an_error_of_the_proxy_is_in_its_error_log(beanstalk_with_objects: Beanstalk) -> None:
    world = beanstalk_with_objects
    applications.launch(world, applications.bundle("v1"), 1)
    get(world, FULL, "/static/none.css", headers={"Referer": "x"})
    (tail,) = tails(world).values()
    (line,) = log_of(tail, "nginx/error.log")
    missing = 'open() "/var/app/current/static/none.css" failed (2: No such file or directory)'
    request = 'server: , request: "GET /static/none.css HTTP/1.1", host: "blue.us-east-1.elasticbeanstalk.com"'
    assert line.endswith(f"[error] {missing}, client: 127.0.0.1, {request}")
    (access,) = [line for line in log_of(tail, "nginx/access.log") if "none.css" in line]
    assert '" 404 ' in access


@pytest.mark.parametrize(
    ("text", "line"), [("", "-"), ("plain", "plain"), ('a"b\\c', "a\\x22b\\x5Cc"), ("é\n", "\\xC3\\xA9\\x0A")]
)
def test_a_text_cannot_forge_a_line(text: str, line: str) -> None:
    assert logged(text) == line
