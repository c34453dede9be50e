"""No text, number, key or query is too large for a control route or a call: each is answered soon, never with 5xx."""

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask

from attacks.direct import send
from attacks.hostile_texts import BOUND, CREDENTIAL, HOSTILE
from beanpole.control import advancing
from beanpole.control.routes import PREFIX, ROUTES
from beanpole.model.faults.members import MEMBERS
from beanpole.model.faults.symptoms import SYMPTOMS
from beanpole.model.faults.table import FAULTS
from beanpole.testing import Beanstalk
from control.calling import deref, operations
from environments import STACK
from promptness import assert_prompt

LINE = 100_000  # letters of a request's first line at most; the servers cut a longer one
NUMBERS: dict[str, str] = {  # as JSON writes them
    "digits": "9" * 5_000,
    "many digits": "-" + "9" * 200_000,
    "an exponent": "1e999",
    "a small exponent": "1e-999999",
    "a long exponent": "1e" + "9" * 5_000,
    "a fraction": "0." + "0" * 200_000 + "1",
    "a great integer": str(2**64),
    "zero": "-0.0",
    "constants": "NaN",
}
VALUES: dict[str, str] = {
    **{kind: json.dumps(text) for kind, text in HOSTILE.items()},
    **NUMBERS,
    "nested lists": "[" * 100_000,
    "closed lists": "[" * 400 + "]" * 400,
    "many elements": "[" + "1," * 200_000 + "1]",
    "many members": "{" + ",".join(f'"m{number}":1' for number in range(50_000)) + "}",
    "half a pair": '"\\ud800"',
    "null": "null",
}
WHERE = ("environment", "version_label", "instance", "operation", "step", "resource")
BODIES: dict[tuple[str, str], list[str]] = {  # with a place for a value
    ("PUT", "/clock"): [f'{{"{name}":%s}}' for name in ("mode", "speed", "now", "seed")],
    ("POST", "/clock/advance"): [
        *(f'{{"{name}":%s}}' for name in ("seconds", "to", "until")),
        '{"until":{"environment":%s,"status":"Ready"}}',
        '{"until":{"environment":"web-1","status":%s}}',
        '{"until":{"environment":"web-1","status":"Ready","within":%s}}',
    ],
    ("POST", "/faults"): [
        '{"what":%s}',
        *(f'{{"what":"{what}","{name}":%s}}' for what in FAULTS for name in FAULTS[what].members),
        *(f'{{"what":"delay","seconds":1,"{name}":%s}}' for name in ("where", "times", "probability", "until")),
        *(f'{{"what":"instance-dies","where":{{"{name}":%s}}}}' for name in WHERE),
    ],
    ("PUT", "/state"): [
        *(f'{{"{name}":%s}}' for name in ("format", "account_id", "clock", "draws", "regions")),
        '{"format":2,"account_id":"123456789012","clock":{},"draws":0,"regions":%s}',
        '{"format":2,"account_id":"123456789012","clock":{"reading":%s},"draws":0,"regions":{}}',
        '{"format":2,"account_id":"123456789012","clock":{},"draws":0,"regions":{"eu-west-1":{"events":%s}}}',
        '{"format":2,"account_id":"123456789012","clock":{},"draws":0,"regions":{"eu-west-1":{"faults":[{"number":%s}]}}}',
        '{"format":2,"account_id":"123456789012","clock":{},"draws":0,"regions":{"eu-west-1":{"claims":{"c":%s}}}}',
    ],
}
QUERIES = {  # with a route that reads it
    "account": ("GET", "/clock"),
    "region": ("GET", "/clock"),
    "all": ("POST", "/reset"),
    "id": ("DELETE", "/faults"),
    "application": ("GET", "/bundle"),
    "version_label": ("GET", "/bundle"),
    "after": ("GET", "/stream"),
    "environment": ("GET", "/stream"),
    "X-Amz-Credential": ("GET", "/clock"),
    "unknown": ("GET", "/clock"),
}
PART = 2_000  # letters of a text that each route is sent in each place
HEADERS = ("Authorization", "Idempotency-Key", "X-Beanpole-Token", "Accept", "Content-Type", "Host", "Origin")
MORE_HEADERS = ("Referer", "Sec-Fetch-Site", "X-Beanpole-Onlooker", "amz-sdk-invocation-id", "amz-sdk-request")


@pytest.fixture(scope="module")
def app() -> Flask:
    """The API of a world in which there is an environment."""
    world = Beanstalk()
    world.client.create_application(ApplicationName="shop")
    world.client.create_environment(ApplicationName="shop", EnvironmentName="web-1", SolutionStackName=STACK)
    world.advance(600)
    return world.app


def ask(app: Flask, method: str, target: str, about: str, body: bytes = b"", **request: Any) -> None:
    """Send a request, and hold its answer to the bound; `about` says what is tried."""
    request_line = f"{method} {target[:100]} ({about})"

    def call() -> None:
        answer = send(app, method, target, **{"headers": CREDENTIAL, "body": body, **request})
        assert answer.status < 500, (request_line, answer.body[:500])

    assert_prompt(call, BOUND, request_line)


def bodies() -> Iterator[tuple[str, str, str]]:
    for (method, path), forms in BODIES.items():
        for form in forms:
            yield method, path, form


