"""`beanpole traffic`: a steady load, over real time and over simulated time, as a table, as JSON and as a picture."""

import json
import re
import subprocess
from collections.abc import Mapping
from contextlib import closing
from typing import Any
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient

from beanpole.command import cli, traffic
from beanpole.command.client import Exchange, Service, Socket, Unreachable
from beanpole.command.traffic import fleets, load, picture, table
from beanpole.command.traffic.load import Answer, Load, NoEnvironment
from beanpole.command.traffic.tally import tally
from beanpole.testing import ACCOUNT, REGION, Beanstalk
from clients_environment import environment
from programs import Program
from settings_of_processes import free_port

LOAD = Load("blue", 2, 5, 2)
ANSWERS = (
    Answer(0, 200, "v1", "i-1", "blue"),
    Answer(500, 200, "v1", "i-2", "blue"),
    Answer(1000, 503, environment="blue"),
    Answer(1500, 0),
    Answer(2000, 503, environment="blue"),
    Answer(2500, 500, "v2", "i-1", "blue"),
    Answer(3000, 200, "", "i-1", "blue"),
    Answer(4000, 200, "v2", "i-1", "blue"),
)


def calls(world: Beanstalk) -> tuple[Exchange, Service]:
    """Requests in process, and an account whose clock is moved as soon as that is asked for."""
    client: FlaskClient = world.app.test_client(use_cookies=False)

    def exchange(method: str, path: str, content: str | None, headers: Mapping[str, str]) -> Any:
        if path.endswith("/clock/advance"):
            world.advance(json.loads(content or "{}")["seconds"])
            return 200, {}, b"{}"
        answer = client.open(path, method=method, data=content, headers=headers)
        return answer.status_code, answer.headers, answer.data

    def send(method: str, path: str, content: str | None, headers: Mapping[str, str]) -> tuple[int, bytes]:
        status, _, body = exchange(method, path, content, headers)
        return status, body

    return exchange, Service(send, ACCOUNT, REGION)


def sent(world: Beanstalk, load: Load) -> tuple[Answer, ...]:
    return traffic.measure(*calls(world), load, lambda _: None)


def test_the_table_tells_versions_shares_and_what_was_lost() -> None:
    assert table.text(tally(LOAD, ANSWERS)) == (
        "blue: 8 requests in 4.0 s\n"
        " Answered by    Requests    Share   Errors   Instances    From      To\n"
        " ─────────────────────────────────────────────────────────────────────\n"
        " v1                    2   25.0 %        0           2   0.0 s   0.5 s\n"
        " v2                    2   25.0 %        1           1   2.5 s   4.0 s\n"
        " no version            1   12.5 %        0           1   3.0 s   3.0 s\n"
        " nobody: lost          3   37.5 %                        1.0 s   2.0 s\n"
        "Lost: 1 with a broken connection, 2 with status 503\n"
    )


def test_a_load_of_which_nothing_is_lost_says_so() -> None:
    text = table.text(tally(LOAD, ANSWERS[:2]))
    assert re.search(r"^ nobody: lost +0 +0\.0 %$", text, re.MULTILINE)
    assert "Lost:" not in text


def test_the_json_has_the_same_numbers() -> None:
    document = json.loads(traffic.write(LOAD, ANSWERS, "json"))
    assert (document["requests"], document["lost"]) == (8, {"0": 1, "503": 2})
    assert [(version["version"], version["answers"]) for version in document["versions"]] == [
        ("v1", 2),
        ("v2", 2),
        ("no version", 1),
    ]


def test_the_picture_has_a_bar_for_each_part_of_the_time() -> None:
    root = ElementTree.fromstring(traffic.write(LOAD, ANSWERS, "svg"))
    space = "{http://www.w3.org/2000/svg}"
    titles = [element.text or "" for element in root.iter(f"{space}title")]
    assert titles[0] == "8 requests to blue, by the version that answered"
    counted = [int(re.search(r": (\d+) of", title)[1]) for title in titles[1:]]
    assert sum(counted) == len(ANSWERS)
    heights = {
        float(element.get("y", 0)) for element in root.iter(f"{space}rect") if element.find(f"{space}title") is not None
    }
    assert min(heights) >= 90
    assert {"lost", "errors", "v0", "v1", "v2"} <= {element.get("class") for element in root.iter(f"{space}rect")}


