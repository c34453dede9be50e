"""Bodies of S3 that are checked while somebody reads them: by the hash in a header, or by a signature for each chunk.

The last piece of a body is handed out only if all of it is right, so whoever stores it never has the whole of a wrong
one.
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


Steps = Generator[int, bytes, None]  # says what it wants next, and is sent that


class Check(Protocol):
    """A check that is fed a body in pieces; both methods raise Refused."""

    def feed(self, data: bytes) -> None: ...
    def end(self) -> None: ...


class ByHash:
    """The body has a hash, in hexadecimal digits."""

    def __init__(self, expected: str) -> None:
        self._expected = expected
        self._hash = sha256()

    def feed(self, data: bytes) -> None:
        """Count a piece in."""
        self._hash.update(data)

    def end(self) -> None:
        """Raise Refused for another hash."""
        if not hmac.compare_digest(self._hash.hexdigest().encode(), self._expected.encode("latin-1", "replace")):
            raise Refused("SignatureDoesNotMatch", signing_errors.OTHER_CONTENT, "XAmzContentSHA256Mismatch", 400)


class ByChunk:
    """Each chunk has a signature that follows from the one before, the first one from the request's own.

    `sign` has the key of the request; `scope` and `at` are the request's, too (Amazon S3 API reference,
    sigv4-streaming and sigv4-streaming-trailers).
    """

    def __init__(self, sign: Callable[[str], str], at: str, scope: str, signature: str, has_trailer: bool) -> None:
        self._sign, self._at, self._scope = sign, at, scope
        self._signature = signature
        self._has_trailer = has_trailer
        self._kept = b""
        self._is_over = False
        self._states = self._chunks()
        self._wants = next(self._states)

    def feed(self, data: bytes) -> None:
        """Take a piece of any size."""
        self._kept += data
        while not self._is_over and self._kept:
            self._advance()
            if self._wants < 0 and b"\n" not in self._kept:
                if len(self._kept) > _LINE:
                    raise signing_errors.differs()
                return

    def end(self) -> None:
        """Raise Refused for a body without its last chunk."""
        if not self._is_over or self._kept.strip():
            raise Refused("IncompleteBody", signing_errors.CUT_OFF, "IncompleteBody", 400)

    def _advance(self) -> None:
        """Hand over a line where one is wanted, else bytes of a chunk."""
        if self._wants < 0:
            line, found, rest = self._kept.partition(b"\n")
            if not found:
                return
            taken, self._kept = line.rstrip(b"\r"), rest
        else:
            taken, self._kept = self._kept[: self._wants], self._kept[self._wants :]
        try:
            self._wants = self._states.send(taken)
        except StopIteration:
            self._is_over = True

    def _chunks(self) -> Steps:
        """Wants a line with -1, else at most so many bytes."""
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
                text = b"".join(each + b"\n" for each in lines)
                self._check("TRAILER", sha256(text).hexdigest(), value.decode("latin-1"))
                return
            if not _TRAILER.fullmatch(line) or len(lines) == _TRAILERS:
                raise signing_errors.differs()
            lines.append(line)

    def _check(self, what: str, hashes: str, given: str) -> None:
        text = f"AWS4-HMAC-SHA256-{what}\n{self._at}\n{self._scope}\n{self._signature}\n{hashes}"
        expected = self._sign(text)
        if not hmac.compare_digest(expected.encode(), given.encode("latin-1", "replace")):
            raise signing_errors.differs()
        self._signature = expected


class Body:
    """A body of a known length that is checked while it is read; `refusal` is why reading ended before."""

    def __init__(self, body: Any, length: int, check: Check) -> None:
        self._body, self._left, self._check = body, length, check
        self.refusal: Refused | None = None
        self._kept = b""
        self._ended = False
        if not length:
            self._read(0)

    def read(self, size: int = -1) -> bytes:
        """At most so many bytes, all of them with a negative size; raises Refused for a body that is not right."""
        pieces = [self._kept]
        self._kept = b""
        wanted = self._left if size is None or size < 0 else size - len(pieces[0])
        while wanted > 0 and self._left:
            piece = self._read(min(wanted, PIECE))
            pieces.append(piece)
            wanted -= len(piece)
        found = b"".join(pieces)
        if size is not None and 0 <= size < len(found):
            found, self._kept = found[:size], found[size:]
        return found

    def readline(self, size: int = -1) -> bytes:
        """A line, or at most so many bytes of one."""
        line = b""
        while b"\n" not in line and (size < 0 or len(line) < size) and (more := self.read(PIECE)):
            line += more
        end = line.find(b"\n") + 1 or len(line)
        end = end if size < 0 else min(end, size)
        self._kept = line[end:] + self._kept
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
                raise Refused("IncompleteBody", signing_errors.CUT_OFF, "IncompleteBody", 400)
            self._left -= len(data)
            self._check.feed(data)
            if not self._left and not self._ended:
                self._ended = True
                self._check.end()
        except Refused as refusal:
            self.refusal, self._left = refusal, 0
            raise
        return data
