"""The HTTP server: waitress with bounds on connections and responses, and an end that answers what has arrived."""

import logging
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from beanpole.command.connections import MAX_UPLOAD, Connection
from beanpole.command.threads import threads as threads_of
from beanpole.machine.clock import real_now
from beanpole.tables import limits

if TYPE_CHECKING:
    from ssl import SSLContext

    from flask import Flask

MOST_CONNECTIONS = limits.most("connections")  # more would slow down each pass over all of them
THREADS = 40  # more than `waiting_calls` and `companion_calls` of the limits, so that those leave others answered
LONG_RESPONSE = 64 << 20  # bytes of a response that are buffered in memory; a longer one goes through a file
UNREAD_RESPONSE = 1 << 30  # bytes: below them a client that does not read its response holds no thread
TIMEOUT = limits.most("idle_seconds")
CLEANUP = 5  # seconds between two searches for connections that are idle for too long
GRACE = 10_000  # milliseconds that requests get to be answered once the server is told to stop
PASS = 1.0  # seconds of a pass over the connections at most
RESERVE = 64  # file descriptors for everything that is not a connection


class Server:
    """A waitress server with these bounds; `listening` is a `host` and a `port`, or `sockets` that listen already.

    `kind` is the class of its connections, which may need a context for `tls`. Raises OSError or ValueError if the
    address cannot be listened on.
    """

    def __init__(
        self,
        app: "Flask",
        threads: int = THREADS,
        kind: type[Connection] = Connection,
        tls: "SSLContext | None" = None,
        **listening: Any,
    ) -> None:
        logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # how many calls wait is no news under load
        import waitress  # type: ignore[import-untyped]  # it has no types

        self._dispatchers: dict[int, Any] = {}
        scheme = "http" if tls is None else "https"
        settings = {**_bounds(), "map": self._dispatchers, "url_scheme": scheme, **listening}
        self._waitress = waitress.create_server(app, _dispatcher=threads_of(threads), **settings)
        self._listeners = [listener for listener in self._dispatchers.values() if hasattr(listener, "channel_class")]
        most = most_connections()
        for listener in self._listeners:
            listener.channel_class, listener.most_connections = kind, most
            listener.tls = tls
        self._is_stopping = False

    @property
    def address(self) -> tuple[str, int]:
        """The first address that it listens on; a name such as localhost may have several."""
        listener = self._listeners[0]
        return listener.effective_host, listener.effective_port

    def answer(self, goes_on: Callable[[], bool] = lambda: True) -> None:
        """Answer until the server stops or `goes_on` is false; then answer what has arrived, and close."""
        while not self._is_stopping and goes_on():
            self._pass(PASS)
        for listener in self._listeners:
            # Its trigger stays open: a thread that has an answer pulls it until all threads have ended.
            self._waitress.asyncore.dispatcher.close(listener)
        until = real_now() + GRACE
        while self._is_ending() and real_now() < until:
            self._pass(0.05)
        self._waitress.task_dispatcher.shutdown()
        self._is_ending()
        self._waitress.asyncore.close_all(self._dispatchers)

    def stop(self, *_: object) -> None:
        """Have `answer` end; for any thread, and for a signal handler."""
        if self._is_stopping:
            return
        self._is_stopping = True
        for listener in self._listeners:
            with suppress(OSError):  # it has ended between the two, and its trigger is closed
                listener.pull_trigger()

    def _pass(self, seconds: float) -> None:
        self._waitress.asyncore.loop(timeout=seconds, map=self._dispatchers, use_poll=True, count=1)

    def _is_ending(self) -> bool:
        """End the streams that there are by now, and tell whether something is still answered."""
        channels = [channel for channel in self._dispatchers.values() if isinstance(channel, Connection)]
        for channel in channels:
            channel.end_stream()
        return any(channel.requests or channel.total_outbufs_len for channel in channels)


def _bounds() -> dict[str, Any]:
    """The settings of waitress that bound connections, requests and responses."""
    return {
        "ident": "beanpole",
        "max_request_body_size": MAX_UPLOAD,
        "outbuf_overflow": LONG_RESPONSE,
        "outbuf_high_watermark": UNREAD_RESPONSE,
        "connection_limit": MOST_CONNECTIONS + RESERVE,
        "channel_timeout": TIMEOUT,
        "cleanup_interval": CLEANUP,
        "asyncore_use_poll": True,
    }


def most_connections() -> int:
    """The bound on open connections; raises the limit of file descriptors as far as the system allows."""
    try:
        import resource
    except ImportError:  # Windows has no such bound
        return MOST_CONNECTIONS
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    descriptors = MOST_CONNECTIONS + RESERVE
    if soft == resource.RLIM_INFINITY or soft >= descriptors:
        return MOST_CONNECTIONS
    soft = descriptors if hard == resource.RLIM_INFINITY else min(descriptors, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return max(1, soft - RESERVE)
