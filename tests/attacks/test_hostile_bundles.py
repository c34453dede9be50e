"""A source bundle that means harm costs little time and little memory, and others are answered meanwhile."""

import os
import subprocess
import sys
from io import BytesIO

import pytest

from attacks.hostile import BUNDLES
from beanpole.files.bundle import archive
from beanpole.model.bundles.bundle import Bundle
from beanpole.store import codec
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
    slow = slowness()
    assert seconds < SECONDS * slow
    assert megabytes < MEGABYTES
    assert milliseconds < MILLISECONDS * slow
