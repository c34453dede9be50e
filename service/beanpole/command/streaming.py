"""Streams over waitress: a connection that is handed over stays open when its request is answered, and holds no thread.

The task of the request writes the head and the first message and is over; from then on the owner of the stream writes
to the connection, and the main loop of the server sends. A stream ends when its client closes, does not read for as
long as a connection may be idle, or when the server stops.
"""

from typing import TYPE_CHECKING, Any, Protocol

from waitress.channel import ClientDisconnected  # type: ignore[import-untyped]  # it has no types
from waitress.task import WSGITask  # type: ignore[import-untyped]  # it has no types

from beanpole.control.presence import HAND_OVER

if TYPE_CHECKING:
    from beanpole.control.streams import Sink


class Keepable(Protocol):
    """The owner of a connection that is handed over."""

    def begin(self, sink: "Sink") -> None:
        """Write to this sink from now on."""

    def end(self) -> None:
        """Write no more."""


class StreamTask(WSGITask):  # type: ignore[misc]  # a class without types
    """The task of a request whose answer may go on after it."""

    stream: Keepable | None = None
    wrote_header: bool
    _has_begun = False

    def get_environment(self) -> dict[str, Any]:
        """The environ of WSGI, and the function that hands the connection over."""
        environ: dict[str, Any] = super().get_environment()
        environ[HAND_OVER] = self._hand_over
        return environ

    def service(self) -> None:
        """Answer; a stream that could not begin, because its client is gone, ends."""
        try:
            super().service()
        finally:
            if self.stream is not None and not self._has_begun:
                self.stream.end()

    def write(self, data: bytes) -> None:
        """Write a part of the answer; the head goes out with the first one."""
        if data and self.complete and not self.wrote_header and self.has_body:
            self.channel.hold_head(self.build_response_header())
            self.wrote_header = True
        super().write(data)

    def finish(self) -> None:
        """End the answer, unless its connection is handed over."""
        if self.stream is None:
            super().finish()
            return
        self._has_begun = True
        self.close_on_finish = False
        sink = ConnectionSink(self)
        self.channel.keep(sink, self.stream)
        self.stream.begin(sink)
        if not self.channel.connected:  # it was closed before it was kept
            self.stream.end()

    def _hand_over(self, stream: Keepable) -> None:
        self.stream = stream


class ConnectionSink:
    """A connection that was handed over."""

    def __init__(self, task: StreamTask) -> None:
        self._task = task
        self._channel = task.channel

    def write(self, data: bytes) -> bool:
        """Send as much as the system takes, and leave the rest to the main loop; false if the client is gone."""
        try:
            self._task.write(data)
        except (ClientDisconnected, OSError):
            return False
        return bool(self._channel.connected)

    def unread(self) -> int:
        """The bytes that are not sent yet."""
        return int(self._channel.total_outbufs_len)

    def close(self) -> None:
        """End the answer and, once it is sent, the connection."""
        try:
            if self._task.chunked_response:
                self._channel.write_soon(b"0\r\n\r\n")
        except (ClientDisconnected, OSError):
            return
        self._channel.close_when_flushed = True
        self._channel.server.pull_trigger()
