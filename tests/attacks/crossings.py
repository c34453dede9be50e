"""A way to cross each limit of `api-spec/catalog/limits.yaml`: how what is refused is answered.

A crossing returns what was answered: an error and its sentence, or a sentence alone where a file has a problem.
"""

import io
import json
from collections.abc import Callable, Mapping
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from flask.testing import FlaskClient

from archives import zipped
from attacks import gateway_crossings
from beanpole.api.app import create_app
from beanpole.catalog import catalog
from beanpole.control import advancing
from beanpole.control.presence import HAND_OVER
from beanpole.files import platform_definition, saved_configuration
from beanpole.files.bundle import archive, documents
from beanpole.files.bundle.parser_words import Malformed
from beanpole.model.time.clock import Clock
from beanpole.store import named_snapshots
from beanpole.store.commit import Conflict
from beanpole.store.connection import embedded
from beanpole.store.store import Store
from beanpole.store.world import World
from beanpole.tables import limits

Answer = tuple[str | int | None, str]


def service() -> FlaskClient:
    """A client of a service of its own, on a clock that is moved by hand."""
    return create_app(Store(embedded(), Clock("manual")), catalog.load()).test_client()


def called(answer: Any) -> Answer:
    """The answer to a call, which must be a refusal."""
    error = json.loads(answer.text)["Error"]
    return f"{answer.status_code} {error['Code']}", error["Message"]


def controlled(answer: Any) -> Answer:
    """The answer of a control route, which must be a problem; the first reason where the body is not taken."""
    problem = answer.get_json()
    sentences: Any = problem.get("errors") or problem["detail"]
    while isinstance(sentences, dict | list):
        sentences = next(iter(sentences.values() if isinstance(sentences, dict) else sentences))
    return answer.status_code, sentences


def call(api: FlaskClient, **parameters: str) -> Any:
    return api.post("/", data={"ContentType": "JSON", **parameters})


def long_body() -> Answer:
    return called(service().post("/?ContentType=JSON", data="x" * (limits.most("call_body") + 1)))


def many_parameters() -> Answer:
    body = "Action=ListPlatformVersions" + "&a=" * limits.most("call_parameters")
    return called(service().post("/?ContentType=JSON", data=body, content_type="application/x-www-form-urlencoded"))


def attempts() -> Answer:
    def conflict(*_: object) -> None:
        raise Conflict

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(World, "commit", conflict)
        return called(call(service(), Action="CreateApplication", ApplicationName="shop"))


def waiting() -> Answer:
    """All calls that may wait have their seats, so that the next one that a fault delays is refused."""
    api = service()
    api.post("/_beanpole/faults", json={"what": "delay", "seconds": 60})
    seats = api.application.extensions["beanpole.waiting"]
    for _ in range(limits.most("waiting_calls")):
        assert seats.acquire(blocking=False)
    assert api.post("/_beanpole/clock/advance", json={"seconds": 1}).status_code == 503
    return called(call(api, Action="DescribeApplications"))


def long_control_body() -> Answer:
    long = {"mode": "x" * limits.most("control_body")}
    return controlled(service().put("/_beanpole/clock", json=long))


def many_members() -> Answer:
    """An object of as many as are taken is answered by its first unknown member."""
    most = limits.most("control_members")
    members = {f"m{number}": 1 for number in range(most)}
    assert controlled(service().put("/_beanpole/clock", json=members)) == (400, "Unknown field.")
    return controlled(service().put("/_beanpole/clock", json={**members, "more": 1}))


def long_state() -> Answer:
    """The length says enough: nothing of the body is read."""
    length = {"CONTENT_LENGTH": str(limits.most("state_body") + 1)}
    return controlled(
        service().put("/_beanpole/state", data=b"{}", content_type="application/json", environ_overrides=length)
    )


def state_with(change: Callable[[Any], None]) -> Answer:
    api = service()
    call(api, Action="CreateApplication", ApplicationName="shop")
    state = api.get("/_beanpole/state").get_json()
    change(state["regions"]["us-east-1"]["applications"][0])
    error, sentence = controlled(api.put("/_beanpole/state", json=state))
    return error, sentence.removeprefix("This is no world of this account: ").partition(" ")[2].removesuffix(".")