def test_a_picture_of_a_long_load_has_few_bars_and_escaped_names() -> None:
    load = Load("<b>", 1, 1, 0)
    answers = tuple(Answer(at * 10, 200, "<v&1>", "i-1", "blue") for at in range(5000))
    drawn = picture.svg(tally(load, answers), answers)
    ElementTree.fromstring(drawn)
    assert drawn.count("<title>") == 120


def test_bars_of_a_steady_load_are_equally_high_though_its_requests_do_not_divide_evenly() -> None:
    answers = tuple(Answer(at * 200, 200, "v1", "i-1", "blue") for at in range(1000))
    root = ElementTree.fromstring(picture.svg(tally(LOAD, answers), answers))
    bars = [element for element in root.iter("{http://www.w3.org/2000/svg}rect") if len(element)]
    assert {bar.get("height") for bar in bars} == {"230.0"}
    assert float(bars[-1].get("x", 0)) + float(bars[-1].get("width", 0)) == pytest.approx(1239.5, abs=0.2)


def test_a_legend_of_many_long_names_takes_several_rows_within_the_picture() -> None:
    answers = tuple(Answer(at * 100, 200, f"{at // 100}-{'long-' * 18}", "i-1", "blue") for at in range(800))
    root = ElementTree.fromstring(picture.svg(tally(LOAD, answers), answers))
    texts = [element for element in root.iter("{http://www.w3.org/2000/svg}text") if element.get("class") == "soft"]
    assert len(texts) == 9
    assert len({text.get("y") for text in texts}) == 3
    assert all(float(text.get("x", 0)) + 6.8 * len(text.text or "") < 1280 for text in texts)
    lowest = max(float(text.get("y", 0)) for text in texts)
    assert all(
        float(element.get("y", 0)) > lowest for element in root.iter("{http://www.w3.org/2000/svg}rect") if len(element)
    )


@pytest.fixture
def blue(beanstalk: Beanstalk) -> Beanstalk:
    """A world with `blue`, all at once, and `green`."""
    from traffic.visits import launch

    launch(beanstalk, DeploymentPolicy="AllAtOnce")
    launch(beanstalk, "green", "v2")
    return beanstalk


def test_the_picture_shows_the_instances_below_the_load_on_one_axis(blue: Beanstalk) -> None:
    exchange, service = calls(blue)
    load, began = Load("blue", 1, 60, 10), fleets.now(service)
    blue.client.update_environment(EnvironmentName="blue", VersionLabel="v2")
    answers = traffic.measure(exchange, service, load, lambda _: None)
    root = ElementTree.fromstring(traffic.write(load, answers, "svg", tuple(fleets.read(service, answers, began))))
    space = "{http://www.w3.org/2000/svg}"
    titles = {
        element: (element.find(f"{space}title").text or "") for element in root.iter(f"{space}rect") if len(element)
    }
    lanes = [element for element, title in titles.items() if title.startswith("i-")]
    bars = [element for element in titles if element not in lanes]
    assert {lane.get("class") for lane in lanes} == {"v0", "work", "v1"}
    assert len({lane.get("y") for lane in lanes}) == len({answer.instance for answer in answers if answer.instance})
    lost = next(bar for bar in bars if bar.get("class") == "lost")
    work = next(lane for lane in lanes if lane.get("class") == "work")
    assert float(work.get("x", 0)) <= float(lost.get("x", 0)) < float(work.get("x", 0)) + float(work.get("width", 0))
    assert max(float(element.get("y", 0)) for element in root.iter(f"{space}rect")) < float(root.get("height", 0))


def test_a_load_over_simulated_time_moves_the_clock_and_sees_what_happens(blue: Beanstalk) -> None:
    before = blue.now
    blue.client.update_environment(EnvironmentName="blue", VersionLabel="v2")
    counted = tally(LOAD, sent(blue, Load("blue", 1, 60, 10)))
    assert blue.now - before == 59_000
    assert [version.version for version in counted.versions] == ["v1", "v2"]
    assert set(counted.lost) == {503}
    assert counted.requests == 60 == sum(version.answers for version in counted.versions) + counted.lost[503]
    first, second = counted.versions
    assert first.last < (counted.first_lost or 0) <= (counted.last_lost or 0) < second.first


