"""The files that pages load: read once, compressed once, under an address that changes with their content."""

from gzip import compress
from hashlib import sha256
from importlib.resources import files

from msgspec import Struct

_TYPES = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
    "txt": "text/plain; charset=utf-8",
}


class Asset(Struct, frozen=True):
    """One file, as it is and compressed."""

    content_type: str
    body: bytes
    packed: bytes


class Assets:
    """All files; `digest` stands for the content of them together, so modules import each other by relative names."""

    def __init__(self) -> None:
        folder = files("beanpole.console").joinpath("static")
        bodies = {path.name: path.read_bytes() for path in folder.iterdir() if path.name.rpartition(".")[2] in _TYPES}
        whole = sha256(b"".join(name.encode() + sha256(bodies[name]).digest() for name in sorted(bodies)))
        self.digest = whole.hexdigest()[:12]
        self.modules = tuple(name for name in sorted(bodies) if name.endswith(".js"))
        self._bodies = bodies
        self._made: dict[str, Asset] = {}

    def find(self, name: str) -> Asset | None:
        """The file of that name."""
        body = self._bodies.get(name)
        if body is None:
            return None
        asset = self._made.get(name)
        if asset is None:
            asset = Asset(_TYPES[name.rpartition(".")[2]], body, pack(body))
            self._made[name] = asset
        return asset


def pack(body: bytes) -> bytes:
    """The same bytes each time: without the present instant that gzip notes by default.

    Level 6 takes half the time of 9 for a table, and makes it a hundredth larger.
    """
    return compress(body, 6, mtime=0)
