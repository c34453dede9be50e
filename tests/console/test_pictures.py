"""The pictures of the README are there, and made from the pages as they are."""

import re

from console.pictures import FOLDER, MADE_OF, digest
from house.tree import ROOT

MOST = 250_000  # bytes of a picture


def test_the_pictures_are_made_from_the_pages_as_they_are() -> None:
    assert MADE_OF.read_text(encoding="utf-8").strip() == digest(), "cd tests && python -m console.pictures"


def test_the_readme_shows_pictures_that_are_there_and_no_other_is() -> None:
    named = set(re.findall(r"docs/pictures/([\w-]+\.png)", (ROOT / "README.md").read_text(encoding="utf-8")))
    assert named == {path.name for path in FOLDER.glob("*.png")}
    assert len(named) == 3
    assert all((FOLDER / name).stat().st_size < MOST for name in named)
