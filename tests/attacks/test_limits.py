"""Every limit of the catalogue holds: what crosses it gets the error, or has the effect, that its row names."""

import io
import json
import socket
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack, closing
from threading import Thread
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import EnvironBuilder

from archives import zipped, zipped_links
from attacks import bundle_crossings, crossings, gateway_crossings, journal_crossings, run_crossings, tier_crossings
from attacks.crossings import REFUSED, bundle_of, call, service
from attacks.instance_crossings import ON_INSTANCES
from beanpole.api import repeats
from beanpole.api.app import create_app
from beanpole.catalog import catalog
from beanpole.command import server, serving
from beanpole.files import instance_files
from beanpole.files.bundle import archive, documents, members
from beanpole.files.bundle.parser_words import Budget, Malformed
from beanpole.files.bundle.remote import open_object
from beanpole.files.object_store import Shelf
from beanpole.model.bundles.bundle import Bundle
from beanpole.model.bundles.directory import Directory, Entry
from beanpole.model.bundles.unzip import Unzip
from beanpole.model.environment.environment import Environment
from beanpole.model.environment.instance import Instance
from beanpole.model.instance.content import Content, text
from beanpole.model.instance.disk import Disk
from beanpole.model.instance.nodes import File, Mount
from beanpole.model.time.clock import Clock
from beanpole.store import replacement
from beanpole.store.bundle_cache import BundleCache
from beanpole.store.connection import embedded
from beanpole.store.fleet_cache import FleetCache, ReadFleetCache
from beanpole.store.instance_files import InstanceFiles
from beanpole.store.store import Store
from beanpole.store.world import World
from beanpole.tables import limits
from beanpole.traffic.instances import Machine, answer
from beanpole.traffic.machines import ContentCache
from beanpole.traffic.requests import Request


@pytest.mark.parametrize("name", REFUSED)
def test_what_crosses_a_limit_is_refused_with_its_error_and_sentence(name: str) -> None:
    error, sentence = REFUSED[name]()
    assert (error, sentence) == (limits.load()[name].error, limits.sentence(name))


def an_index_with_too_many_digits_is_ignored() -> None:
    api = service()
    long = "1" * (limits.most("call_index_digits") + 1)
    tags = {f"Tags.member.{index}.Key": f"k{len(index)}" for index in (long, long[1:])}
    tags |= {name.replace("Key", "Value"): "v" for name in tags}
    answer = call(api, Action="CreateApplication", ApplicationName="shop", **tags)
    arn = answer.get_json()["CreateApplicationResponse"]["CreateApplicationResult"]["Application"]["ApplicationArn"]
    listed = call(api, Action="ListTagsForResource", ResourceArn=arn).get_json()
    (tag,) = listed["ListTagsForResourceResponse"]["ListTagsForResourceResult"]["ResourceTags"]
    assert tag["Key"] == f"k{limits.most('call_index_digits')}"


def named(api: Any, action: str, attempt: int) -> Any:
    """A call that has an id, and says which attempt it is."""
    headers = {"amz-sdk-invocation-id": "one", "amz-sdk-request": f"attempt={attempt}; max=5"}
    return api.post("/", data={"Action": action, "ApplicationName": "shop"}, headers=headers)


def an_answer_is_forgotten() -> None:
    store = Store(embedded(), Clock("manual"))
    api = create_app(store, catalog.load()).test_client()
    assert named(api, "CreateApplication", 1).data == named(api, "CreateApplication", 2).data
    (key,) = store.redis.keys("*:answer:*")
    assert store.redis.ttl(key) == limits.most("remembered_seconds")
    store.redis.expire(key, 0)
    assert named(api, "CreateApplication", 2).status_code == 400


def a_long_answer_is_not_kept() -> None:
    """With a lower limit: no answer to a call that changes something is as long in a small world."""
    api = service()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(repeats, "MOST_KEPT", 100)
        assert named(api, "CreateApplication", 1).status_code == 200
    assert named(api, "CreateApplication", 2).status_code == 400


def the_connection_that_was_idle_the_longest_is_closed() -> None:
    with served() as port, ExitStack() as stack:
        address = ("127.0.0.1", port)
        connections = [
            stack.enter_context(socket.create_connection(address, timeout=10))
            for _ in range(limits.most("connections") + 1)
        ]
        assert connections[0].recv(1) == b""


