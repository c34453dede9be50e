"""The content of a file on an instance, as pieces: texts, and references to bytes that are read on demand.

So a deployment needs no byte of a bundle. Pieces stand one behind the other, as `>>` and `cat` put them together.
"""

from base64 import b64encode
from collections.abc import Callable
from hashlib import sha256

from msgspec import Struct

from beanpole.model.instance import substitution
from beanpole.model.instance.substitution import Substitution

MOST_EDITED = 131_072  # bytes
MOST_EDITS = 8  # of a content that must be read, one after the other


class Text(Struct, frozen=True, array_like=True, tag="t"):
    """Bytes that a command or a configuration file wrote."""

    data: bytes


class Member(Struct, frozen=True, array_like=True, tag="m"):
    """The bytes of a member of the bundle with the digest `bundle`; `size` counts them."""

    bundle: str
    path: str
    size: int


class Download(Struct, frozen=True, array_like=True, tag="d"):
    """The content at a URL, which is unknown, since nothing is downloaded."""

    url: str


class Original(Struct, frozen=True, array_like=True, tag="o"):
    """The former content at a path, from the machine image or a recorded program; it is unknown."""

    path: str


class Edited(Struct, frozen=True, array_like=True, tag="e"):
    """Pieces whose lines `sed` has changed by a script; what is beyond MOST_EDITED bytes is cut."""

    pieces: "tuple[Text | Member | Download | Original | Edited, ...]"
    script: tuple[Substitution, ...]


Piece = Text | Member | Download | Original | Edited
Content = tuple[Piece, ...]
Read = Callable[[Member, int], bytes]  # a member's bytes from its first on, at most so many

EMPTY: Content = ()


def text(data: bytes) -> Content:
    """A content of those bytes."""
    return (Text(data),) if data else EMPTY


def joined(*contents: Content) -> Content:
    """Contents one behind the other; neighbouring texts become one, so that equal contents are equal values."""
    pieces: list[Piece] = []
    for piece in (piece for content in contents for piece in content):
        last = pieces[-1] if pieces else None
        if isinstance(piece, Text) and isinstance(last, Text):
            pieces[-1] = Text(last.data + piece.data)
        else:
            pieces.append(piece)
    return tuple(pieces)


def edited(content: Content, script: tuple[Substitution, ...]) -> Content:
    """A content that `sed` has changed; at once if it consists of texts."""
    plain = data(content)
    return (Edited(content, script),) if plain is None else text(substitution.substituted(plain, script, MOST_EDITED))


def weight(piece: Piece) -> int:
    """The number of bytes that keep a piece, more or less."""
    match piece:
        case Text(data):
            return len(data) + 4
        case Member(path=name) | Download(name) | Original(name):
            return len(name.encode()) + 80
        case Edited(pieces, script):
            return sum(map(weight, pieces)) + sum(len(repr(command)) for command in script)


def data(content: Content) -> bytes | None:
    """The bytes of a content that consists of texts; None for any other."""
    parts = [piece.data for piece in content if isinstance(piece, Text)]
    return b"".join(parts) if len(parts) == len(content) else None


def size(content: Content) -> int | None:
    """The number of bytes, if it is known without reading."""
    sizes = [_size(piece) for piece in content]
    known_sizes = [number for number in sizes if number is not None]
    return sum(known_sizes) if len(known_sizes) == len(sizes) else None


def is_known(content: Content) -> bool:
    """Tell whether all bytes can be read: those of texts and of members of bundles."""
    return all(is_known(piece.pieces) if isinstance(piece, Edited) else _size(piece) is not None for piece in content)


def depth(content: Content) -> int:
    """The number of times that `sed` has changed it, one script after the other."""
    return max((1 + depth(piece.pieces) for piece in content if isinstance(piece, Edited)), default=0)


def check(content: Content, deepest: int = MOST_EDITS) -> None:
    """Raise ValueError for a content that no command would have made, as a disk from elsewhere may have."""
    for piece in content:
        if isinstance(piece, Edited):
            if deepest == 0 or len(piece.script) > substitution.MOST_COMMANDS:
                raise ValueError("a content was changed too often")
            for command in piece.script:
                substitution.check(command)
            check(piece.pieces, deepest - 1)
        elif isinstance(piece, Member) and piece.size < 0:
            raise ValueError("a member of a bundle has a size below 0")


def bundles(content: Content) -> frozenset[str]:
    """The digests of the bundles whose members are referred to."""
    digests: frozenset[str] = frozenset()
    for piece in content:
        if isinstance(piece, Member):
            digests |= {piece.bundle}
        elif isinstance(piece, Edited):
            digests |= bundles(piece.pieces)
    return digests


def render(content: Content, read: Read, most: int) -> bytes:
    """The bytes of a content, at most `most` of them; an unknown piece gives none."""
    parts: list[bytes] = []
    for piece in content:
        if most <= 0:
            break
        part = _rendered(piece, read, most)[:most]
        parts.append(part)
        most -= len(part)
    return b"".join(parts)


def excerpt(content: Content, most: int) -> str:
    """The first characters as a log shows them; of bytes that must be read, where they come from, in brackets."""
    parts: list[str] = []
    for piece in content:
        parts.append(_excerpt(piece, most))
        most -= len(parts[-1])
        if most <= 0:
            break
    return "".join(parts)


def digest(data: bytes) -> str:
    """The first 108 bits of the SHA-256 of bytes, as 18 letters, digits, dots and underscores.

    Each instance keeps two, so they are short; one environment has a few hundred.
    """
    return b64encode(sha256(data).digest(), altchars=b"._")[:18].decode()


def _size(piece: Piece) -> int | None:
    match piece:
        case Text(data):
            return len(data)
        case Member(size=members):
            return members
        case Download() | Original() | Edited():
            return None


def _rendered(piece: Piece, read: Read, most: int) -> bytes:
    match piece:
        case Text(data):
            return data
        case Member():
            return read(piece, most)
        case Download() | Original():
            return b""
        case Edited(pieces, script):
            return substitution.substituted(render(pieces, read, MOST_EDITED), script, MOST_EDITED)


def _excerpt(piece: Piece, most: int) -> str:
    match piece:
        case Text(data):
            return data[: 4 * most].decode(errors="replace")[:most]
        case Member(path=path):
            return f"[the content of {path} in the source bundle]"[:most]
        case Download(url):
            return f"[the content of {url}]"[:most]
        case Original(path):
            return f"[what stood in {path} before]"[:most]
        case Edited(pieces):
            return f"{excerpt(pieces, most)}[changed by sed]"[:most]
