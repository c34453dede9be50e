"""Bodies of S3 that are checked while they are read: by the hash in a header, or by a signature for each chunk.

The last piece of a body is returned only if the whole body is right, so no reader ever has a whole wrong body.
"""

import hmac
import re
from collections.abc import Callable, Generator, Iterator
from hashlib import sha256
from typing import Any, Protocol

from beanpole.gateway import signing_errors
from beanpole.gateway.signing_errors import Refused

CHUNKED = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
WITH_TRAILER = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"
PIECE = 1 << 16
_EMPTY = sha256(b"").hexdigest()
_HEAD = re.compile(rb"([0-9a-fA-F]{1,16});chunk-signature=([0-9a-f]{64})")
_TRAILER = re.compile(rb"[!-9;-~]{1,128}:[ -~]{0,512}")
_LINE = 1024  # bytes of the head of a chunk, or of a line of a trailer [I]
_TRAILERS = 16  # lines of a trailer [I]


Steps = Generator[int, bytes, None]  # yields the size that it needs next, and is sent that piece


class Check(Protocol):
    """A check of a body in pieces; both methods raise Refused."""

    def feed(self, data: bytes) -> None: ...
    def end(self) -> None: ...


class ByHash:
    """The check of a body by its SHA-256, in hexadecimal digits."""

    def __init__(self, expected: str) -> None:
        self._expected = expected
        self._hash = sha256()

    def feed(self, data: bytes) -> None:
        """Add a piece to the hash."""
        self._hash.update(data)

    def end(self) -> None:
        """Raise Refused for another hash."""
        if not hmac.compare_digest(self._hash.hexdigest().encode(), self._expected.encode("latin-1", "replace")):
            raise signing_errors.other_content()


class ByChunk:
    """The check of each chunk by its signature, which depends on the one before, the first on the request's.

    `sign` has the key of the request; `scope` and `at` are the request's, too (Amazon S3 API reference,
    sigv4-streaming and sigv4-streaming-trailers).
    """

    def __init__(self, sign: Callable[[str], str], at: str, scope: str, signature: str, has_trailer: bool) -> None:
        self._sign, self._at, self._scope = sign, at, scope
        self._signature = signature
        self._has_trailer = has_trailer
        self._buffer = b""
        self._is_over = False
        self._states = self._chunks()
        self._wanted_size = next(self._states)

    def feed(self, data: bytes) -> None:
        """Take a piece of any size."""
        self._buffer += data
        while not self._is_over and self._buffer:
            self._advance()
            if self._wanted_size < 0 and b"\n" not in self._buffer:
                if len(self._buffer) > _LINE:
                    raise signing_errors.differs()
                return

    def end(self) -> None:
        """Raise Refused for a body without its last chunk."""
        if not self._is_over or self._buffer.strip():
            raise signing_errors.cut_off()

    def _advance(self) -> None:
        """Send the state machine its next piece: a line, or bytes of a chunk."""
        if self._wanted_size < 0:
            line, newline, rest = self._buffer.partition(b"\n")
            if not newline:
                return
            piece, self._buffer = line.rstrip(b"\r"), rest
        else:
            piece, self._buffer = self._buffer[: self._wanted_size], self._buffer[self._wanted_size :]
        try:
            self._wanted_size = self._states.send(piece)
        except StopIteration:
            self._is_over = True

    def _chunks(self) -> Steps:
        """Yield -1 for a line, or the most bytes that the next piece may have."""
        size = 1
        while size:
            head = _HEAD.fullmatch((yield -1))
            if head is None:
                raise signing_errors.differs()
            size, hashed = int(head[1], 16), sha256()
            left = size
            while left:
                data = yield left
                hashed.update(data)
                left -= len(data)
            self._check("PAYLOAD", f"{_EMPTY}\n{hashed.hexdigest()}", head[2].decode())
            if size and (yield -1):
                raise signing_errors.differs()
        if self._has_trailer:
            yield from self._trailer()

    def _trailer(self) -> Steps:
        lines: list[bytes] = []
        while True:
            line = yield -1
            name, _, value = line.partition(b":")
            if name == b"x-amz-trailer-signature":
                text = b"".join(line + b"\n" for line in lines)
                self._check("TRAILER", sha256(text).hexdigest(), value.decode("latin-1"))
                return
            if not _TRAILER.fullmatch(line) or len(lines) == _TRAILERS:
                raise signing_errors.differs()
            lines.append(line)

    def _check(self, what: str, hashes: str, signature: str) -> None:
        text = f"AWS4-HMAC-SHA256-{what}\n{self._at}\n{self._scope}\n{self._signature}\n{hashes}"
        expected = self._sign(text)
        if not hmac.compare_digest(expected.encode(), signature.encode("latin-1", "replace")):
            raise signing_errors.differs()
        self._signature = expected


class Body:
    """A body of a known length that is checked while it is read; `refusal` is the error that ended it early."""

    def __init__(self, body: Any, length: int, check: Check) -> None:
        self._body, self._left, self._check = body, length, check
        self.refusal: Refused | None = None
        self._buffer = b""
        self._ended = False
        if not length:
            self._read(0)

    def read(self, size: int = -1) -> bytes:
        """At most `size` bytes, or all with a negative size; raises Refused for a wrong body."""
        pieces = [self._buffer]
        self._buffer = b""
        missing = self._left if size is None or size < 0 else size - len(pieces[0])
        while missing > 0 and self._left:
            piece = self._read(min(missing, PIECE))
            pieces.append(piece)
            missing -= len(piece)
        data = b"".join(pieces)
        if size is not None and 0 <= size < len(data):
            data, self._buffer = data[:size], data[size:]
        return data

    def readline(self, size: int = -1) -> bytes:
        """A line, or at most `size` bytes of it."""
        line = b""
        while b"\n" not in line and (size < 0 or len(line) < size) and (more := self.read(PIECE)):
            line += more
        end = line.find(b"\n") + 1 or len(line)
        end = end if size < 0 else min(end, size)
        self._buffer = line[end:] + self._buffer
        return line[:end]

    def readlines(self, hint: int = -1) -> list[bytes]:
        """All lines."""
        return list(self)

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.readline, b"")

    def _read(self, size: int) -> bytes:
        """The next bytes, once they are checked."""
        if self.refusal is not None:
            raise self.refusal
        data: bytes = self._body.read(size) if size else b""
        try:
            if size and not data:
                raise signing_errors.cut_off()
            self._left -= len(data)
            self._check.feed(data)
            if not self._left and not self._ended:
                self._ended = True
                self._check.end()
        except Refused as refusal:
            self.refusal, self._left = refusal, 0
            raise
        return data