def great_number() -> Answer:
    return state_with(lambda application: application.update(generation=limits.most("state_number") + 1))


def long_text() -> Answer:
    return state_with(lambda application: application.update(description="x" * (limits.most("state_text") + 1)))


def long_key() -> Answer:
    key = {"Idempotency-Key": "x" * (limits.most("idempotency_key") + 1)}
    return controlled(service().post("/_beanpole/clock/advance", json={"seconds": 1}, headers=key))


def long_advance() -> Answer:
    """No worker plays it, and the time of the wait passes at once."""
    begun = advancing.real_now()
    now = iter(range(begun, begun + 10**9, 1000))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(advancing, "real_now", lambda: next(now))
        patch.setattr(advancing, "sleep", lambda _: None)
        answer = controlled(service().post("/_beanpole/clock/advance", json={"seconds": 1}))
    assert next(now) - begun > limits.most("advance_seconds") * 1000
    return answer


def clock(**settings: object) -> Answer:
    return controlled(service().put("/_beanpole/clock", json=settings))


def many_faults() -> Answer:
    api = service()
    for _ in range(limits.most("armed_faults")):
        assert api.post("/_beanpole/faults", json={"what": "delay", "seconds": 0}).status_code == 201
    return controlled(api.post("/_beanpole/faults", json={"what": "delay", "seconds": 0}))


def fault(what: str, member: str, limit: str, **more: object) -> Callable[[], Answer]:
    """A fault with the greatest number that is taken, and then with one that is not."""

    def cross() -> Answer:
        api, most = service(), limits.most(limit)
        assert api.post("/_beanpole/faults", json={"what": what, **more, member: most}).status_code == 201
        return controlled(api.post("/_beanpole/faults", json={"what": what, **more, member: most + 1}))

    return cross


def long_message() -> Answer:
    long = "x" * (limits.most("fault_message") + 1)
    return controlled(service().post("/_beanpole/faults", json={"what": "refuse", "code": "X", "message": long}))


def long_service() -> Answer:
    long = ["x" * (limits.most("fault_service") + 1)]
    return controlled(service().post("/_beanpole/faults", json={"what": "stopped-services", "services": long}))


def bundle_of(files: Mapping[str, bytes]) -> archive.SourceBundle:
    return archive.read("shop.zip", io.BytesIO(zipped(files)))


def zipped_names(number: int) -> bytes:
    """An archive whose directory has so many names of a hundred letters."""
    file = io.BytesIO()
    with ZipFile(file, "w") as packed:
        for index in range(number):
            packed.writestr(f"{index:0100}", b"")
    return file.getvalue()


def long_file() -> Answer:
    (problem,) = bundle_of({".ebextensions/a.config": b"#" * (limits.most("bundle_file") + 1)}).contents.problems
    return None, problem.yaml


def document(content: bytes) -> Callable[[], Answer]:
    def cross() -> Answer:
        (problem,) = bundle_of({".ebextensions/a.config": content}).contents.problems
        return None, problem.yaml

    return cross


def aliases() -> bytes:
    long = limits.most("document_letters") // 10
    return (
        b"option_settings:\n  n:\n    O: &x " + b"x" * long + b"\n" + b"".join(b"    P%d: *x\n" % n for n in range(10))
    )


def many_letters() -> Answer:
    """Each of the files is within the bound, and both together are beyond it."""
    long = limits.most("document_letters") // 10
    aliased = b"container_commands:\n  a: {command: &x " + b"x" * long + b"}\n"
    content = aliased + b"".join(b"  b%d: {command: *x}\n" % number for number in range(20))
    files = {f".ebextensions/{number}.config": content for number in range(2)}
    (problem,) = bundle_of(files).contents.problems
    return None, problem.yaml


def many_configuration_files() -> Answer:
    most = limits.most("bundle_configuration_files")
    files = {f".ebextensions/{number:05}.config": b"" for number in range(most + 1)}
    (problem,) = bundle_of(files).contents.problems
    return None, problem.yaml


