"""Disks of instances: what they show above bundles and the machine image, and the laws of the value."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beanpole.model.bundles.directory import Directory, Entry
from beanpole.model.instance import content, disk, substitution
from beanpole.model.instance.content import Download, Edited, Member, Original, Text, text
from beanpole.model.instance.machine_image import Unknown
from beanpole.model.instance.nodes import Absent, File, Folder, Mount, Symlink
from beanpole.model.instance.substitution import Substitution
from beanpole.model.instance.tree import NO_SUCH, TOO_MANY_LINKS, FileSystemError, Tree, fresh
from examples import examples

BUNDLE = Directory(
    (
        Entry("index.html", "file", 0o644, 5, 0, 5, 0),
        Entry("public/logo.png", "file", 0o664, 900, 50, 900, 0),
        Entry("public/old/a.txt", "file", 0o600, 1, 60, 1, 0),
        Entry("empty", "file", 0o644, 0, 0, 0, 0),
        Entry("latest", "link", 0o777, 6, 90, 6, 0),
        Entry("logo", "link", 0o777, 6, 90, 6, 0),
    ),
    (("logo", "public/logo.png"),),
)
APP = "/var/app/current"


def deployed() -> Tree:
    return fresh({"d1": BUNDLE}.get).put(APP, Mount("d1"))


def test_a_mounted_bundle_is_seen_without_a_byte_of_it() -> None:
    tree = deployed()
    assert tree.look(f"{APP}/public/logo.png") == File(
        (Member("d1", "public/logo.png", 900),), 0o664, "webapp", "webapp"
    )
    assert tree.look(f"{APP}/empty") == File((), 0o644, "webapp", "webapp")
    assert tree.look(f"{APP}/public/old/../../none") is None
    assert tree.names(APP) == ("empty", "index.html", "latest", "logo", "public")
    assert tree.names("/var/app") == ("current",)
    assert tree.at(f"{APP}/latest") == Symlink(None, "webapp", "webapp")
    assert tree.look(f"{APP}/latest") is None
    assert tree.look(f"{APP}/logo") == tree.look(f"{APP}/public/logo.png")
    with pytest.raises(Unknown):
        tree.real(f"{APP}/latest/x")


def test_a_change_is_seen_and_leaves_the_other_tree_as_it_was() -> None:
    before = deployed()
    after = before.put(f"{APP}/index.html", File(text(b"new"))).without(f"{APP}/public/old")
    assert after.look(f"{APP}/index.html") == File(text(b"new"))
    assert after.names(f"{APP}/public") == ("logo.png",)
    assert after.look(f"{APP}/public/old/a.txt") is None
    assert before.names(f"{APP}/public") == ("logo.png", "old")


def test_what_was_put_and_removed_again_leaves_nothing() -> None:
    tree = deployed()
    assert tree.put(f"{APP}/x", Folder()).put(f"{APP}/x/y", File()).without(f"{APP}/x") == tree
    assert tree.without(f"{APP}/empty").disk.by_path[f"{APP}/empty"] == Absent()


def test_a_folder_that_takes_the_place_of_one_hides_what_that_held() -> None:
    tree = deployed().without(f"{APP}/public").put(f"{APP}/public", Folder())
    assert tree.names(f"{APP}/public") == ()
    assert tree.look(f"{APP}/public/logo.png") is None


def test_a_folder_moves_with_all_that_was_changed_in_it() -> None:
    tree = deployed().put(f"{APP}/public/new", File(text(b"n"))).without(f"{APP}/public/old")
    tree = tree.moved(f"{APP}/public", "/srv/public")
    assert tree.names("/srv/public") == ("logo.png", "new")
    assert tree.look("/srv/public/logo.png") == File((Member("d1", "public/logo.png", 900),), 0o664, "webapp", "webapp")
    assert tree.look(f"{APP}/public") is None


def test_a_copy_belongs_to_root_and_loses_the_bits_of_the_umask() -> None:
    tree = deployed().copied(f"{APP}/public", "/srv/public", owned=False)
    assert tree.look("/srv/public/logo.png") == File((Member("d1", "public/logo.png", 900),), 0o644)
    assert tree.look("/srv/public/old/a.txt") == File((Member("d1", "public/old/a.txt", 1),), 0o600)
    owned = deployed().copied(f"{APP}/public", "/srv/public", owned=True)
    assert owned.look("/srv/public/logo.png") == owned.look(f"{APP}/public/logo.png")


def test_links_are_followed() -> None:
    tree = fresh({}.get).put("/srv/a", Folder()).put("/srv/a/f", File()).put("/srv/l", Symlink("a"))
    tree = tree.put("/tmp/abs", Symlink("/srv/l/f")).put("/tmp/loop", Symlink("loop"))
    assert tree.real("/tmp/abs") == "/srv/a/f"
    assert tree.real("/srv/l/../l/f", follow=False) == "/srv/a/f"
    assert tree.real("/var/run/x") == "/run/x"
    with pytest.raises(FileSystemError, match=TOO_MANY_LINKS):
        tree.real("/tmp/loop")
    with pytest.raises(FileSystemError, match=NO_SUCH):
        tree.real("/srv/none/x")
    assert (tree.look("/tmp/loop"), tree.look("/srv/none/x")) == (None, None)


@pytest.mark.parametrize("path", ["/etc/unheard-of", "/opt/x/y", "/usr/bin/node", "/proc/1/environ"])
def test_what_only_a_machine_could_tell_is_unknown(path: str) -> None:
    with pytest.raises(Unknown):
        fresh({}.get).at(path)
    assert fresh({}.get).known_at(path) is None


@pytest.mark.parametrize("path", ["/data", "/tmp/x", "/home/ec2-user/x", "/var/app/current", "/etc/hosts/x"])
def test_what_a_fresh_instance_does_not_have_is_absent(path: str) -> None:
    assert fresh({}.get).at(path) is None


def test_after_a_program_that_was_recorded_nobody_knows_what_is_absent() -> None:
    tree = deployed().put("/srv/d", Folder()).opened()
    for path in ("/tmp/x", f"{APP}/x", f"{APP}/public/x", "/srv/d/x"):
        with pytest.raises(Unknown):
            tree.at(path)
    assert tree.look(f"{APP}/index.html") is not None
    assert tree.put("/var/app/staging", Mount("d1")).look("/var/app/staging/x") is None


def test_the_bytes_of_a_bundle_that_is_gone_are_unknown() -> None:
    with pytest.raises(Unknown):
        fresh({}.get).put(APP, Mount("gone")).at(f"{APP}/index.html")


SCRIPTS = st.sampled_from(["s/a/b/", "s/a*/xyz/g", r"s/\(.\)b/\1\1/2", "s/$/!/", "s/^/> /"])
PIECES = st.recursive(
    st.binary(min_size=1, max_size=8).map(Text)
    | st.builds(Member, st.sampled_from(["d1", "d2"]), st.just("index.html"), st.integers(1, 9))
    | st.builds(Download, st.just("https://example.com/x"))
    | st.builds(Original, st.just("/etc/hosts")),
    lambda inner: st.builds(
        Edited, st.lists(inner, max_size=2).map(tuple), SCRIPTS.map(lambda script: substitution.parse(script, False))
    ),
    max_leaves=4,
)
CONTENTS = st.lists(PIECES, max_size=4).map(lambda pieces: content.joined(*((piece,) for piece in pieces)))
NAMES = st.sampled_from(["a", "b", "ü", "x y"])
CHANGES = st.one_of(
    st.tuples(st.just("file"), NAMES, CONTENTS),
    st.tuples(st.just("folder"), NAMES, st.none()),
    st.tuples(st.just("gone"), NAMES, st.none()),
)


def tree_after(changes: list[tuple[str, str, content.Content | None]]) -> Tree:
    tree = deployed()
    for kind, name, data in changes:
        path, node = f"{APP}/{name}", Folder() if data is None else File(data)
        tree = tree.without(path) if kind == "gone" else tree.put(path, node)
    return tree


@given(st.lists(CHANGES, max_size=6))
@examples(100)
def test_a_disk_is_what_was_encoded(changes: list[tuple[str, str, content.Content | None]]) -> None:
    encoded = tree_after(changes).disk
    again = disk.decode(encoded.encoded)
    assert (again, again.digest) == (encoded, encoded.digest)
    assert again.weight == encoded.weight


@given(st.lists(CHANGES, max_size=6, unique_by=lambda change: change[1]), st.randoms(use_true_random=False))
@examples(100)
def test_equal_disks_have_equal_digests_whatever_the_order_of_the_changes(
    changes: list[tuple[str, str, content.Content | None]], chance: random.Random
) -> None:
    first = tree_after(changes).disk
    chance.shuffle(changes)
    second = tree_after(changes).disk
    assert (first, first.digest) == (second, second.digest)


@given(CONTENTS, st.integers(0, 40))
@examples(200)
def test_what_is_rendered_is_bounded_and_the_beginning_of_all(pieces: content.Content, most: int) -> None:
    def read(member: Member, most: int) -> bytes:
        return (member.bundle * 9).encode()[: min(member.size, most)]

    whole = content.render(pieces, read, 10_000)
    assert content.render(pieces, read, most) == whole[:most]
    assert len(content.excerpt(pieces, most)) <= most
    bound = content.size(pieces)
    assert bound is None or bound == len(whole)
    assert content.bundles(pieces) <= {"d1", "d2"}


def encoded(path: str, node: File | Folder | Symlink | Mount) -> bytes:
    return disk.disk_of({path: node}, False).encoded


def nested(times: int) -> content.Content:
    script = substitution.parse("s/a/b/", False)
    return (Edited(nested(times - 1), script),) if times else (Member("d1", "a", 1),)


@pytest.mark.parametrize(
    "bytes_",
    [
        b"",
        b"\x91",
        b"\xff",
        b"\x92\x91\x92\xa3abc\x91\xa1a\xc2",
        encoded("srv/a", File()),
        encoded("/srv/../a", File()),
        encoded("/srv//a", File()),
        encoded("/srv/a\0", File()),
        encoded("/srv/a", File(mode=-1)),
        encoded("/srv/a", Folder(mode=1 << 40)),
        encoded("/srv/a", File((Member("d1", "a", -1),))),
        encoded("/srv/a", File(nested(content.MOST_EDITS + 1))),
        encoded("/srv/a", File((Edited((), (Substitution("(", ("x",)),)),))),
        encoded("/srv/a", File((Edited((), (Substitution("a", (1,)),)),))),
        encoded("/srv/a", File((Edited((), (Substitution("a", (-1,)),)),))),
        encoded("/srv/a", File((Edited((), (Substitution("a", ("x",), 0),)),))),
    ],
)
def test_bytes_that_are_no_disk_are_refused(bytes_: bytes) -> None:
    with pytest.raises(ValueError, match="disk"):
        disk.decode(bytes_)


def test_a_disk_beyond_its_bounds_is_refused() -> None:
    many = disk.disk_of({f"/srv/{number}": File() for number in range(disk.MOST_NODES + 9)}, False)
    with pytest.raises(ValueError, match="at most"):
        disk.decode(many.encoded)


def test_a_file_that_sed_has_changed_often_is_still_a_disk() -> None:
    assert disk.decode(encoded("/srv/a", File(nested(content.MOST_EDITS)))).nodes
    assert content.depth(nested(3)) == 3


def test_a_mount_of_what_is_no_folder_shows_nothing() -> None:
    tree = deployed().put("/srv/m", Mount("d1", "none"))
    assert (tree.names("/srv/m"), tree.at("/srv/m/x")) == ((), None)


def test_a_disk_names_the_bundles_that_it_needs() -> None:
    tree = deployed().put("/srv/x", File((Edited((Member("d2", "x", 1),), ()),)))
    assert tree.disk.bundles == {"d1", "d2"}
