"""A source bundle that means harm costs little time and little memory, and others are answered meanwhile."""

import os
import subprocess
import sys
from io import BytesIO
from time import thread_time

import pytest

from attacks.hostile import BUNDLES
from beanpole.files.bundle import archive
from beanpole.store import codec
from house.tree import ROOT

SMALL, LARGE = 3_000, 100_000
SECONDS, MEGABYTES, MILLISECONDS = 5, 100, 250


@pytest.mark.parametrize("name", BUNDLES)
def test_a_small_one_is_read_and_kept_at_once(name: str) -> None:
    """In the processor's time, which other processes on the machine do not spend."""
    content = BUNDLES[name](SMALL)
    begun = thread_time()
    found = archive.read("v1.zip", BytesIO(content), "0" * 64)
    kept = codec.encode_bundle(found.bundle)
    assert thread_time() - begun < 1
    assert codec.decode_bundle(kept) == found.bundle
    assert len(kept) < 400_000
    for entry in found.bundle.directory.entries:
        assert not {"", ".", ".."} & set(entry.path.split("/"))
        assert not any(character < " " for character in entry.path)


@pytest.mark.merge
@pytest.mark.parametrize("name", BUNDLES)
def test_a_large_one_costs_little_and_holds_nobody_up(name: str) -> None:
    size = 32_000 if name == "bad files" else LARGE
    paths = os.pathsep.join((str(ROOT / "tests"), *sys.path))
    ended = subprocess.run(
        [sys.executable, "-m", "attacks.hostile"],
        input=BUNDLES[name](size),
        capture_output=True,
        check=True,
        env={**os.environ, "PYTHONPATH": paths},
    )
    seconds, megabytes, milliseconds = map(float, ended.stdout.split())
    assert seconds < SECONDS
    assert megabytes < MEGABYTES
    assert milliseconds < MILLISECONDS
