"""The pages of clients: their files, the commands that are run as they are written, and what those must print."""

import re
from pathlib import Path
from typing import NamedTuple

from house.tree import ROOT

FOLDER = ROOT / "docs" / "clients"
ADDRESS = "http://127.0.0.1:5770"
KEY = "AWS_ACCESS_KEY_ID=test"
ACCOUNT = "000000000000"  # that of the key
_PARTS = re.compile(
    r"<!-- file: (?P<file>\S+) -->\n```\w+\n(?P<text>.*?)^```$"
    r"|<!-- run -->\n```sh\n(?P<run>.*?)^```$"
    r"|<!-- prints: (?P<prints>.*?) -->$",
    re.DOTALL | re.MULTILINE,
)


class Page(NamedTuple):
    """Files by name, the script of all its commands, and texts that the script prints."""

    files: dict[str, str]
    script: str
    printed: tuple[str, ...]


def read(name: str, address: str, account: str) -> Page:
    """A page, with the address of a server and the key of an account instead of its own."""
    parts = list(_PARTS.finditer((FOLDER / f"{name}.md").read_text(encoding="utf-8")))
    script = "".join(part["run"] for part in parts if part["run"])
    return Page(
        {part["file"]: part["text"] for part in parts if part["file"]},
        script.replace(ADDRESS, address).replace(KEY, f"AWS_ACCESS_KEY_ID={account}"),
        tuple(part["prints"].replace(ACCOUNT, account) for part in parts if part["prints"]),
    )


def write(page: Page, folder: Path) -> None:
    """Write the files of a page into a folder."""
    for name, text in page.files.items():
        (folder / name).write_text(text, encoding="utf-8")
