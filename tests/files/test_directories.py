"""The directory of a bundle: the names, kinds and modes that unzip gives its members, and where unzip ends badly."""

import shutil
import subprocess
import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archives import DOS, archived, member, zipped, zipped_links
from beanpole.files.bundle import archive, members, names
from beanpole.files.bundle.archive import SourceBundle
from beanpole.files.object_store import Shelf
from beanpole.model.bundles.directory import Entry


def encrypted_archive(name: str) -> bytes:
    """An archive whose member says that it is encrypted."""
    content = bytearray(archived((name, b"x" * 20)))
    content[6] |= 1
    content[content.rindex(b"PK\1\2") + 8] |= 1
    return bytes(content)


def read(content: bytes, key: str = "v1.zip") -> SourceBundle:
    return archive.read(key, BytesIO(content))


def listing(content: bytes) -> list[tuple[str, str, int]]:
    return [(entry.path, entry.kind, entry.mode) for entry in read(content).bundle.directory.entries]


@pytest.mark.parametrize(
    ("info", "entry"),
    [
        (member("a/b.txt"), ("a/b.txt", "file", 0o644)),
        (member("run.sh", 0o100755), ("run.sh", "file", 0o755)),
        (member("private", 0o100600), ("private", "file", 0o600)),
        (member("suid", 0o104755), ("suid", "file", 0o755)),
        (member("a/", 0o40755), ("a", "folder", 0o755)),
        (member("a/", 0o40000), ("a", "folder", 0o755)),
        (member("a", 0o100000), ("a", "file", 0o644)),
        (member("run.bat", 0o100755, DOS), ("run.bat", "file", 0o644)),
        (member("./a/./b"), ("a/b", "file", 0o644)),
        (member("a//b"), ("a/b", "file", 0o644)),
        (member("/etc/passwd"), ("etc/passwd", "file", 0o644)),
        (member("../../x"), ("x", "file", 0o644)),
        (member("a/../x"), ("a/x", "file", 0o644)),
        (member("a\\b.html", host=DOS), ("a/b.html", "file", 0o644)),
        (member("a\nb\x1b[2J\x7f"), ("ab[2J", "file", 0o644)),
        (member("caf\u00e9"), ("caf\u00e9", "file", 0o644)),
    ],
)
def test_a_member_has_the_name_kind_and_mode_that_unzip_gives_it(
    info: zipfile.ZipInfo, entry: tuple[str, str, int]
) -> None:
    assert listing(archived((info, b""))) == [entry]


def test_the_last_of_two_members_of_one_name_counts() -> None:
    with pytest.warns(UserWarning, match="Duplicate name"):
        content = archived(("a", b"1"), ("b", b"2"), ("a", b"333"))
    directory = read(content).bundle.directory
    assert [(entry.path, entry.size) for entry in directory.entries] == [("b", 1), ("a", 3)]