def a_connection_that_is_idle_for_too_long_is_closed() -> None:
    """With a second in place of the limit."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(server, "TIMEOUT", 1)
        patch.setattr(server, "CLEANUP", 0)
        with served() as port, closing(socket.create_connection(("127.0.0.1", port), timeout=10)) as idle:
            assert idle.recv(1) == b""


class served:
    """A server in this process; its context is the port."""

    def __enter__(self) -> int:
        app = Flask("limits")
        app.add_url_rule("/", "here", lambda: "here")
        self._server = serving.listen(app, "127.0.0.1", 0)
        self._thread = Thread(target=self._server.answer)
        self._thread.start()
        return self._server.address[1]

    def __exit__(self, *_: object) -> None:
        self._server.stop()
        self._thread.join()


def what_an_import_wrote_aside_expires() -> None:
    api = service()
    call(api, Action="CreateApplication", ApplicationName="shop")
    state = api.get("/_beanpole/state").data
    lives: list[int] = []

    def replace(backend: Any, account_id: str, new: Mapping[str, str], dues: object) -> None:
        lives.extend(backend.redis.ttl(key) for key in new)
        write(backend, account_id, new, dues)

    write = replacement.replace
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(replacement, "replace", replace)
        assert api.put("/_beanpole/state", data=state, content_type="application/json").status_code == 200
    assert len(lives) > 3
    assert {limits.most("import_seconds")} == set(lives)


def a_bundle_that_would_fetch_too_much_says_nothing() -> None:
    """The directory of the archive alone is longer than the limit, here lowered to a hundredth."""
    shelf, content = Shelf(), crossings.zipped_names(2_000)
    shelf.write("b", "k.zip", content)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("beanpole.files.bundle.remote.MOST_FETCHED", limits.most("bundle_fetched") // 100)
        read_bundle = archive.read("k.zip", open_object(shelf, "b", "k.zip", len(content)))
    assert read_bundle.contents.unread
    assert read_bundle.bundle.directory.entries == ()


def a_member_that_is_too_long_is_not_shown() -> None:
    shelf, most = Shelf(), limits.most("bundle_member")
    for size in (most, most + 1):
        content = zipped({"a": bytes(size)})
        shelf.write("b", "k.zip", content)
        (entry,) = archive.read("k.zip", io.BytesIO(content)).bundle.directory.entries
        if size == most:
            assert len(members.read(shelf, "b", "k.zip", entry)) == most
        else:
            with pytest.raises(members.Unusable, match="too-long"):
                members.read(shelf, "b", "k.zip", entry)


def the_first_links_are_looked_at() -> None:
    def unzip(before: int) -> Unzip | None:
        links = {f"l{number}": "x" for number in range(before)} | {"out": "/etc/passwd"}
        return archive.read("k.zip", io.BytesIO(zipped_links(links))).contents.unzip

    assert unzip(limits.most("bundle_links")) is None
    assert unzip(limits.most("bundle_links") - 1) is not None


def the_first_lines_of_unzip_are_kept() -> None:
    names = {f"/{number}": b"" for number in range(limits.most("unzip_lines") + 5)}
    unzip = archive.read("k.zip", io.BytesIO(zipped(names))).contents.unzip
    assert unzip is not None
    assert len(unzip.words.splitlines()) == limits.most("unzip_lines")


def the_bundle_that_was_used_the_longest_ago_is_read_again() -> None:
    cache, entry = BundleCache(), Entry("a", "file", 0o644, 0, 0, 0, 0)
    half = Directory((entry,) * (limits.most("cached_entries") // 2 - 1))
    for digest in ("first", "second"):
        cache.keep(Bundle(digest, 0, half))
    assert cache.get("first") is not None
    cache.keep(Bundle("third", 0))
    assert cache.get("second") is None
    assert cache.get("first") is not None


def a_long_number_stays_a_text() -> None:
    most = limits.most("document_digits")
    document = documents.load(b"a: " + b"1" * most + b"\nb: " + b"1" * (most + 1))
    assert [isinstance(document[key], documents.Scalar) for key in "ab"] == [True, False]


def a_long_version_of_a_dockerrun_is_cut() -> None:
    most = limits.most("dockerrun_version")
    bundle = bundle_of({"Dockerrun.aws.json": b'{"AWSEBDockerrunVersion": "%s"}' % (b"x" * (most + 1))})
    assert bundle.contents.dockerrun is not None
    assert bundle.contents.dockerrun.version == "x" * most


def containers_of(names: Iterable[str]) -> tuple[str, ...]:
    """The names of containers that are read from a Dockerrun.aws.json with those."""
    document = {"containerDefinitions": [{"name": name} for name in names]}
    parsed = bundle_of({"Dockerrun.aws.json": json.dumps(document).encode()}).contents.dockerrun
    assert parsed is not None
    return parsed.containers


def a_long_name_of_a_container_is_cut() -> None:
    most = limits.most("dockerrun_container")
    assert containers_of(["x" * most, "y" * (most + 1)]) == ("x" * most, "y" * most)


def the_first_containers_are_named() -> None:
    names = tuple(f"c{number}" for number in range(limits.most("dockerrun_containers") + 1))
    assert containers_of(names[:-1]) == containers_of(names) == names[:-1]


def the_words_for_a_long_document_are_those_of_the_fast_parser() -> None:
    def words(letters: int) -> str:
        with pytest.raises(Malformed) as caught:
            documents.load(b"#" + b"x" * letters + b"\na: b: c")
        return caught.value.yaml

    assert "are not allowed here" in words(limits.most("explained_document") - 20)
    assert "are not allowed in this context" in words(limits.most("explained_document"))


def the_words_of_many_documents_are_those_of_the_fast_parser() -> None:
    budget, lines = Budget(), []
    content = b"#" + b"x" * 4_000 + b"\na: b: c"
    for _ in range(limits.most("explained_bundle") // len(content) + 1):
        with pytest.raises(Malformed) as caught:
            documents.load(content, budget)
        lines.append("are not allowed here" in caught.value.yaml)
    assert lines == [True] * (len(lines) - 1) + [False]


def a_long_text_of_a_definition_is_cut() -> None:
    most = limits.most("platform_definition_text")
    text = f"version: '1.0'\nprovisioner: {{type: packer, template: {'x' * (most + 1)}}}"
    assert f"'{'x' * most}'" in crossings.definition(text.encode())()[1]


def the_fleet_that_was_cached_first_is_read_again() -> None:
    cache, half = FleetCache(), range(limits.most("cached_instances") // 2)
    first, second, third = (
        SimpleNamespace(account_id="a", region="r", id=id_, generation=1) for id_ in ("first", "second", "third")
    )
    for environment, fleet in ((first, half), (second, half), (third, range(1))):
        cache.keep(environment, 1, fleet)  # type: ignore[arg-type]  # the length of a fleet is all that counts
    assert cache.take(first) is None  # type: ignore[arg-type]
    assert cache.take(second) == half  # type: ignore[arg-type]
    read = ReadFleetCache()
    for environment, fleet in ((first, half), (second, half), (third, range(1))):
        read.keep(environment, tuple(fleet))  # type: ignore[arg-type]
    assert (read.get(first), read.get(second)) == (None, tuple(half))  # type: ignore[arg-type]


def a_body_that_is_too_large_for_the_proxy_is_refused() -> None:
    environ = EnvironBuilder("/", method="POST").get_environ()
    machine = Machine(Environment("e-1", "blue", "shop", "", None, "", 0, 0, "", ""), Instance("i-1", 0, "group"))
    environ["CONTENT_LENGTH"] = str(limits.most("traffic_body") + 1)
    answered = answer(machine, Request(environ, "/"))
    assert answered.code == 413
    assert "too large body" in (answered.note or "")


def a_long_hook_is_recorded() -> None:
    most, path = limits.most("bundle_hook"), ".platform/hooks/predeploy/%d.sh"
    read_bundle = bundle_of({path % 1: b"#" * most, path % 2: b"#" * (most + 1)})
    assert [name for name, _ in read_bundle.bundle.hook_texts] == [path % 1]


def hooks_beyond_a_bound_are_recorded() -> None:
    size, path = limits.most("bundle_hook"), ".platform/hooks/predeploy/%03d.sh"
    whole = limits.most("bundle_hooks") // size
    read_bundle = bundle_of({path % number: b"#" * size for number in range(whole + 1)})
    assert [name for name, _ in read_bundle.bundle.hook_texts] == [path % number for number in range(whole)]


def files_of(disk: Disk, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The answers of the route of files on an instance with a disk."""
    api = service()
    call(api, Action="CreateApplication", ApplicationName="shop")
    stack = next(stack.name for stack in catalog.load().platforms.stacks if "Python" in (stack.name or ""))
    call(api, Action="CreateEnvironment", ApplicationName="shop", EnvironmentName="blue", SolutionStackName=stack)
    monkeypatch.setattr(World, "fleet", lambda *_: {"i-1": Instance("i-1", 0, "group", disk=disk.digest)})
    monkeypatch.setattr(InstanceFiles, "get", lambda *_: disk.encoded)
    return lambda path: api.get(f"/_beanpole/environments/blue/instances/i-1/files/{path}").get_json()


