"""What deployments put onto disks, over HTTP and through the route of an instance's files."""

import json
import zipfile
from io import BytesIO
from typing import Any

import pytest
from werkzeug.test import Client

from archives import zipped_links
from beanpole.files import instance_files
from beanpole.tables import limits
from beanpole.testing import ACCOUNT, Beanstalk
from traffic import visits
from traffic.applications import add_version, bundle, launch
from traffic.visits import HOST, get, in_service

FULL = HOST.format("blue")


@pytest.fixture
def blue(beanstalk_with_objects: Beanstalk) -> Beanstalk:
    """A world in which v1 runs on two instances."""
    launch(beanstalk_with_objects, bundle("v1"))
    return beanstalk_with_objects


def files(world: Beanstalk, instance: str, path: str = "", status: int = 200) -> Any:
    """The answer of the route of files."""
    answer = world.app.test_client().get(
        f"/_beanpole/environments/blue/instances/{instance}/files/{path}?account={ACCOUNT}"
    )
    assert answer.status_code == status, answer.text
    return answer


def names(world: Beanstalk, instance: str, path: str) -> dict[str, dict[str, Any]]:
    return {entry["name"]: entry for entry in files(world, instance, path).get_json()["entries"]}


def test_the_page_is_the_one_that_container_commands_left(blue: Beanstalk) -> None:
    for _ in range(2):
        answer = get(blue, FULL)
        assert (answer.status_code, answer.text) == (200, "<h1>Hello, v1</h1>\n")
        assert answer.headers["X-Beanpole-Version"] == "v1"
    assert get(blue, FULL, "/static/style.css").text == "body { color: green }"
    assert "web: gunicorn --bind :8000 app:app\nworker: work" in get(blue, FULL, "/orders").text
    assert "secret" not in get(blue, FULL, "/app.py").text


def test_a_new_version_is_seen_as_soon_as_its_instances_serve(blue: Beanstalk) -> None:
    add_version(blue, "v2", bundle("v2"))
    blue.client.update_environment(EnvironmentName="blue", VersionLabel="v2")
    pages = {get(blue, FULL).text}
    while blue.client.describe_environments()["Environments"][0]["Status"] != "Ready":
        blue.advance(60)
        pages |= {get(blue, FULL).text for _ in range(3)}
    assert pages == {"<h1>Hello, v1</h1>\n", "<h1>Hello, v2</h1>\n"}
    assert {get(blue, FULL).text for _ in range(3)} == {"<h1>Hello, v2</h1>\n"}


def test_a_bundle_that_is_changed_in_its_bucket_changes_nothing(blue: Beanstalk) -> None:
    blue.objects.delete("bundles", "v1")
    assert get(blue, FULL).text == "<h1>Hello, v1</h1>\n"
    blue.objects.write("bundles", "v1", bundle("v9"))
    assert get(blue, FULL, "/static/style.css").text == "body { color: green }"


def test_the_disk_of_each_instance_is_shown(blue: Beanstalk) -> None:
    migrated = 0
    for instance in in_service(blue):
        assert names(blue, instance, "home/ec2-user")["hello_world.txt"]["size"] == 0
        current = names(blue, instance, "var/app/current")
        assert {"index.html", "app.py", "static", ".ebextensions"} <= set(current)
        assert (current["static"]["kind"], current["app.py"]["kind"]) == ("folder", "file")
        assert (current["app.py"]["owner"], current["app.py"]["size"]) == ("webapp", 6)
        migrated += "migration.txt" in current
        text = files(blue, instance, "var/app/current/index.html")
        assert (text.text, text.content_type) == ("<h1>Hello, v1</h1>\n", "text/plain; charset=utf-8")
        data = files(blue, instance, "var/app/current/data.bin")
        assert (data.data, data.content_type) == (b"\xff\0\xfe", "application/octet-stream")
        assert data.headers["X-Content-Type-Options"] == "nosniff"
        assert "var" in names(blue, instance, "")
    assert migrated == 1


def test_what_is_not_there_is_told(blue: Beanstalk) -> None:
    instance = min(in_service(blue))
    assert "Nothing is known to be at /var/none" in files(blue, instance, "var/none", 404).text
    assert "no instance i-1 in blue" in files(blue, "i-1", "", 404).text
    for path in ("var/app/current/%2e%2e/../../etc/passwd/x", "%00", "a" * 300, "a/" * 3000):
        files(blue, instance, path, 404)


def test_without_an_object_store_an_instance_has_no_disk(beanstalk: Beanstalk) -> None:
    visits.launch(beanstalk)
    instance = min(in_service(beanstalk))
    assert f"Nothing of a source bundle is on the disk of {instance}" in files(beanstalk, instance, "", 404).text
    assert "How it starts is not known" in get(beanstalk, FULL).text