FINE: dict[str, bytes] = {
    "plain": zipped({"app.py": "", "static/a.css": ""}),
    "stored": archived(("app.py", b"x")),
    "a folder of its own": archived((member("a/", 0o40755), b""), ("a/b", b"")),
    "what extracts itself": b"#!/bin/sh\nexit\n" + zipped({"app.py": ""}),
    "trailing bytes": zipped({"app.py": ""}) + b"\0" * 100,
    "a comment": zipped({"app.py": ""})[:-2] + b"\5\0hello",
    "bzip2": archived(("app.py", b"x"), compression=zipfile.ZIP_BZIP2),
    "a link inside": zipped_links({"bin/run": "../lib/run.js", "latest": "v1", "a/b": "./c"}),
    "many folders": zipped({"/".join("abcdefghij" * 20): ""}),
}
BAD: dict[str, tuple[bytes, int, str, bool]] = {  # with unzip's status, the beginning of a line, and what Windows does
    "no archive": (b"no zip", 9, "[/opt/elasticbeanstalk/deployment/app_source_bundle]", True),
    "nothing": (b"", 9, "[/opt/elasticbeanstalk/deployment/app_source_bundle]", True),
    "an archive that is cut": (zipped({"app.py": "x" * 100})[:60], 9, "[/opt", True),
    "an archive of nothing": (zipped({}), 1, "warning [/opt/elasticbeanstalk/deployment/app_source_bundle]", True),
    "backslashes": (
        archived((member("static\\page.html", host=DOS), b"")),
        1,
        "warning:  /opt/elasticbeanstalk/deployment/app_source_bundle appears to use backslashes as path separators",
        False,
    ),
    "a name with a backslash": (zipped({"static\\page.html": ""}), 1, "warning:  /opt/elastic", False),
    "an absolute name": (
        archived((member("/etc/passwd"), b"")),
        1,
        "warning:  stripped absolute path spec from /etc/passwd",
        False,
    ),
    "a name that climbs": (archived((member("../x"), b"")), 1, 'warning:  skipped "../" path', True),
    "a name that climbs within": (archived((member("a/../x"), b"")), 1, 'warning:  skipped "../" path', True),
    "a link to the root": (zipped_links({"a": "/etc/passwd"}), 1, "warning:  link a leads out", True),
    "a link that climbs": (zipped_links({"a/b": "../../x"}), 1, "warning:  link a/b leads out", True),
    "encrypted": (encrypted_archive("a.bin"), 5, "   skipping: a.bin                   unable to get password", True),
    "LZMA": (archived(("a", b"x"), compression=zipfile.ZIP_LZMA), 81, "   skipping: a", True),
    "a long name": (archived(("x" * 256, b"")), 50, "error:  cannot create /var/app/staging/xxx", True),
    "a file in a file": (
        archived(("a", b""), ("a/b", b"")),
        2,
        "checkdir error:  /var/app/staging/a exists but is not directory",
        True,
    ),
    "a file over a folder": (
        archived(("a/b", b""), ("a", b"")),
        50,
        "error:  cannot delete old /var/app/staging/a",
        True,
    ),
}


@pytest.mark.parametrize("name", FINE)
def test_a_bundle_that_unzip_takes_has_no_problem(name: str) -> None:
    source = read(FINE[name])
    assert (source.contents.unzip, source.bundle.unzip, source.contents.problems) == (None, None, ())


@pytest.mark.parametrize("name", BAD)
def test_what_unzip_does_not_take_is_processed_and_fails_on_the_instances(name: str) -> None:
    content, status, words, on_windows = BAD[name]
    source = read(content)
    unzip = source.contents.unzip
    assert unzip is not None
    assert (unzip.status, unzip.fails_on_windows) == (status, on_windows)
    assert any(line.startswith(words) for line in unzip.words.splitlines())
    assert (source.bundle.unzip, source.contents.problems) == (unzip, ())


@pytest.mark.skipif(shutil.which("unzip") is None, reason="this machine has no unzip")
@pytest.mark.parametrize("name", sorted({*FINE, *BAD} - {"what extracts itself", "a name with a backslash"}))
def test_the_machine_s_own_unzip_agrees(name: str, tmp_path: Path) -> None:
    """But where it is silent about harm, and about what names, modes and links it leaves."""
    (tmp_path / "v1.zip").write_bytes(FINE[name] if name in FINE else BAD[name][0])
    target = tmp_path / "staging"
    ended = subprocess.run(
        ["unzip", "-q", "-o", "v1.zip", "-d", target], cwd=tmp_path, stdin=subprocess.DEVNULL, capture_output=True
    )
    silent = name.startswith(("a name that climbs", "a link "))
    assert ended.returncode == (0 if name in FINE or silent else BAD[name][1])
    if ended.returncode > 1 or silent:
        return
    entries = read((tmp_path / "v1.zip").read_bytes()).bundle.directory.by_path
    assert sorted(str(path.relative_to(target)) for path in target.rglob("*")) == sorted(entries)


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_the_bytes_of_a_member_are_read_by_its_entry(method: int) -> None:
    files = {"a": b"", "b": b"x" * 100_000, "c/d": bytes(range(256)) * 100}
    shelf, content = Shelf(), b"before" + archived(*files.items(), compression=method)
    shelf.write("b", "k", content)
    entries = read(content).bundle.directory.by_path
    assert {path: members.read(shelf, "b", "k", entries[path]) for path in files} == files


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (lambda entry: Entry(entry.path, "file", 0, entry.size, entry.offset + 1, entry.packed, 8), "damaged"),
        (lambda entry: Entry(entry.path, "file", 0, entry.size, 10**12, entry.packed, 8), "damaged"),
        (lambda entry: Entry(entry.path, "file", 0, entry.size, entry.offset, entry.packed // 2, 8), "damaged"),
        (lambda entry: Entry(entry.path, "file", 0, entry.size, entry.offset, entry.packed, 12), "method"),
    ],
)
def test_a_member_that_lies_cannot_be_read(spoil: Callable[[Entry], Entry], why: str) -> None:
    shelf, content = Shelf(), zipped({"a": "".join(map(str, range(5_000)))})
    shelf.write("b", "k", content)
    (entry,) = read(content).bundle.directory.entries
    with pytest.raises(members.Unusable, match=why):
        members.read(shelf, "b", "k", spoil(entry))