def a_long_file_of_an_instance_is_not_shown() -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(instance_files, "MOST_BYTES", 3)
        page = files_of(Disk((("/page", File(text(b"page"))),)), patch)("page")
    assert "it has more than 3 bytes" in page["detail"]


def the_first_names_of_a_folder_are_listed() -> None:
    most = limits.most("listed_files")
    entries = tuple(Entry(f"f{number:06}", "file", 0o644, 0, 0, 0, 0) for number in range(most + 1))
    bundle = Bundle("d", 0, Directory(entries))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(World, "bundle", lambda *_: bundle)
        page = files_of(Disk((("/many", Mount("d")),)), patch)("many")
    assert (len(page["entries"]), page["is_cut"]) == (most, True)


def the_content_that_was_served_the_longest_ago_is_read_again() -> None:
    cache, size = ContentCache(), limits.most("cached_content") // 8
    read: list[Content] = []

    def render(content: Content) -> bytes:
        read.append(content)
        return bytes(size)

    contents = [text(str(number).encode()) for number in range(9)]
    for content in (*contents[:8], contents[0], *contents[1:], contents[0], contents[1]):
        cache.read(content, render)
    assert read == [*contents, contents[0], contents[1]]


HAD: Mapping[str, Callable[[], None]] = {
    **ON_INSTANCES,
    **bundle_crossings.HAD,
    **gateway_crossings.HAD,
    **journal_crossings.HAD,
    **run_crossings.HAD,
    **tier_crossings.HAD,
    "call_index_digits": an_index_with_too_many_digits_is_ignored,
    "remembered_seconds": an_answer_is_forgotten,
    "remembered_answer": a_long_answer_is_not_kept,
    "connections": the_connection_that_was_idle_the_longest_is_closed,
    "idle_seconds": a_connection_that_is_idle_for_too_long_is_closed,
    "import_seconds": what_an_import_wrote_aside_expires,
    "bundle_fetched": a_bundle_that_would_fetch_too_much_says_nothing,
    "bundle_member": a_member_that_is_too_long_is_not_shown,
    "bundle_links": the_first_links_are_looked_at,
    "unzip_lines": the_first_lines_of_unzip_are_kept,
    "cached_entries": the_bundle_that_was_used_the_longest_ago_is_read_again,
    "document_digits": a_long_number_stays_a_text,
    "dockerrun_version": a_long_version_of_a_dockerrun_is_cut,
    "dockerrun_container": a_long_name_of_a_container_is_cut,
    "dockerrun_containers": the_first_containers_are_named,
    "bundle_hook": a_long_hook_is_recorded,
    "bundle_hooks": hooks_beyond_a_bound_are_recorded,
    "explained_document": the_words_for_a_long_document_are_those_of_the_fast_parser,
    "explained_bundle": the_words_of_many_documents_are_those_of_the_fast_parser,
    "platform_definition_text": a_long_text_of_a_definition_is_cut,
    "listed_files": the_first_names_of_a_folder_are_listed,
    "instance_file": a_long_file_of_an_instance_is_not_shown,
    "cached_content": the_content_that_was_served_the_longest_ago_is_read_again,
    "traffic_body": a_body_that_is_too_large_for_the_proxy_is_refused,
    "cached_instances": the_fleet_that_was_cached_first_is_read_again,
}


@pytest.mark.parametrize("name", HAD)
def test_what_crosses_a_limit_has_its_effect(name: str) -> None:
    assert limits.load()[name].effect
    HAD[name]()


def test_every_limit_is_crossed() -> None:
    assert set(REFUSED) | set(HAD) == set(limits.load())
    assert all(limits.load()[name].sentence for name in REFUSED)
    assert not any(limits.load()[name].sentence for name in HAD)
