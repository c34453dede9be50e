"""A source bundle that means harm costs little time and little memory, and others are answered meanwhile."""

import os
import sys
import zipfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest

from archives import LINK, alike, archived, member
from attacks.hostile import BUNDLES
from beanpole.files.bundle import archive
from beanpole.model.bundles.bundle import Bundle
from beanpole.store import codec
from forked import Forked, Kind
from house.tree import ROOT
from promptness import assert_prompt, slowness

SMALL, LARGE = 3_000, 100_000
SECONDS, MEGABYTES, MILLISECONDS = 5, 100, 250


@pytest.mark.parametrize("name", BUNDLES)
def test_a_small_one_is_read_and_kept_at_once(name: str) -> None:
    content = BUNDLES[name](SMALL)

    def read() -> tuple[Bundle, bytes]:
        bundle = archive.read("v1.zip", BytesIO(content), "0" * 64).bundle
        return bundle, codec.encode_bundle(bundle)

    bundle, bounds = assert_prompt(read, 1)
    assert codec.decode_bundle(bounds) == bundle
    assert len(bounds) < 400_000
    for entry in bundle.directory.entries:
        assert not {"", ".", ".."} & set(entry.path.split("/"))
        assert not any(character < " " for character in entry.path)


@pytest.fixture(scope="module")
def costs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Forked]:
    """Processes that have a world, and take a bundle."""
    packages = [ROOT / "tests", *map(Path, sys.path)]
    with Forked(
        Kind("cost", packages, "attacks.cost_of_bundle:main", haste=1), tmp_path_factory.mktemp("home")
    ) as forked:
        yield forked


@pytest.mark.merge
@pytest.mark.parametrize("name", BUNDLES)
def test_a_large_one_costs_little_and_holds_nobody_up(name: str, costs: Forked, tmp_path: Path) -> None:
    size = 32_000 if name == "bad files" else LARGE
    bundle, printed = tmp_path / "bundle.zip", tmp_path / "printed"
    bundle.write_bytes(BUNDLES[name](size))
    with bundle.open("rb") as content, printed.open("wb") as output:
        _, ended = costs.begin([], str(tmp_path), os.environ, [content.fileno(), output.fileno(), output.fileno()])
        with ended:
            assert ended.recv(16) == b"0", printed.read_text()
    seconds, megabytes, milliseconds = map(float, printed.read_text().split())
    slow = slowness()
    assert seconds < SECONDS * slow
    assert megabytes < MEGABYTES
    assert milliseconds < MILLISECONDS * slow


@pytest.mark.parametrize("size", [2, pytest.param(zipfile.ZIP_FILECOUNT_LIMIT + 1, marks=pytest.mark.merge)])
def test_members_that_are_alike_are_written_as_any_are(size: int) -> None:
    """The bundles above are those that the standard library writes."""
    names, content = [f"{number}\u202e" if number % 2 else f"{number}" for number in range(size)], b"true" * 9
    assert alike(names, content, LINK) == archived(*((member(name, LINK), content) for name in names))
    packed = alike(names[:2], content, compression=zipfile.ZIP_DEFLATED)
    members = ((member(name), content) for name in names[:2])
    assert packed == archived(*members, compression=zipfile.ZIP_DEFLATED)
