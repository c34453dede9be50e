"""`beanpole watch`: what it shows in lines and as a picture, how it ends, and what it says when it cannot."""

import io
import re
import signal
import socket
import subprocess
import threading
from collections.abc import Callable
from contextlib import closing

import pytest
from click.testing import CliRunner
from rich.console import Console

import programs
from beanpole.command import cli, watch
from beanpole.command.client import Send, Service, Socket, Unreachable
from beanpole.command.watch.picture import picture
from beanpole.command.watch.screens import changes
from beanpole.command.watch.sight import Event, Lanes, Plan, Row, Sight
from beanpole.command.watch.watcher import Watcher
from beanpole.command.watch.words import words
from beanpole.model.environment.lanes import Lane, Look, Span
from beanpole.testing import ACCOUNT, REGION, Beanstalk
from clients_environment import environment
from environments import STACK
from options import ENVIRONMENT, option

WINDOWS = "64bit Windows Server 2025 v2.23.4 running IIS 10.0"
LINE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z  (INFO |WARN |ERROR|---- )  \S.*")


@pytest.fixture
def world() -> Beanstalk:
    """A world in which shop-web was asked for."""
    world = Beanstalk()
    world.client.create_application(ApplicationName="shop")
    world.client.create_environment(
        ApplicationName="shop",
        EnvironmentName="shop-web",
        SolutionStackName=STACK,
        OptionSettings=[option(ENVIRONMENT, "LoadBalancerType", "application")],
    )
    return world


def sender(app) -> Send:
    client = app.test_client()

    def send(method, path, content, headers):
        answer = client.open(path, method=method, data=content, headers=headers)
        return answer.status_code, answer.data

    return send


def watched(world: Beanstalk, name: str = "shop-web") -> Watcher:
    return Watcher(Service(sender(world.app), ACCOUNT, REGION), name)


def drawn(sight: Sight, width: int, height: int) -> list[str]:
    console = Console(file=io.StringIO(), width=width, height=height, force_terminal=True, color_system=None)
    console.print(picture(sight, sight.events, width, height))
    return console.file.getvalue().splitlines()


def test_a_launch_is_seen_with_its_plan_and_what_it_waits_for(world: Beanstalk) -> None:
    world.advance(60)
    sight = watched(world).read()
    assert (sight.name, sight.status, sight.health, sight.pace) == ("shop-web", "Launching", "Pending", "manual")
    assert (sight.now, sight.fleet) == ("2026-01-01T00:01:00.000Z", ())
    assert sight.plan.steps[sight.plan.step] == "provision auto scaling group"
    assert (sight.plan.waits_for, sight.plan.direction) == ("the auto scaling group to be created", "")
    assert sight.plan.until > sight.now
    assert sight.events[0].message == "createEnvironment is starting."


def test_events_are_brought_once_and_in_order(world: Beanstalk) -> None:
    watcher = watched(world)
    events = list(watcher.read().events)
    for _ in range(20):
        world.advance(20)
        events += watcher.read().events
    assert [event.message for event in events] == [event.message for event in world.events("shop-web")]
    assert [event.at for event in events] == sorted(event.at for event in events)


def test_many_events_between_two_looks_are_all_brought(world: Beanstalk, monkeypatch: pytest.MonkeyPatch) -> None:
    watcher = watched(world)
    first = watcher.read().events
    call = Service.call

    def in_small_pages(self, action, parameters=None):
        return call(self, action, parameters | {"MaxRecords": 3} if action == "DescribeEvents" else parameters)

    monkeypatch.setattr(Service, "call", in_small_pages)
    world.until_ready("shop-web")
    later = watcher.read().events
    assert [event.message for event in first + later] == [event.message for event in world.events("shop-web")]


def test_an_instance_is_seen_in_service_with_its_version(world: Beanstalk) -> None:
    world.until_ready("shop-web")
    sight = watched(world).read()
    assert [
        (instance.state, instance.in_service, instance.version_label, instance.group) for instance in sight.fleet
    ] == [("running", True, None, "permanent")]
    assert sight.plan is None


