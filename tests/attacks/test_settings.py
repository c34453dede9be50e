"""Wrong settings are refused in a sentence and right ones hold, however the service is started."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from beanpole import wsgi
from beanpole.catalog.catalog import lay_over
from beanpole.command import settings
from beanpole.command.cli import main
from clients_environment import environment
from house import container

NOWHERE = "redis://127.0.0.1:1"  # no process listens there; nothing asks it before the first call
CREATE = "from beanpole import wsgi; wsgi.create()"
WRONG = [
    ({"BEANPOLE_CLOCK": "lunar"}, "Invalid value for '--clock': 'lunar' is not one of 'wall', 'manual'."),
    ({"BEANPOLE_SPEED": "abc"}, "Invalid value for '--speed': 'abc' is neither a number nor instant"),
    ({"BEANPOLE_SPEED": "-1"}, "Invalid value for '--speed': '-1' is not greater than 0"),
    ({"BEANPOLE_SEED": "pi"}, "Invalid value for '--seed': 'pi' is not a valid integer."),
    ({"BEANPOLE_CONTROL_TOKEN": "  "}, "Invalid value for '--control-token': it is empty or blank"),
    ({"BEANPOLE_CONTROL_TOKEN": "schlüssel"}, "Invalid value for '--control-token': it is empty or blank"),
    ({"BEANPOLE_CATALOG": "/no/such/file"}, "Invalid value for '--catalog': File '/no/such/file' does not exist."),
    ({"BEANPOLE_FAULTS": "/no/such/file"}, "Invalid value for '--faults': File '/no/such/file' does not exist."),
    ({"BEANPOLE_OBJECT_STORE": "nonsense"}, "--object-store: "),
    ({"BEANPOLE_REDIS_URL": "nonsense://"}, "--redis: "),
    ({"BEANPOLE_REDIS_URL": "redis://here:no"}, "--redis: Port could not be cast"),
    ({"BEANPOLE_REDIS_URL": "redis://here/one"}, "--redis: '/one' is no number of a database"),
    ({"BEANPOLE_REDIS_URL": "redis://here?decode_responses=1"}, "--redis: its URL has no option 'decode_responses'"),
    ({"BEANPOLE_OPEN_CONTROL": "perhaps"}, "Invalid value for '--open-control': 'perhaps' is not a valid boolean."),
    ({"BEANPOLE_HOST": "0.0.0.0"}, "listening on 0.0.0.0 needs --control-token"),
]


def run(*command: str, **variables: str) -> "subprocess.CompletedProcess[str]":
    """A process with these settings alone."""
    inherited = {name: value for name, value in environment().items() if not name.startswith("BEANPOLE_")}
    return subprocess.run(
        [sys.executable, *command], env=inherited | variables, capture_output=True, text=True, timeout=60, check=False
    )


@pytest.mark.parametrize(("variables", "sentence"), WRONG, ids=lambda value: str(value)[:40])
def test_every_way_to_start_refuses_a_wrong_setting_with_status_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], variables: dict[str, str], sentence: str
) -> None:
    for name in [name for name in os.environ if name.startswith("BEANPOLE_")]:
        monkeypatch.delenv(name)
    for name, value in ({"BEANPOLE_REDIS_URL": NOWHERE} | variables).items():
        monkeypatch.setenv(name, value)
    served = CliRunner().invoke(main, ["serve", "--port", "0"])
    assert (served.exit_code, served.stdout) == (2, "")
    with pytest.raises(SystemExit) as ended:
        wsgi.create()
    printed = capsys.readouterr()
    assert (ended.value.code, printed.out) == (2, "")
    for errors in (served.stderr, printed.err):
        assert f"Error: {sentence}" in errors
        assert "Traceback" not in errors


@pytest.mark.parametrize("url", ["nonsense", "redis://here:99999", "redis://here/one", "redis://here?nonsense=1"])
def test_a_worker_refuses_a_url_that_is_none_of_a_redis(url: str) -> None:
    """As the server does, in one sentence."""
    refusal = CliRunner().invoke(main, ["worker", "--redis", url])
    assert (refusal.exit_code, "Error: --redis: " in refusal.output) == (2, True), refusal.output


def test_a_process_ends_so_too() -> None:
    ended = run("-m", "beanpole", "serve", "--port", "0", BEANPOLE_CLOCK="lunar")
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "Error: Invalid value for '--clock'" in ended.stderr


def test_another_server_needs_a_redis() -> None:
    ended = run("-c", CREATE)
    assert ended.returncode == 2
    assert ended.stderr == "Error: set BEANPOLE_REDIS_URL: several processes share no memory\n"


CATALOGUES = ["- 1", "{quotas: {applications: many}}", "{nothing: {}}", "{", "quotas: [1]", "timings: 3"]


@pytest.mark.parametrize("rows", CATALOGUES)
def test_a_catalogue_that_cannot_be_used_is_refused(tmp_path: Path, rows: str) -> None:
    """Wherever it is read: the server and a worker take the same file."""
    file = tmp_path / "catalog.yaml"
    file.write_text(rows)
    for command in (["serve", "--port", "0"], ["worker", "--redis", NOWHERE]):
        ended = CliRunner().invoke(main, [*command, "--catalog", str(file)])
        assert (ended.exit_code, ended.stdout) == (2, "")
        assert f"Error: --catalog: {file}: " in ended.stderr
    lay_over({})


def test_a_variable_that_is_misspelt_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BEANPOLE_SPEAD", "2")
    monkeypatch.setenv("BEANPOLE_SERVICE_HOST", "10.0.0.1")
    assert settings.unknown()["BEANPOLE_SPEAD"] == "BEANPOLE_SPEED"
    assert "BEANPOLE_SERVICE_HOST" in settings.unknown()
    ended = run("-m", "beanpole", "serve", "--port", "x", BEANPOLE_SPEAD="2")
    assert ended.stderr.startswith("BEANPOLE_SPEAD is no setting; did you mean BEANPOLE_SPEED?\n")


def test_the_image_does_not_start_open() -> None:
    """Its own environment, with a Redis and without a token: what gunicorn would load refuses."""
    ended = run("-c", CREATE, BEANPOLE_REDIS_URL=NOWHERE, **container.settings())
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "needs --control-token" in ended.stderr
    variables = {"BEANPOLE_OPEN_CONTROL": "true"}
    assert run("-c", CREATE, BEANPOLE_REDIS_URL=NOWHERE, **container.settings(), **variables).returncode == 0
    assert "--preload" in container.command()  # so that gunicorn ends with the status, instead of trying again


def test_faults_of_a_file_are_armed_once_however_often_the_service_starts(
    redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two entries that are alike are two faults; one that was disarmed stays disarmed; a new one is armed."""
    file = tmp_path / "faults.yaml"
    rows = [{"what": "delay", "seconds": 0}, {"what": "delay", "seconds": 0}]
    file.write_text(str(rows))
    for name, value in {"REDIS_URL": redis_url, "FAULTS": str(file)}.items():
        monkeypatch.setenv(f"BEANPOLE_{name}", value)

    def armed() -> list[str]:
        return [fault["id"] for fault in wsgi.create().test_client().get("/_beanpole/faults").json["faults"]]

    wsgi.create().test_client().post("/_beanpole/reset")
    assert armed() == armed() == ["fault-1", "fault-2"]
    wsgi.create().test_client().delete("/_beanpole/faults?id=fault-1")
    assert armed() == ["fault-2"]
    file.write_text(str([*rows, {"what": "delay", "seconds": 1}]))
    assert armed() == armed() == ["fault-2", "fault-3"]
    client = wsgi.create().test_client()
    state = client.get("/_beanpole/state").json
    assert client.put("/_beanpole/state", json=state).status_code == 200
    assert armed() == ["fault-2", "fault-3"]
    wsgi.create().test_client().post("/_beanpole/reset")