@pytest.mark.parametrize(("clients", "until"), [(3, 60), (0, 0)])
def test_clients_that_stay_go_on_to_the_old_environment(blue: Beanstalk, clients: int, until: int) -> None:
    answers: list[Answer] = []
    exchange, service = calls(blue)

    def watch(answer: Answer) -> None:
        answers.append(answer)
        if answer.at == 10_000:
            blue.client.swap_environment_cnames(SourceEnvironmentName="blue", DestinationEnvironmentName="green")

    traffic.measure(exchange, service, Load("blue", 1, 100, clients), watch)
    old = [answer for answer in answers if answer.environment == "blue"]
    assert old[-1].at == 10_000 + max(0, until * 1000 - 1000)
    assert {answer.environment for answer in answers} == {"blue", "green"}
    assert not any(answer.is_lost for answer in answers)


def test_an_interrupt_ends_a_load_and_tells_of_what_was_sent(blue: Beanstalk) -> None:
    answers: list[Answer] = []

    def watch(answer: Answer) -> None:
        answers.append(answer)
        if len(answers) == 3:
            raise KeyboardInterrupt

    assert len(traffic.measure(*calls(blue), Load("blue", 1, 60, 1), watch)) == 3


def test_a_name_of_no_environment_is_told(blue: Beanstalk) -> None:
    with pytest.raises(NoEnvironment, match="no environment in us-east-1 of account 123456789012 is called red"):
        sent(blue, Load("red", 1, 1, 0))


def test_a_broken_connection_loses_a_request() -> None:
    class Breaking:
        """Answers once."""

        served = 0

        def __call__(self, *_: object) -> Any:
            self.served += 1
            if self.served > 1:
                raise Unreachable("it is gone")
            return 200, {"X-Beanpole-Environment": "blue"}, b""

    world = Beanstalk()
    _, service = calls(world)
    (answer,) = load.run(Breaking(), service, Load("blue", 1, 1, 0))
    assert (answer.status, answer.is_lost) == (0, True)


def test_the_command_sends_a_load_over_real_time() -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    server = ["serve", "--port", str(port), "--speed", "instant"]
    with Program(server, env=environment(), stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            process.stdout.readline()
            with closing(Socket(url)) as socket:
                service = Service(socket)
                service.call("CreateApplication", {"ApplicationName": "shop"})
                stacks = service.call("ListAvailableSolutionStacks")["SolutionStacks"]
                named = {"ApplicationName": "shop", "EnvironmentName": "blue", "CNAMEPrefix": "blue"}
                stack = next(name for name in stacks if "Python" in name)
                service.call("CreateEnvironment", {**named, "SolutionStackName": stack})
                while service.call("DescribeEnvironments")["Environments"][0]["Status"] != "Ready":
                    pass
            arguments = ["traffic", "blue", "--url", url, "--rate", "50", "--for", "0.4", "--format", "json"]
            ended = CliRunner().invoke(cli.main, arguments)
            assert ended.exit_code == 0, ended.output
            document = json.loads(ended.stdout)
            assert (document["requests"], document["lost"]) == (20, {})
            assert document["versions"][0]["version"] == "no version"
            refused = CliRunner().invoke(cli.main, ["traffic", "nobody", "--url", url])
            assert (refused.exit_code, "is called nobody" in refused.output) == (1, True)
        finally:
            process.terminate()
    result = CliRunner().invoke(cli.main, ["traffic", "blue", "--url", url])
    assert (result.exit_code, "does not answer" in result.output) == (1, True)


@pytest.mark.parametrize(
    "wrong", [["--rate", "0"], ["--for", "0"], ["--clients", "-1"], ["--account", "me"], ["--url", "nowhere"]]
)
def test_options_that_cannot_be_right_are_refused(wrong: list[str]) -> None:
    assert CliRunner().invoke(cli.main, ["traffic", "blue", *wrong]).exit_code == 2