def test_instances_report_their_health_and_why(world: Beanstalk) -> None:
    world.until_ready("shop-web")
    sight = watched(world).read()
    assert [instance.health for instance in sight.fleet] == ["Ok"]
    assert sight.causes[0].startswith("Initialization completed ")


def test_where_health_is_basic_no_instance_reports_any(world: Beanstalk) -> None:
    world.client.create_environment(ApplicationName="shop", EnvironmentName="windows", SolutionStackName=WINDOWS)
    world.until_ready("windows")
    sight = watched(world, "windows").read()
    assert (sight.causes, [instance.health for instance in sight.fleet]) == ((), [None])


def test_what_is_terminated_while_it_is_looked_at_has_no_health(world: Beanstalk, monkeypatch) -> None:
    world.until_ready("shop-web")
    watcher, call = watched(world), Service.call

    def terminated_before_health(self, action, parameters=None):
        if action == "DescribeEnvironmentHealth":
            world.client.terminate_environment(EnvironmentName="shop-web")
            world.until("shop-web", "Terminated")
        return call(self, action, parameters)

    monkeypatch.setattr(Service, "call", terminated_before_health)
    assert watcher.read().causes == ()


def test_the_id_stays_with_the_environment_whoever_takes_its_name(world: Beanstalk) -> None:
    world.until_ready("shop-web")
    watcher = watched(world)
    world.client.terminate_environment(EnvironmentName="shop-web")
    world.until("shop-web", "Terminated")
    world.client.create_environment(ApplicationName="shop", EnvironmentName="shop-web", SolutionStackName=STACK)
    assert watcher.read().status == "Terminated"
    assert watched(world).read().status == "Launching"
    assert watched(world, watcher.read().id).read().status == "Terminated"


