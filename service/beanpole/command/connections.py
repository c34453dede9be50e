"""Connections of the HTTP server: which one makes room for a new one, and how long a request may take to arrive.

waitress stops accepting when it has as many connections as it may have, and a client that sends a byte now and then
counts as active, so that a few idle or slow clients could keep all others out. Here the connection that has been idle
the longest is closed for a new one, as nginx does with keep-alive connections, and the time that a request may take to
arrive counts from its first byte.

A thread that has answered a request stays with the connection for a moment (`Connection.service`).
"""

import re
import select
import socket
from collections.abc import Callable, Iterable
from contextlib import suppress
from copy import copy
from functools import partial
from typing import TYPE_CHECKING, Any

from waitress.channel import HTTPChannel  # type: ignore[import-untyped]  # it has no types
from waitress.parser import (  # type: ignore[import-untyped]  # it has no types
    HTTPRequestParser,
    ParsingError,
    TransferEncodingNotImplemented,
)
from waitress.utilities import BadRequest  # type: ignore[import-untyped]  # it has no types

from beanpole.command.streaming import Keepable, StreamTask
from beanpole.control.presence import is_closed
from beanpole.gateway import scopes
from beanpole.machine.clock import elapsed, real_now
from beanpole.tables import limits

if TYPE_CHECKING:
    from beanpole.command.streaming import ConnectionSink

SHORT_RESPONSE = 256 << 10  # bytes of a response that are copied behind its head, which takes less than to send twice
MAX_UPLOAD = limits.most("state_body")  # the app bounds the calls of operations much lower
MAX_FORWARDED = limits.most("companion_body")
LINGER = 2  # seconds in which a client may read its last answer and close, too
STAY = 5  # milliseconds in which a client that has an answer may send its next request to the same thread
_BEGIN = re.compile(rb"\s*[!#$%&'*+.^_`|~0-9A-Za-z-]|\s*$")  # of a method, behind empty lines (RFC 9110, "Tokens")
OTHERS = 4  # one thread of so many is idle at least while another stays with a connection


class Head(HTTPRequestParser):  # type: ignore[misc]  # a class without types
    """The head of a request. A transfer coding that is unknown is a mistake of the client, not of the server.

    A call of another service, as an upload to S3, may have a greater body than our own calls.
    """

    adj: Any
    completed: bool

    def received(self, data: bytes) -> int:
        """Read bytes. Those that can begin no request are answered at once: no end of a head may ever follow them."""
        if not (self.completed or self.headers_finished or self.header_plus or _BEGIN.match(data)):
            self.error = BadRequest("no HTTP request begins so; a client that speaks TLS needs a server that does")
            self.completed = self.connection_close = True
            return len(data)
        return int(super().received(data))

    def parse_header(self, header: bytes) -> None:
        """Read it; raises ParsingError, which is answered with 400."""
        try:
            super().parse_header(header)
        except TransferEncodingNotImplemented as error:
            raise ParsingError(str(error)) from None
        if self.body_rcv is None:  # there is nothing to continue with: waitress would wait for it, and never answer
            self.expect_continue = False
        if self.content_length >= MAX_UPLOAD or self.chunked:
            self._take_uploads()

    def _take_uploads(self) -> None:
        """Raise the bound on the body to that of other services, if the request calls one of them."""
        environ = {f"HTTP_{name}": value for name, value in self.headers.items()}
        environ |= {"REQUEST_METHOD": self.command, "PATH_INFO": self.path, "QUERY_STRING": self.query}
        if scopes.service(environ) not in (None, scopes.OURS):
            self.adj = copy(self.adj)
            self.adj.max_request_body_size = MAX_FORWARDED