def test_of_a_member_that_unpacks_to_gigabytes_no_more_is_fetched_than_shows_it() -> None:
    fetched = []

    class Counting(Shelf):
        def part(self, bucket: str, key: str, start: int, stop: int) -> bytes:
            fetched.append(stop - start)
            return super().part(bucket, key, start, stop)

    shelf, content = Counting(), zipped({"a": bytes(50_000_000)})
    shelf.write("b", "k", content)
    (entry,) = read(content).bundle.directory.entries
    with pytest.raises(members.Unusable, match="too-long"):
        members.read(shelf, "b", "k", entry, most=1_000)
    assert sum(fetched) < 3_000


@given(name=st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=40))
def test_any_name_has_a_place_inside(name: str) -> None:
    content = archived((member(name), b""))
    for entry in read(content).bundle.directory.entries:
        parts = entry.path.split("/")
        assert not {"", ".", ".."} & set(parts)
        assert not any(character < " " or character == "\x7f" for character in entry.path)
        assert "\\" not in entry.path


@pytest.mark.parametrize(
    "path",
    [
        "__MACOSX/app/.ebextensions/._a.config",
        "app/.ebextensions/a.config",
        "node_modules/x/.ebextensions/a.config",
        "app\\.ebextensions\\a.config",
    ],
)
def test_a_broken_configuration_file_in_any_folder_is_told_of(path: str) -> None:
    (problem,) = read(zipped({path: "\0\5\26\7", "app.py": ""})).contents.problems
    assert (problem.what, problem.file) == ("syntax", path.replace("\\", "/"))
    assert problem.yaml == (
        "unacceptable character '\\0' (0x0) special characters are not allowed in \"<reader>\", position 0"
    )
    assert problem.json == "Unexpected character (\\0) at position 0."


def test_a_good_configuration_file_in_another_folder_does_not_count() -> None:
    good = "option_settings: {aws:x: {Y: z}}\ncommands: {a: {command: x}}\nResources: {A: b}"
    source = read(zipped({"app/.ebextensions/a.config": good, "app/.ebextensions/b.config": "Commands: {}"}))
    assert (source.extensions, source.bundle.configuration_files, source.contents.template) == ((), (), None)
    assert [file.file for file in source.contents.skipped] == ["app/.ebextensions/b.config"]


def test_configuration_files_of_windows_are_read() -> None:
    source = read(archived((member(".ebextensions\\a.config", host=DOS), b"option_settings: {aws:x: {Y: z}}")))
    assert [setting.value for setting in source.extensions] == ["z"]


@pytest.mark.parametrize("path", [".ebextensions/a.config", "env.yaml"])
def test_what_must_be_read_and_is_encrypted_is_a_problem_of_the_bundle(path: str) -> None:
    assert [problem.what for problem in read(encrypted_archive(path)).contents.problems] == ["bundle"]


def test_links_that_cannot_be_read_are_taken_as_they_are() -> None:
    content = zipped_links({"a": "b"}).replace(b"PK\3\4", b"PK\3\3")
    assert read(content).contents.unzip is None


def test_a_word_of_unzip_forges_no_line() -> None:
    unzip = read(archived((member("/a\n2026/01/01 [ERROR] forged"), b""))).contents.unzip
    assert unzip is not None
    assert len(unzip.words.splitlines()) == 1


def test_what_is_empty_is_named_so() -> None:
    assert read(zipped({})).contents.unzip == names.EMPTY
