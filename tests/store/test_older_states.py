"""States that older programs wrote are read, and go on; what cannot be read is refused in a sentence.

`states/redis-1.json` is what a Redis held, `states/export-2.json` what `GET /_beanpole/state` answered, both written by
the first program that gave states a number: an environment that is Ready and has a topic, and a rolling update on its
way.
"""

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from beanpole.other_services.publishing import Publishing
from beanpole.store import keys, state_format
from beanpole.store.connection import Connection
from beanpole.store.store import Store
from beanpole.testing import ACCOUNT, REGION, Beanstalk
from instances.notices import Companion, sender

STATES = Path(__file__).parent / "states"
EXPORT = json.loads((STATES / "export-2.json").read_text())
OLD_STATE = json.loads((STATES / "redis-1.json").read_text())


def fill(redis: Connection) -> None:
    """Let Redis hold what it held."""
    for key, (kind, value) in OLD_STATE.items():
        match kind:
            case "string":
                redis.set(key, value[0])
            case "hash":
                redis.hset(key, mapping={name: _bytes(text) for name, text in value.items()})
            case "set":
                redis.sadd(key, *value)
            case "zset":
                redis.zadd(key, value)
            case "list":
                redis.rpush(key, *value)
            case _:
                for id_, fields in value:
                    redis.xadd(key, fields, id=id_)


def _bytes(text: str) -> str | bytes:
    return base64.b64decode(text[7:]) if text.startswith("base64:") else text


def goes_on(world: Beanstalk) -> None:
    """The rolling update comes to its end, and the other environment is changed and terminated."""
    environments = world.client.describe_environments(ApplicationName="shop")["Environments"]
    assert {environment["EnvironmentName"]: environment["Status"] for environment in environments} == {
        "old-ready": "Ready",
        "old-rolling": "Updating",
    }
    world.until_ready("old-rolling")
    (rolled,) = world.client.describe_environments(EnvironmentNames=["old-rolling"])["Environments"]
    assert (rolled["VersionLabel"], rolled["Health"]) == ("v2", "Green")
    world.client.restart_app_server(EnvironmentName="old-ready")
    world.until_ready("old-ready")
    world.client.terminate_environment(EnvironmentName="old-ready")
    world.until("old-ready", "Terminated")
    messages = [event["Message"] for event in world.client.describe_events(EnvironmentName="old-ready")["Events"]]
    assert messages[0] == "terminateEnvironment completed successfully."
    assert messages[-1] == "createEnvironment is starting."


def lost(old: Any, new: Any, path: str = "") -> list[str]:
    """What a document has, and another has not, or otherwise."""
    if isinstance(old, dict) and isinstance(new, dict):
        return [difference for name in old for difference in lost(old[name], new.get(name), f"{path}.{name}")]
    if isinstance(old, list) and isinstance(new, list) and len(old) <= len(new):
        return [
            difference for index, value in enumerate(old) for difference in lost(value, new[index], f"{path}[{index}]")
        ]
    return [] if old == new else [f"{path}: {old!r} is {new!r}"]


def test_what_an_older_program_kept_in_redis_goes_on(connection: Connection) -> None:
    fill(connection)
    assert connection.get(keys.FORMAT) is None
    state_format.settle(connection)
    assert connection.get(keys.FORMAT) == str(state_format.PRESENT).encode()
    assert Store(connection).scopes() == [(ACCOUNT, REGION)]
    world = Beanstalk(connection)
    state = world.app.test_client().get(f"/_beanpole/state?account={ACCOUNT}").get_json()
    assert lost(EXPORT, state) == []
    goes_on(world)


def test_of_what_was_told_before_no_notice_is_sent(connection: Connection) -> None:
    fill(connection)
    state_format.settle(connection)
    world, companion = Beanstalk(connection), Companion()
    notices = sender(world, Publishing(lambda *_: companion, lambda *_: companion))  # type: ignore[arg-type, return-value]
    assert notices.look()
    assert (companion.messages, companion.entries) == ([], [])
    assert list(companion.topics) == [
        f"arn:aws:sns:{REGION}:{ACCOUNT}:ElasticBeanstalkNotifications-Environment-old-ready"
    ]
    world.client.terminate_environment(EnvironmentName="old-ready")
    world.until("old-ready", "Terminated")
    notices.look()
    assert json.loads(companion.entries[0].detail)["Status"] == "Environment termination started"


def test_what_an_older_program_exported_is_imported_whole_and_goes_on() -> None:
    world = Beanstalk()
    client = world.app.test_client()
    answer = client.put(f"/_beanpole/state?account={ACCOUNT}", json=EXPORT)
    assert answer.status_code == 200, answer.text
    assert lost(EXPORT, client.get(f"/_beanpole/state?account={ACCOUNT}").get_json()) == []
    goes_on(world)


@pytest.mark.parametrize(("number", "writer"), [(1, "an older"), (3, "a newer")])
def test_a_document_of_another_format_is_refused_in_a_sentence(number: int, writer: str) -> None:
    answer = Beanstalk().app.test_client().put(f"/_beanpole/state?account={ACCOUNT}", json=EXPORT | {"format": number})
    assert answer.status_code == 400
    assert f"has format {number}, which {writer} beanpole wrote; this one reads 2" in answer.get_json()["detail"]


def test_a_state_of_a_newer_program_is_refused_before_anything_is_written(connection: Connection) -> None:
    connection.set(keys.FORMAT, state_format.PRESENT + 1)
    with pytest.raises(state_format.Newer, match="which a newer beanpole wrote; this one reads up to"):
        state_format.settle(connection)
    assert connection.get(keys.FORMAT) == str(state_format.PRESENT + 1).encode()
