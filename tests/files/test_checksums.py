"""Members of an archive whose bytes are damaged, as unzip finds them on an instance."""

from io import BytesIO

import pytest

from archives import zipped
from beanpole.files.bundle import archive
from beanpole.files.bundle.names import STAGING

BUNDLE = zipped({"a.py": "print(1)\n", "x.txt": "hello world " * 9})
LOCAL = BUNDLE.find(b"x.txt") - 30
CENTRAL = BUNDLE.rfind(b"x.txt") - 46


def changed(at: int, byte: int) -> bytes:
    return BUNDLE[:at] + bytes([byte]) + BUNDLE[at + 1 :]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (BUNDLE, None),
        (changed(LOCAL + 14, BUNDLE[LOCAL + 14] ^ 0xFF), "  bad CRC "),
        (changed(LOCAL + 22, 5), None),
        (changed(CENTRAL + 16, BUNDLE[CENTRAL + 16] ^ 0xFF), None),
        (changed(LOCAL + 35, 0xFF), "  error:  invalid compressed data to inflate"),
        (changed(LOCAL + 18, 9), "  error:  invalid compressed data to inflate"),
        (changed(LOCAL, 0), f"file #2:  bad zipfile offset (local header sig):  {LOCAL}"),
    ],
)
def test_unzip_fails_where_the_bytes_do_not_fit_the_local_header(content: bytes, words: str | None) -> None:
    contents = archive.read("v1.zip", BytesIO(content), "", BytesIO(content)).contents
    assert (contents.unzip is None) == (words is None)
    if words is not None:
        assert contents.unzip is not None
        assert contents.unzip.status == 2
        assert words in contents.unzip.words
        assert contents.unzip.words.startswith((f"  inflating: {STAGING}/x.txt", "file #2:"))