def test_every_route_with_a_body_and_every_member_of_a_fault_is_tried() -> None:
    """A route that takes none is tried below, too: what it is sent anyway harms nothing."""
    assert set(BODIES) <= {(method, path) for method, path, _ in ROUTES}
    assert {name for row in FAULTS.values() for name in row.members} == set(MEMBERS)
    assert SYMPTOMS.keys() <= FAULTS.keys()


@pytest.mark.parametrize("kind", VALUES)
def test_every_member_of_a_body_has_its_bound(app: Flask, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """No worker plays an advance here, so none waits for one."""
    monkeypatch.setattr(advancing, "play", lambda *_: None)
    forms = list(bodies())
    for method, path, form in forms if len(VALUES[kind]) < 10_000 else forms[::5]:
        body = (form % VALUES[kind]).encode()
        ask(app, method, PREFIX + path, form, body, form="application/json")


@pytest.mark.parametrize("kind", HOSTILE)
def test_every_part_of_a_query_has_its_bound(app: Flask, kind: str) -> None:
    """One reader unquotes the queries of all routes: each name is sent a whole text once, and each route a part.

    A route is sent each name that it reads alone, since the first that is refused hides the others; what it does not
    read it is sent together.
    """
    whole, part = quote(HOSTILE[kind][: LINE // 3]), quote(HOSTILE[kind][:PART])
    for name, (method, path) in QUERIES.items():
        ask(app, method, f"{PREFIX}{path}?{name}={whole}", name)
    ask(app, "GET", f"{PREFIX}/clock?{whole}", "a name")
    for method, path, _ in ROUTES:
        if path in ("/clock/advance", "/reset"):
            continue
        read = {"account", "region", "X-Amz-Credential", *names_that_are_read(method, path)}
        others = [name for name in QUERIES if name not in read]
        for query in (*(f"{name}={part}" for name in sorted(read)), "&".join((part, *(f"{o}={part}" for o in others)))):
            ask(app, method, f"{PREFIX}{path}?{query}", kind)
    for query in (f"account={whole}", f"all={whole}", f"region={whole}"):
        ask(app, "POST", f"{PREFIX}/reset?{query}", kind)


def names_that_are_read(method: str, path: str) -> set[str]:
    """The parts of a query that a route has of its own, as its document says, which a test holds to the code."""
    documented = operations()[method, PREFIX + re.sub("<(?:path:)?([a-z]+)>", r"{\1}", path)]
    rows = [deref(row) for row in documented.get("parameters", ())]
    return {row["name"] for row in rows if row["in"] == "query"}


@pytest.mark.parametrize("kind", HOSTILE)
def test_every_part_of_a_path_has_its_bound(app: Flask, kind: str) -> None:
    text = quote(HOSTILE[kind][: LINE // 3])
    for method, path, _ in ROUTES:
        for place in re.findall("<[^>]+>", path):
            ask(app, method, f"{PREFIX}{path.replace(place, text)}", f"{path}: {place}")


def test_a_query_of_many_parts_has_its_bound(app: Flask) -> None:
    for method, path, _ in ROUTES:
        if path not in ("/clock/advance", "/reset"):
            ask(app, method, f"{PREFIX}{path}?" + "account=1&" * (LINE // 10), "many parts")


@pytest.mark.parametrize("name", [*HEADERS, *MORE_HEADERS])
def test_every_header_has_its_bound(app: Flask, name: str) -> None:
    """The servers take less of a head; the application takes all of it."""
    for kind, text in HOSTILE.items():
        value = text.encode().decode("latin-1").strip() or "x"
        for method, target in (("GET", f"{PREFIX}/clock"), ("GET", "/"), ("POST", "/")):
            ask(app, method, target, kind, headers={**CREDENTIAL, name: value})


KEYS = {
    "a long key": "K" * 900_000,
    "many levels": "OptionSettings" + ".member.1" * 100_000,
    "many points": "." * 900_000,
    "many indexes": "OptionSettings.member." + "1." * 400_000,
    "a long index": "OptionSettings.member." + "1" * 900_000,
    "digits of another script": "OptionSettings.member." + "\u0663" * 300_000,
    "escapes": "%41" * 300_000,
    "signs": "+" * 900_000,
}


@pytest.mark.parametrize("kind", KEYS)
def test_no_key_of_a_call_is_too_long(app: Flask, kind: str) -> None:
    for action in ("CreateEnvironment", "DescribeEvents", "ValidateConfigurationSettings"):
        body = f"Action={action}&{KEYS[kind]}=x".encode()
        ask(app, "POST", "/", action, body)
        ask(app, "POST", "/", f"{action}, no value", body.replace(b"=x", b""))
    ask(app, "GET", f"/?Action=DescribeEvents&{quote(KEYS[kind][: LINE // 3])}=x", kind)


@pytest.mark.parametrize("count", [9_000, 500_000])
def test_many_short_keys_are_answered_soon(app: Flask, count: int) -> None:
    for key in ("a", "Tags.member.1.Key", "OptionSettings.member.%d.Value"):
        pairs = "&".join(f"{key % number if '%' in key else key}=x" for number in range(count))
        ask(app, "POST", "/", key, f"Action=CreateEnvironment&{pairs}"[: 1 << 20].encode())