def merged() -> bytes:
    keys = b"".join(b"  k%d: v\n" % number for number in range(100))
    merges = b"".join(b"m%d: {<<: *a}\n" % number for number in range(limits.most("document_merged") // 100 + 1))
    return b"a: &a\n" + keys + merges


def deep_document() -> Answer:
    deep = limits.most("document_depth") + 1
    with pytest.raises(Malformed) as caught:
        documents.load(b"[" * deep + b"a" + b"]" * deep)
    return None, caught.value.yaml


def configuration(text: str) -> Callable[[], Answer]:
    def cross() -> Answer:
        with pytest.raises(saved_configuration.Unreadable) as caught:
            saved_configuration.read(text)
        return None, str(caught.value)

    return cross


def definition(content: bytes) -> Callable[[], Answer]:
    def cross() -> Answer:
        file = io.BytesIO()
        with ZipFile(file, "w", ZIP_DEFLATED) as packed:
            packed.writestr("platform.yaml", content)
        return None, platform_definition.read(file).problem or ""

    return cross


def many_streams() -> Answer:
    """By a server that takes their connections over, so that none holds a thread."""
    api, streams = service(), []
    for _ in range(limits.most("streams")):
        assert api.get("/_beanpole/stream", environ_overrides={HAND_OVER: streams.append}).status_code == 200
    return controlled(api.get("/_beanpole/stream", environ_overrides={HAND_OVER: streams.append}))


def many_snapshots() -> Answer:
    api = service()
    for number in range(limits.most("snapshots")):
        assert api.put(f"/_beanpole/snapshots/{number}").status_code == 201
    assert api.put("/_beanpole/snapshots/0").status_code == 200
    return controlled(api.put("/_beanpole/snapshots/more"))


def large_snapshots() -> Answer:
    """With a lower limit: only a world of a gigabyte has so large a snapshot."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(named_snapshots, "MOST_BYTES", 10)
        return controlled(service().put("/_beanpole/snapshots/large"))


def long_name_of_a_snapshot() -> Answer:
    return controlled(service().put(f"/_beanpole/snapshots/{'x' * (limits.most('snapshot_name') + 1)}"))


REFUSED: Mapping[str, Callable[[], Answer]] = {
    **gateway_crossings.REFUSED,
    "call_body": long_body,
    "call_parameters": many_parameters,
    "call_attempts": attempts,
    "waiting_calls": waiting,
    "control_body": long_control_body,
    "control_members": many_members,
    "state_body": long_state,
    "state_number": great_number,
    "state_text": long_text,
    "idempotency_key": long_key,
    "advance_seconds": long_advance,
    "clock_speed": lambda: clock(speed=limits.most("clock_speed") + 1),
    "clock_seed": lambda: clock(seed=limits.most("clock_seed") + 1),
    "armed_faults": many_faults,
    "fault_seconds": fault("delay", "seconds", "fault_seconds"),
    "fault_rate": fault("throttle", "rate", "fault_rate", burst=1),
    "fault_burst": fault("throttle", "burst", "fault_burst", rate=1),
    "fault_times": fault("delay", "times", "fault_times", seconds=0),
    "fault_message": long_message,
    "fault_messages": fault("messages-waiting", "messages", "fault_messages"),
    "fault_service": long_service,
    "streams": many_streams,
    "snapshots": many_snapshots,
    "snapshot_bytes": large_snapshots,
    "snapshot_name": long_name_of_a_snapshot,
    "journal_calls": lambda: controlled(
        service().get("/_beanpole/journal", query_string={"count": limits.most("journal_calls") + 1})
    ),
    "bundle_file": long_file,
    "bundle_letters": many_letters,
    "bundle_configuration_files": many_configuration_files,
    "document_letters": document(aliases()),
    "document_merged": document(merged()),
    "document_depth": deep_document,
    "document_value": document(b"option_settings: {n: {o: [" + b"x," * limits.most("document_value") + b"]}}"),
    "saved_configuration": configuration("a: " + "x" * limits.most("saved_configuration")),
    "saved_configuration_depth": configuration("[" * (limits.most("saved_configuration_depth") + 1)),
    "platform_definition": definition(b"#" * (limits.most("platform_definition") + 1)),
    "platform_definition_depth": definition(b"a: " + b"[" * 21 + b"]" * 21),
}
