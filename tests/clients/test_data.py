"""`serve --data`: what is acknowledged is there again, whatever ended the server, and what goes on goes on."""

import os
import signal
import subprocess
from pathlib import Path

import boto3
import pytest
from redis import Redis

import programs
from beanpole.machine.clock import sleep
from beanpole.store import keys, state_format
from clients_environment import CREDENTIALS, environment
from environments import STACK


@pytest.fixture
def client():
    """`client(served)`: a client of Elastic Beanstalk."""
    clients = []

    def connect(served):
        clients.append(
            boto3.client(
                "elasticbeanstalk",
                endpoint_url=served.url,
                region_name="us-east-1",
                aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
                aws_secret_access_key="secret",
            )
        )
        return clients[-1]

    yield connect
    for client in clients:
        client.close()


def refused(*arguments):
    """What `serve` says as it refuses its arguments."""
    ran = programs.run("serve", "--port", "0", *arguments, timeout=60, env=environment())
    assert (ran.returncode, "Traceback" in ran.stderr) == (2, False), ran.stderr
    return ran.stderr


def alive(pid):
    """Whether a process is there and is no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.parametrize("number", [pytest.param(signal.SIGTERM, marks=pytest.mark.merge), signal.SIGKILL])
def test_a_launch_goes_on_where_it_stood(serve_anew, client, tmp_path, number):
    served = serve_anew("--data", str(tmp_path / "data"), "--clock", "manual")
    first = client(served)
    first.create_application(ApplicationName="shop")
    parameters = {"ApplicationName": "shop", "SolutionStackName": STACK}
    id_ = first.create_environment(EnvironmentName="shop-web", **parameters)["EnvironmentId"]
    served.control("POST", "clock/advance", {"seconds": 30})
    before = served.control("GET", "state")
    served.end(number)
    again = serve_anew("--data", str(tmp_path / "data"), "--clock", "manual")
    assert again.control("GET", "state") == before
    again.control("POST", "clock/advance", {"until": {"environment": "shop-web", "status": "Ready"}})
    (web,) = client(again).describe_environments(EnvironmentNames=["shop-web"])["Environments"]
    assert (web["EnvironmentId"], web["Status"]) == (id_, "Ready")
    messages = [event["Message"] for event in client(again).describe_events(EnvironmentName="shop-web")["Events"]]
    assert messages[0] == "Successfully launched environment: shop-web"
    assert len(messages) == len(set(messages))


def test_a_directory_is_for_one_server_and_its_own_user(serve_anew, tmp_path):
    data = tmp_path / "data"
    serve_anew("--data", str(data))
    assert f"another process keeps its data in {data}" in refused("--data", str(data))
    assert os.stat(data).st_mode & 0o077 == 0
    assert all(os.stat(path).st_mode & 0o077 == 0 for path in (data / "appendonlydir", *data.glob("appendonlydir/*")))
    assert os.stat(data / "valkey.sock").st_mode & 0o077 == 0


def test_what_cannot_be_kept_there_is_refused_in_a_sentence(tmp_path):
    assert "too long for a socket" in refused("--data", str(tmp_path / ("x" * 100)))
    (tmp_path / "file").write_text("")
    assert "is a file" in refused("--data", str(tmp_path / "file"))
    assert "the state is kept in one of them" in refused("--data", str(tmp_path), "--redis", "redis://localhost")
    broken = tmp_path / "broken" / "appendonlydir"
    broken.mkdir(parents=True)
    (broken / "appendonly.aof.manifest").write_text("nonsense\n")
    assert "did not start" in refused("--data", str(tmp_path / "broken"))


def test_a_state_of_a_newer_program_is_refused(serve_anew, tmp_path):
    data = tmp_path / "data"
    served = serve_anew("--data", str(data))
    with Redis.from_url(f"unix://{data}/valkey.sock") as redis:
        assert redis.get(keys.FORMAT) == str(state_format.PRESENT).encode()
        redis.set(keys.FORMAT, state_format.PRESENT + 1)
    served.end(signal.SIGTERM)
    assert "which a newer beanpole wrote" in refused("--data", str(data))


def test_without_its_server_it_ends_and_says_so(tmp_path):
    data = tmp_path / "data"
    command = ["serve", "--port", "0", "--data", str(data)]
    process = programs.Program(command, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    process.stdout.readline()
    with Redis.from_url(f"unix://{data}/valkey.sock") as redis:
        os.kill(int(redis.info("server")["process_id"]), signal.SIGKILL)
    errors = process.communicate(timeout=30)[1]
    assert process.returncode == 1
    assert f"the server of {data} has ended" in errors


def test_its_server_ends_with_it(serve_anew, tmp_path):
    data = tmp_path / "data"
    served = serve_anew("--data", str(data))
    with Redis.from_url(f"unix://{data}/valkey.sock") as redis:
        pid = int(redis.info("server")["process_id"])
    served.end(signal.SIGKILL)
    while alive(pid):
        sleep(0.01)


@pytest.mark.merge
def test_it_says_what_is_kept(serve_anew, tmp_path):
    for arguments, line in (
        (("--companion", "off"), "nothing is kept when it ends; --data DIR keeps it\n"),
        (("--companion", "off", "--data", str(tmp_path)), f"its state is kept in {tmp_path}\n"),
        (
            ("--data", str(tmp_path)),
            f"its state is kept in {tmp_path}\n",
        ),
    ):
        served = serve_anew(*arguments)
        assert "its console is at" in served.process.stdout.readline()
        assert served.process.stdout.readline() == line
        served.end(signal.SIGTERM)