def test_a_link_of_a_bundle_is_followed_where_it_stays_within(beanstalk_with_objects: Beanstalk) -> None:
    links = {
        "public/near.txt": "robots.txt",
        "public/up.txt": "../Procfile",
        "public/round.txt": "round.txt",
        "public/dir": "../static",
    }
    packed = zipped_links(links)
    config = "container_commands: {ln: {command: ln -s /etc/passwd public/far.txt}}"
    more = {".ebextensions/ln.config": config}
    merged = _with_files(
        packed, more | {"public/robots.txt": "robots", "Procfile": "web: secret", "static/a.css": "secret"}
    )
    launch(beanstalk_with_objects, merged, 1)
    assert get(beanstalk_with_objects, FULL, "/near.txt").text == "robots"
    for path in ("/up.txt", "/far.txt", "/round.txt", "/dir/a.css"):
        answer = get(beanstalk_with_objects, FULL, path)
        assert "No file is served at" in answer.text
    (instance,) = in_service(beanstalk_with_objects)
    entries = names(beanstalk_with_objects, instance, "var/app/current/public")
    assert (entries["far.txt"]["kind"], entries["far.txt"]["target"]) == ("link", "/etc/passwd")
    assert (entries["up.txt"]["kind"], entries["up.txt"]["target"]) == ("link", "../Procfile")
    assert files(beanstalk_with_objects, instance, "var/app/current/public/up.txt").text == "web: secret"


def _with_files(archive: bytes, files: dict[str, str]) -> bytes:
    packed = BytesIO(archive)
    with zipfile.ZipFile(packed, "a") as whole:
        for name, content in files.items():
            whole.writestr(name, content)
    return packed.getvalue()


def test_content_that_nobody_knows_is_not_shown(beanstalk_with_objects: Beanstalk) -> None:
    config = {
        "files": {"/var/app/current/x.html": {"source": "https://elsewhere/x"}, "/opt/y": {"source": "https://e/y"}}
    }
    launch(beanstalk_with_objects, bundle("v1", **{".ebextensions/x.config": json.dumps(config)}), 1)
    (instance,) = in_service(beanstalk_with_objects)
    assert "nobody knows its content" in files(beanstalk_with_objects, instance, "opt/y", 409).text


def test_a_bundle_that_is_lost_is_an_error_that_says_so(blue: Beanstalk) -> None:
    for key in blue.objects.keys(f"elasticbeanstalk-us-east-1-{ACCOUNT}", "resources/_runtime/"):
        blue.objects.delete(f"elasticbeanstalk-us-east-1-{ACCOUNT}", key)
    answer = get(blue, FULL, "/static/style.css")
    assert answer.status_code == 500
    instance = min(in_service(blue))
    text = files(blue, instance, "var/app/current/static/style.css", 409).text
    assert "its source bundle cannot be read: Not Found" in text


def test_files_that_are_served_again_are_read_once(blue: Beanstalk, monkeypatch: pytest.MonkeyPatch) -> None:
    first = get(blue, FULL)
    monkeypatch.setattr(blue.objects, "part", lambda *_: pytest.fail("the bundle is read again"))
    assert {get(blue, FULL).data for _ in range(4)} == {first.data}


def test_a_file_beyond_the_bound_is_not_served(blue: Beanstalk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(instance_files, "MOST_BYTES", 5)
    answer = get(blue, FULL)
    assert answer.status_code == 500
    assert limits.load()["instance_file"].effect
    (instance, *_) = sorted(in_service(blue))
    assert "it has more than 5 bytes" in files(blue, instance, "var/app/current/index.html", 409).text


def test_a_range_and_a_head_of_a_page(blue: Beanstalk) -> None:
    client = Client(blue.app)
    part = get(blue, FULL, client=client, headers={"Range": "bytes=4-8"})
    assert (part.status_code, part.data, part.headers["Content-Range"]) == (206, b"Hello", "bytes 4-8/19")
    head = get(blue, FULL, client=client, method="HEAD")
    assert (head.status_code, head.data, head.headers["Content-Length"]) == (200, b"", "19")
    answers = [get(blue, FULL, client=client, headers={"If-None-Match": head.headers["ETag"]}) for _ in range(2)]
    by_instance = {answer.headers["X-Beanpole-Instance"]: answer for answer in answers}
    again = by_instance[head.headers["X-Beanpole-Instance"]]  # another one has a file of its own, with another ETag
    assert (again.status_code, again.data, "Content-Length" in again.headers) == (304, b"", False)
