"""The OpenAPI document describes the routes as they are."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from beanpole.control import advancing, streams, waiting
from beanpole.control.routes import CONSOLE
from beanpole.control.streams import Stream
from beanpole.model.environment.instance import Instance
from beanpole.model.instance.content import Download, text
from beanpole.model.instance.disk import Disk
from beanpole.model.instance.nodes import File, Folder
from beanpole.store import restoration, snapshot
from beanpole.store.commit import Conflict
from beanpole.store.connection import StoreError
from beanpole.store.instance_files import InstanceFiles
from beanpole.store.store import Store
from beanpole.store.world import World
from control.calling import ACCOUNT, Caller, document, operations

FLEET = "/_beanpole/environments/{name}/fleet"
SETTINGS = "/_beanpole/environments/{name}/settings"
COMMANDS = "/_beanpole/environments/{name}/instances/{instance}/commands"
ROOT_FOLDER = "/_beanpole/environments/{name}/instances/{instance}/files/"
FILE = "/_beanpole/environments/{name}/instances/{instance}/files/{path}"
CNAME = "/_beanpole/cnames/{cname}"
LANES = "/_beanpole/environments/{name}/lanes"
SNAPSHOT = "/_beanpole/snapshots/{name}"
INSTANCE, PATH = "i-00000000000000001", "var/app/current/index.html"
NAMES = {"name": "shop-web", "cname": "shop-web", "instance": INSTANCE, "path": PATH}
Prepare = Callable[[Caller, pytest.MonkeyPatch], None]


def _nothing(_: Caller, __: pytest.MonkeyPatch) -> None:
    pass


def _launching(caller: Caller, _: pytest.MonkeyPatch) -> None:
    caller.launch()


def _with_version(caller: Caller, _: pytest.MonkeyPatch) -> None:
    caller.call("CreateApplication", ApplicationName="shop")
    caller.call("CreateApplicationVersion", ApplicationName="shop", VersionLabel="v1")


def _with_disk(caller: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    """An instance with a disk that shows a folder and a file, under the id and the path that the cases name."""
    disk = Disk((("/var/app/current", Folder()), (f"/{PATH}", File(text(b"page")))))
    _with(caller, monkeypatch, disk)


def _with_lost_bundle(caller: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    page = (f"/{PATH}", File((Download("https://elsewhere"),)))
    _with(caller, monkeypatch, Disk((("/var/app/current", Folder()), page)))


def _with(caller: Caller, monkeypatch: pytest.MonkeyPatch, disk: Disk) -> None:
    caller.launch()
    monkeypatch.setattr(World, "fleet", lambda *_: {INSTANCE: Instance(INSTANCE, 0, "group", disk=disk.digest)})
    monkeypatch.setattr(InstanceFiles, "get", lambda *_: disk.encoded)


def _wall(caller: Caller, _: pytest.MonkeyPatch) -> None:
    caller.request("PUT", "/_beanpole/clock", {"mode": "wall"})


def _without_store(_: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: Store) -> None:
        raise StoreError("no Redis")

    monkeypatch.setattr(Store, "must_answer", fail)


def _without_worker(caller: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(caller.store.clocks, "advance", lambda *_: None)
    monkeypatch.setattr(caller.store.clocks, "is_pending", lambda *_: True)
    instants = iter(range(0, 10**9, 10**6))
    monkeypatch.setattr(advancing, "real_now", lambda: next(instants))


def _failing_worker(caller: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(caller.store.clocks, "advance", lambda *_: None)
    monkeypatch.setattr(caller.store.clocks, "failed", lambda *_: True)


def _full(caller: Caller, _: pytest.MonkeyPatch) -> None:
    waiting.bound(caller.client.application, 0)


def _restless(_: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    def conflict(*_: object) -> None:
        raise Conflict

    monkeypatch.setattr(snapshot, "take", conflict)
    monkeypatch.setattr(restoration, "restore", conflict)


def _heard(_: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stream that ends as it begins: the answer is read to its end."""
    monkeypatch.setattr(Stream, "begin", lambda _, sink: sink.close())


def _with_snapshot(caller: Caller, _: pytest.MonkeyPatch) -> None:
    caller.launch()
    caller.request("PUT", "/_beanpole/snapshots/shop-web", status=201)