class Connection(HTTPChannel):  # type: ignore[misc]  # a class without types
    """One connection. `last_activity` is when it was last idle, or when the request that is arriving began.

    `has_thread`: a thread answers it and stays with it if it `stays` at all; `has_next`: there is a request for it.

    After a last answer it is closed in stages (RFC 9112, "Tear-down"), as nginx does with `lingering_close`: nothing
    more is sent, and what the client still sends is thrown away until it closes, too. If bytes were left unread, the
    system would reset the connection, and the client might lose answers that it has not read yet.
    """

    parser_class = Head
    task_class = StreamTask
    sink: "ConnectionSink | None" = None
    stream: Keepable | None = None
    last_activity: float
    lingers = False
    stays = hasattr(select, "poll")  # Windows has none
    has_thread = False
    has_next = False
    _answered_last = False
    _head = b""

    def __init__(self, server: Any, *arguments: Any, **named: Any) -> None:
        super().__init__(server, *arguments, **named)
        self.server = _Listener(server, self)
        if len(server.active_channels) > server.most_connections:
            _make_room(server.active_channels.values(), self)

    def service(self) -> None:
        """Answer a request, and by the same thread those that follow at once.

        By itself waitress has the main loop read each request and wake a thread, which wakes the main loop when it has
        answered. A client that makes one call after the other, as programs do, need not wait for that. The main loop
        does not read while there is a thread.
        """
        self.has_thread = self.stays
        try:
            super().service()
            while self.has_thread and self._goes_on():
                super().service()
        finally:
            if self.has_thread:
                self.has_thread = False
                self.server.pull_trigger()

    def needs_main_loop(self) -> bool:
        """Tell whether the main loop has to send or to close."""
        return bool(self.total_outbufs_len or self.close_when_flushed or self.will_close)

    def _goes_on(self) -> bool:
        """Read what the client sends in the next moment, until there is a request; false if there is none."""
        until = elapsed() + STAY
        while not self.has_next:
            left = until - elapsed()
            is_over = self.needs_main_loop() or self.stream is not None or not self.connected
            if left <= 0 or is_over or not self.server.has_idle_threads() or not self._reads(left):
                return False
        self.has_next = False
        return True

    def _reads(self, milliseconds: float) -> bool:
        """Read what has come within some milliseconds; false if nothing has, or if the main loop shall find the end."""
        connection = self.socket
        if connection is None:
            return False
        poll = select.poll()
        try:
            poll.register(connection, select.POLLIN)
            data = connection.recv(self.adj.recv_bytes) if poll.poll(milliseconds) else b""
        except (OSError, ValueError):
            return False
        if data:
            self._arrives(partial(self._take, data))
        return bool(data)

    def _take(self, data: bytes) -> None:
        self.last_activity = real_now() / 1000
        self.received(data)

    def _arrives(self, read: Callable[[], None]) -> None:
        """Read from the client; that counts as activity only if no request was arriving already."""
        arriving, began = self.request is not None, self.last_activity
        read()
        if arriving and self.request is not None:
            self.last_activity = began

    def check_client_disconnected(self) -> bool:
        """Tell whether the client is gone; waitress itself does not look while it waits for an answer of the app."""
        return not self.connected or is_closed(self.socket)

    def hold_head(self, head: bytes) -> None:
        """Send the head of an answer together with the bytes that are written next."""
        self._head = head

    def write_soon(self, data: Any) -> int:
        """Have the system take at once what it can, and keep only the rest.

        waitress would copy an answer into a file in memory, and out of that again for the system.
        """
        with self.outbuf_lock:
            head, self._head = self._head, b""
            if head and isinstance(data, bytes) and len(data) < SHORT_RESPONSE:
                return self._write(head + data)
            return (self._write(head) if head else 0) + self._write(data)

    def _write(self, data: Any) -> int:
        sent = 0
        if isinstance(data, bytes) and self.connected and not self.total_outbufs_len:
            with suppress(OSError):  # waitress meets it again, and closes the connection
                # TLS must be given no fewer bytes the next time: waitress gives as many
                sent = self.send(memoryview(data)[: self.sendbuf_len], do_close=False)
        if sent == 0:
            return int(super().write_soon(data))
        self.last_activity = real_now() / 1000
        return sent + (int(super().write_soon(memoryview(data)[sent:])) if sent < len(data) else 0)

    def handle_write(self) -> None:
        """Send what there is; with the end of a last answer the connection begins to close.

        waitress takes the lock only where it knows of a request. A stream is written to by another thread, too.
        """
        with self.outbuf_lock:
            self._answered_last = self.close_when_flushed and not self.will_close
            super().handle_write()
            self._answered_last = False

    def handle_close(self) -> None:
        """Close it; after a last answer, in stages. A stream has ended with it."""
        if not (self._answered_last and self._half_closes()):
            super().handle_close()
        if self.stream is not None:
            self.stream.end()

    def keep(self, sink: "ConnectionSink", stream: Keepable) -> None:
        """Stay open for a stream; the client has no more to say."""
        with self.requests_lock:
            self.sink, self.stream = sink, stream
            del self.requests[1:]

    def received(self, data: bytes) -> bool:
        """Read requests from bytes that have arrived; false while there is a stream, which throws them away."""
        return False if self.stream is not None else bool(super().received(data))

    def end_stream(self) -> None:
        """End the stream, if there is one, and its answer."""
        if self.sink is not None and self.stream is not None:
            self.stream.end()
            self.sink.close()
            self.sink = None

    def _half_closes(self) -> bool:
        """Send nothing more, but read on; false if the client is gone."""
        if self.socket is None:  # reading has found that, in the same pass
            return False
        try:
            self.socket.shutdown(socket.SHUT_WR)
        except OSError:
            return False
        self.will_close, self.lingers = False, True
        self.last_activity = real_now() / 1000 - self.adj.channel_timeout + LINGER
        return True

    def readable(self) -> bool:
        """Tell whether there may be something to read for the main loop: also what is only thrown away."""
        return self.lingers or (not self.has_thread and bool(super().readable()))

    def handle_read(self) -> None:
        """Read from the client."""
        if self.lingers:
            self._answered_last = False
            self.recv(self.adj.recv_bytes)  # it closes the connection when the client has
            return
        self._arrives(super().handle_read)


class _Listener:
    """The listener of a connection, as the connection sees it: a thread that stays with it wakes no other in vain."""

    def __init__(self, listener: Any, connection: Connection) -> None:
        self._listener = listener
        self._connection = connection

    def __getattr__(self, name: str) -> Any:
        return getattr(self._listener, name)

    def add_task(self, connection: Connection) -> None:
        """Have a thread answer the request that a connection has: the one that it has, or an idle one."""
        if connection.has_thread:
            connection.has_next = True
        else:
            self._listener.add_task(connection)

    def pull_trigger(self) -> None:
        """Wake the main loop, unless there is nothing to do for it."""
        if not self._connection.has_thread or self._connection.needs_main_loop():
            self._listener.pull_trigger()

    def has_idle_threads(self) -> bool:
        """Tell whether threads wait for requests, so that one of them may stay with a connection."""
        threads = self._listener.task_dispatcher
        idle = len(threads.threads) - threads.active_count
        return idle * OTHERS >= len(threads.threads) and not threads.queue and not threads.stop_count


def _make_room(connections: Iterable[Any], newest: Connection) -> None:
    """Close the connection that has been idle the longest, or whose request has been arriving the longest.

    Where every other connection waits for an answer, the newest is closed.
    """
    waiting = [connection for connection in connections if connection is not newest and not _is_used(connection)]
    oldest = min(waiting, key=lambda connection: connection.last_activity, default=newest)
    oldest.handle_close()


def _is_used(connection: Any) -> bool:
    used = connection.requests or connection.total_outbufs_len or connection.stream is not None
    return bool(used or connection.has_thread)