def test_it_follows_to_the_end_in_lines(world: Beanstalk, monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    def a_while(_: float) -> None:
        world.advance(10)
        if world.store.world(ACCOUNT, REGION).environments()[0].status == "Ready":
            world.client.terminate_environment(EnvironmentName="shop-web")

    monkeypatch.setattr(watch, "sleep", a_while)
    assert watch.run(sender(world.app), "shop-web", ACCOUNT, REGION, None, once=False) == 0
    output = capsys.readouterr().out
    assert "\x1b" not in output
    assert all(LINE.fullmatch(line) for line in output.splitlines()), output
    for text in (
        "shop-web is Launching, health Pending, version -",
        "Successfully launched environment: shop-web",
        "is running, in service, on no version",
        "terminateEnvironment completed successfully.",
        "shop-web is Terminated, health Grey, version -",
    ):
        assert text in output
    step = r"step \d+ of \d+: deploy on 1 instance, waits \d+:\d\d for the command on i-[0-9a-f]{17}$"
    assert re.search(step, output, re.M)
    assert re.search(r"i-[0-9a-f]{17} is gone$", output, re.M)


def test_once_shows_it_as_it_is_and_ends(serve) -> None:
    served = serve("--clock", "manual")
    parameters = {"ApplicationName": "shop", "EnvironmentName": "shop-web", "SolutionStackName": STACK}
    with closing(Socket(served.url)) as over_socket:
        service = Service(over_socket, ACCOUNT, REGION)
        service.call("CreateApplication", {"ApplicationName": "shop"})
        service.call("CreateEnvironment", parameters)
    command = ["watch", "shop-web", "--url", served.url, "--account", ACCOUNT]
    process = programs.run(*command, "--once", timeout=60, env=environment())
    assert (process.returncode, process.stderr) == (0, "")
    assert re.fullmatch(
        r"\S+Z  INFO   createEnvironment is starting\.\n"
        r"\S+Z  ----   shop-web is Launching, health Grey, version -\n"
        r"\S+Z  ----   because: Initialization in progress \(running for 0 seconds\)\. There are no instances\.\n",
        process.stdout,
    )
    with programs.Program(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment()) as run:
        assert run.stdout is not None
        assert "createEnvironment" in run.stdout.readline()
        run.send_signal(signal.SIGINT)
        _, complaints = run.communicate(timeout=30)
    assert (run.returncode, complaints) == (130, "")


def nowhere() -> Send:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return Socket(f"http://127.0.0.1:{probe.getsockname()[1]}")


def somebody_else(*answer: object) -> Send:
    return lambda *_: answer


def of_a_world(**kind: object) -> Send:
    from beanpole.api.app import create_app

    world = Beanstalk()
    world.client.create_application(ApplicationName="shop")
    world.client.create_environment(ApplicationName="shop", EnvironmentName="shop-web", SolutionStackName=STACK)
    return sender(create_app(world.store, world.catalog, **kind))


@pytest.mark.parametrize(
    ("send", "why"),
    [
        (nowhere, r"the server at http://127.0.0.1:\d+ does not answer: .*refused"),
        (lambda: somebody_else(404, b"<html>"), "the server that responds is not beanpole"),
        (lambda: somebody_else(200, b"[]"), "the server that responds is not beanpole"),
        (lambda: somebody_else(200, b"{}"), "the server that responds is not beanpole"),
        (lambda: somebody_else(404, b'{"error": "no route"}'), "the server that responds is not beanpole"),
        (Beanstalk, "there is no environment shop-web in us-east-1 of account 123456789012"),
        (
            lambda: of_a_world(control_token="secret"),
            "Send the control token as a Bearer or as X-Beanpole-Token. Give it with --token.",
        ),
    ],
)
def test_what_cannot_be_watched_is_said(send: Callable[[], Send | Beanstalk], why: str, capsys) -> None:
    source = send()
    call = sender(source.app) if isinstance(source, Beanstalk) else source
    assert watch.run(call, "shop-web", ACCOUNT, REGION, None, once=True) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert re.fullmatch(f"beanpole watch: {why}\n", captured.err)


def test_the_token_opens_the_door(capsys) -> None:
    assert watch.run(of_a_world(control_token="secret"), "shop-web", ACCOUNT, REGION, "secret", once=True) == 0
    assert "shop-web is Launching" in capsys.readouterr().out


def test_an_environment_that_is_forgotten_is_not_there_any_more(world: Beanstalk, monkeypatch, capsys) -> None:
    monkeypatch.setattr(watch, "sleep", lambda _: world.store.reset())
    assert watch.run(sender(world.app), "shop-web", ACCOUNT, REGION, None, once=False) == 1
    assert re.fullmatch(r"beanpole watch: environment e-\w{10} no longer exists\n", capsys.readouterr().err)


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["--url", "shop"], "shop is not an address such as http://127.0.0.1:5770"),
        (["--url", "http://127.0.0.1:99999"], "Port out of range 0-65535"),
        (["--account", "12"], "an account is 12 digits"),
        (["--region", "US"], "a region is 1 to 32 of a-z, 0-9 and the dash"),
    ],
)
def test_bad_arguments_are_refused(arguments: list[str], why: str) -> None:
    ended = CliRunner().invoke(cli.main, ["watch", "shop-web", *arguments])
    assert ended.exit_code == 2
    assert why in ended.output


def test_a_broken_answer_is_no_answer() -> None:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        send = Socket(f"http://127.0.0.1:{listening.getsockname()[1]}")

        def hang_up() -> None:
            listening.accept()[0].close()

        other = threading.Thread(target=hang_up)
        other.start()
        with pytest.raises(Unreachable):
            send("GET", "/", None, {})
        other.join()


def test_looking_on_meets_no_fault_and_uses_none_up(world: Beanstalk) -> None:
    world.app.test_client().post(
        "/_beanpole/faults",
        json={"what": "refuse", "code": "AccessDenied", "times": 1},
        headers={"Authorization": f"AWS4-HMAC-SHA256 Credential={ACCOUNT}/20260101/{REGION}/elasticbeanstalk/x"},
    )
    assert watch.run(sender(world.app), "shop-web", ACCOUNT, REGION, None, once=True) == 0
    with pytest.raises(world.client.exceptions.ClientError, match="AccessDenied"):
        world.client.describe_environments()