def _kept_and_restless(caller: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    _with_snapshot(caller, monkeypatch)
    _restless(caller, monkeypatch)


def _seatless(_: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "MOST", 0)


EMPTY = {"format": 2, "account_id": ACCOUNT, "clock": {"mode": "manual"}, "draws": 0, "regions": {}}
VERSION = {"query_string": {"application": "shop", "version_label": "v1"}}
BAD = {"query_string": {"account": "me"}}
HUGE = {"environ_overrides": {"CONTENT_LENGTH": str(2**40)}}
CASES: list[tuple[str, str, int, Prepare, object, dict[str, Any]]] = [
    ("GET", "/_beanpole/health", 200, _nothing, None, {}),
    ("GET", "/_beanpole/health", 400, _nothing, None, BAD),
    ("GET", "/_beanpole/health", 503, _without_store, None, {}),
    ("GET", "/_beanpole/metrics", 200, _nothing, None, {}),
    ("GET", "/_beanpole/metrics", 400, _nothing, None, BAD),
    ("POST", "/_beanpole/reset", 200, _nothing, None, {}),
    ("POST", "/_beanpole/reset", 400, _nothing, None, {"query_string": {"all": "maybe"}}),
    ("GET", "/_beanpole/clock", 200, _nothing, None, {}),
    ("GET", "/_beanpole/clock", 400, _nothing, None, {"query_string": {"region": "Mars"}}),
    ("PUT", "/_beanpole/clock", 200, _nothing, {"mode": "wall", "speed": "instant"}, {}),
    ("PUT", "/_beanpole/clock", 400, _nothing, {"mode": "lunar"}, {}),
    ("PUT", "/_beanpole/clock", 409, _launching, {"now": "2027-01-01T00:00:00Z"}, {}),
    ("PUT", "/_beanpole/clock", 413, _nothing, b"{", HUGE),
    ("POST", "/_beanpole/clock/advance", 200, _nothing, {"seconds": 90}, {}),
    ("POST", "/_beanpole/clock/advance", 400, _nothing, {"minutes": 1}, {}),
    ("POST", "/_beanpole/clock/advance", 404, _nothing, {"until": {"environment": "x", "status": "Ready"}}, {}),
    ("POST", "/_beanpole/clock/advance", 409, _wall, {"seconds": 1}, {}),
    ("POST", "/_beanpole/clock/advance", 413, _nothing, b"{", HUGE),
    ("POST", "/_beanpole/clock/advance", 500, _failing_worker, {"seconds": 1}, {}),
    ("POST", "/_beanpole/clock/advance", 503, _full, {"seconds": 1}, {}),
    ("POST", "/_beanpole/clock/advance", 504, _without_worker, {"seconds": 1}, {}),
    ("GET", "/_beanpole/accounts", 200, _launching, None, {}),
    ("GET", "/_beanpole/accounts", 400, _nothing, None, BAD),
    ("GET", "/_beanpole/due", 200, _launching, None, {}),
    ("GET", "/_beanpole/due", 400, _nothing, None, BAD),
    ("GET", "/_beanpole/environments", 200, _launching, None, {}),
    ("GET", "/_beanpole/environments", 400, _nothing, None, {"query_string": {"after": "yesterday"}}),
    ("GET", FLEET, 200, _launching, None, {}),
    ("GET", FLEET, 400, _nothing, None, BAD),
    ("GET", FLEET, 404, _nothing, None, {}),
    ("GET", SETTINGS, 200, _launching, None, {}),
    ("GET", SETTINGS, 400, _nothing, None, BAD),
    ("GET", SETTINGS, 404, _nothing, None, {}),
    ("GET", COMMANDS, 200, _with_disk, None, {}),
    ("GET", COMMANDS, 400, _nothing, None, BAD),
    ("GET", COMMANDS, 404, _nothing, None, {}),
    ("GET", "/_beanpole/bundle", 200, _with_version, None, VERSION),
    ("GET", "/_beanpole/bundle", 400, _nothing, None, BAD),
    ("GET", "/_beanpole/bundle", 404, _nothing, None, VERSION),
    ("GET", ROOT_FOLDER, 200, _with_disk, None, {}),
    ("GET", ROOT_FOLDER, 400, _nothing, None, BAD),
    ("GET", ROOT_FOLDER, 404, _nothing, None, {}),
    ("GET", FILE, 200, _with_disk, None, {}),
    ("GET", FILE, 400, _nothing, None, BAD),
    ("GET", FILE, 404, _launching, None, {}),
    ("GET", FILE, 409, _with_lost_bundle, None, {}),
    ("GET", LANES, 200, _launching, None, {}),
    ("GET", LANES, 400, _launching, None, {"query_string": {"since": "yesterday"}}),
    ("GET", LANES, 404, _nothing, None, {}),
    ("GET", CNAME, 200, _launching, None, {}),
    ("GET", CNAME, 400, _nothing, None, BAD),
    ("GET", CNAME, 404, _nothing, None, {}),
    ("GET", "/_beanpole/faults", 200, _nothing, None, {}),
    ("GET", "/_beanpole/faults", 400, _nothing, None, BAD),
    ("POST", "/_beanpole/faults", 201, _nothing, {"what": "delay", "seconds": 0}, {}),
    ("POST", "/_beanpole/faults", 400, _nothing, {"what": "delay"}, {}),
    ("POST", "/_beanpole/faults", 413, _nothing, b"{", HUGE),
    ("DELETE", "/_beanpole/faults", 200, _nothing, None, {}),
    ("DELETE", "/_beanpole/faults", 400, _nothing, None, BAD),
    ("DELETE", "/_beanpole/faults", 404, _nothing, None, {"query_string": {"id": "fault-9"}}),
    ("GET", "/_beanpole/state", 200, _launching, None, {}),
    ("GET", "/_beanpole/state", 400, _nothing, None, BAD),
    ("GET", "/_beanpole/state", 409, _restless, None, {}),
    ("PUT", "/_beanpole/state", 200, _nothing, EMPTY, {}),
    ("PUT", "/_beanpole/state", 400, _nothing, EMPTY | {"account_id": "222222222222"}, {}),
    ("PUT", "/_beanpole/state", 409, _restless, EMPTY, {}),
    ("PUT", "/_beanpole/state", 413, _nothing, b"{", HUGE),
    ("GET", "/_beanpole/journal", 200, _launching, None, {}),
    ("GET", "/_beanpole/journal", 400, _nothing, None, {"query_string": {"count": 0}}),
    ("GET", "/_beanpole/snapshots", 200, _with_snapshot, None, {}),
    ("GET", "/_beanpole/snapshots", 400, _nothing, None, BAD),
    ("GET", SNAPSHOT, 200, _with_snapshot, None, {}),
    ("GET", SNAPSHOT, 400, _nothing, None, BAD),
    ("GET", SNAPSHOT, 404, _nothing, None, {}),
    ("PUT", SNAPSHOT, 200, _with_snapshot, None, {}),
    ("PUT", SNAPSHOT, 201, _launching, None, {}),
    ("PUT", SNAPSHOT, 400, _nothing, EMPTY | {"draws": "many"}, {}),
    ("PUT", SNAPSHOT, 409, _restless, None, {}),
    ("PUT", SNAPSHOT, 413, _nothing, b"{", HUGE),
    ("POST", SNAPSHOT, 200, _with_snapshot, None, {}),
    ("POST", SNAPSHOT, 400, _nothing, None, BAD),
    ("POST", SNAPSHOT, 404, _nothing, None, {}),
    ("POST", SNAPSHOT, 409, _kept_and_restless, None, {}),
    ("DELETE", SNAPSHOT, 200, _with_snapshot, None, {}),
    ("DELETE", SNAPSHOT, 400, _nothing, None, BAD),
    ("DELETE", SNAPSHOT, 404, _nothing, None, {}),
    ("GET", "/_beanpole/stream", 200, _heard, None, {}),
    ("GET", "/_beanpole/stream", 400, _nothing, None, {"query_string": {"after": "yesterday"}}),
    ("GET", "/_beanpole/stream", 404, _nothing, None, {"query_string": {"environment": "shop-web"}}),
    ("GET", "/_beanpole/stream", 503, _seatless, None, {}),
]


def test_the_document_is_openapi() -> None:
    from openapi_spec_validator import validate  # a third of a second, in each process that collects this file

    validate(document())


def test_every_route_is_in_the_document_and_every_operation_has_a_route(manual: Caller) -> None:
    served = {
        (method, re.sub(r"<(?:path:)?(\w+)>", r"{\1}", rule.rule))
        for rule in manual.client.application.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD"}
        if rule.rule.startswith("/_beanpole/") and not rule.rule.startswith(CONSOLE)
    }
    assert served == set(operations())


def test_the_cases_cover_every_answer_of_the_document() -> None:
    """Answers that no route gives itself are covered by tests/attacks."""
    described = {(*at, int(status)) for at, item in operations().items() for status in item["responses"]}
    assert {(method, path, status) for method, path, status, *_ in CASES} == {
        case for case in described if case[2] not in (401, 403, 415)
    }
    assert {case[:2] for case in described if case[2] == 401} == set(operations()) - {("GET", "/_beanpole/health")}
    for status in (403, 415):
        assert {case[:2] for case in described if case[2] == status} == set(operations())


@pytest.mark.parametrize(("method", "path", "status", "prepare", "body", "more"), CASES)
def test_an_answer_is_as_the_document_says(
    manual: Caller,
    monkeypatch: pytest.MonkeyPatch,
    method: str,
    path: str,
    status: int,
    prepare: Prepare,
    body: object,
    more: dict[str, Any],
) -> None:
    prepare(manual, monkeypatch)
    manual.request(method, path.format(**NAMES), body, status, **more)


@pytest.mark.parametrize(("method", "path"), operations())
def test_every_route_but_health_needs_the_token(guarded: Callable[[str], Caller], method: str, path: str) -> None:
    caller = guarded("bean")
    path = path.format(**NAMES)
    if path.endswith("/health"):
        caller.request(method, path)
        return
    caller.request(method, path, status=401)
    caller.request(method, path, status=401, headers={"X-Beanpole-Token": "pea"})
    for headers in ({"X-Beanpole-Token": "bean"}, {"Authorization": "Bearer bean"}):
        assert caller.send(method, path, headers=headers).status_code != 401