PLAN = Plan(tuple(f"step {number}" for number in range(40)), 20, "2026-01-01T00:02:05.000Z", "i-1 to boot", "undoing")
BUSY = Sight(
    "2026-01-01T00:01:00.000Z",
    "60x",
    "e-abcdefghij",
    "shop-web",
    "shop",
    STACK,
    "shop.us-east-1.elasticbeanstalk.com",
    "Updating",
    "Info",
    "v1",
    ("Application update in progress on 30 instances.",),
    tuple(
        Row(f"i-{number:017x}", "stack", "running", number > 5, "v1" if number % 2 else "v2", "Ok")
        for number in range(30)
    ),
    PLAN,
    tuple(Event("2026-01-01T00:00:31.000Z", "WARN", f"event {number}") for number in range(50)),
    Lanes(
        tuple(
            Lane(
                f"i-{number:017x}",
                (
                    Span(0, 40, Look("v1", "running", True, "stack")),
                    Span(40, 60, Look("v1", "running", False, "stack")),
                    Span(60, 80, Look("v2", "deploying", False, "stack")),
                    Span(80, None, Look("v2", "running", True, "stack")),
                ),
            )
            for number in range(30)
        ),
        20,
        100,
    ),
)


@pytest.mark.parametrize(("width", "height"), [(200, 60), (140, 30), (80, 24), (60, 12)])
def test_a_picture_fits_the_terminal_and_shows_where_the_plan_stands(width: int, height: int) -> None:
    lines = drawn(BUSY, width, height)
    assert len(lines) < max(height, 18)
    assert all(len(line) <= width for line in lines)
    text = "\n".join(lines)
    assert "shop-web  ● Info  Updating" in text
    assert "▶ 1:05 step 20" in text
    assert ("undoing: step 21 of 40" in text, "waits for i-1 to boot" in text) == (True, True)
    assert "30 instances, 24 in service" in text
    assert ("i-0000000000000001d" in text) != bool(re.search(r"and \d+ more", text))
    assert "event 49" in text


def test_a_lane_shows_how_an_instance_came_to_what_it_is() -> None:
    text = "\n".join(drawn(BUSY, 200, 60))
    assert len(re.findall("(█+)(░+)(▒+)(█+)", text)) == 30
    left, out, works, right = re.search("(█+)(░+)(▒+)(█+)", text).groups()
    assert abs(len(left) - len(right)) <= 1
    assert abs(len(out) - len(works)) <= 1
    assert "over time" not in "\n".join(drawn(BUSY, 80, 24))


def test_lanes_are_read_with_the_environment(world: Beanstalk) -> None:
    world.until_ready("shop-web")
    sight = watched(world).read()
    assert [lane.id for lane in sight.lanes.lanes] == [row.id for row in sight.fleet]
    assert sight.lanes.began < sight.lanes.ended
    assert "over time" in "\n".join(drawn(sight, 150, 40))


def test_a_quiet_environment_has_a_picture_too() -> None:
    quiet = Sight(*[""] * 3, "shop-web", "shop", STACK, "-", "Ready", "Ok", "v1")
    text = "\n".join(drawn(quiet, 80, 24))
    for sentence in ("no plan is running", "nothing has happened yet", "0 instances, 0 in service"):
        assert sentence in text


@pytest.mark.parametrize(
    ("step", "text"),
    [
        ({"does": "announce", "message": {"text": "Done. "}}, "say: Done."),
        ({"does": "wait", "why": "connections to drain"}, "wait for connections to drain"),
        ({"does": "provision", "kind": "elastic-ip"}, "provision elastic ip"),
        ({"does": "deploy", "instances": ["i-1", "i-2"], "version_label": "v2"}, "deploy v2 on 2 instances"),
        ({"does": "launch-instances", "instances": ["i-1"]}, "launch instances (1)"),
        ({"does": "share-traffic", "percent": 10}, "share traffic 10 %"),
        ({"does": "finish", "outcome": "failed"}, "finish failed"),
    ],
)
def test_every_step_has_words(step: dict[str, object], text: str) -> None:
    assert words(step) == text


def test_what_did_not_change_is_not_said_again() -> None:
    assert list(changes(BUSY, BUSY)) == []
