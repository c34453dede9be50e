"""Connections of the HTTP server: bounds on their number, and on the time that a request may take to arrive.

waitress stops accepting when it has as many connections as it may have, and a client that sends a byte now and then
counts as active, so that a few idle or slow clients could keep all others out. Here the connection that has been idle
the longest is closed for a new one, as nginx does with keep-alive connections, and the time that a request may take to
arrive counts from its first byte.
"""

from collections.abc import Iterable
from typing import Any

from waitress.channel import HTTPChannel  # type: ignore[import-untyped]  # it has no types

MOST_CONNECTIONS = 1_000  # open at once; more would slow down each pass over all of them
TIMEOUT = 30  # seconds that a connection may be idle, and that a request may take to arrive
CLEANUP = 5  # seconds between two searches for connections that are idle for too long
RESERVE = 64  # file descriptors for everything that is not a connection


class Connection(HTTPChannel):  # type: ignore[misc]  # a class without types
    """One connection. `last_activity` is when it was last idle, or when the request that is arriving began."""

    last_activity: float

    def __init__(self, server: Any, *arguments: Any, **named: Any) -> None:
        super().__init__(server, *arguments, **named)
        if len(server.active_channels) > server.most_connections:
            _make_room(server.active_channels.values(), self)

    def handle_read(self) -> None:
        """Read from the client; that counts as activity only if no request was arriving already."""
        arriving, began = self.request is not None, self.last_activity
        super().handle_read()
        if arriving and self.request is not None:
            self.last_activity = began


def most_connections() -> int:
    """The bound on open connections; raises the limit of file descriptors as far as the system allows."""
    try:
        import resource
    except ImportError:  # Windows has no such bound
        return MOST_CONNECTIONS
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_CONNECTIONS + RESERVE
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return MOST_CONNECTIONS
    soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return max(1, soft - RESERVE)


def bound(listeners: Iterable[Any]) -> None:
    """Make waitress's listeners open connections of this class, up to the bound."""
    most = most_connections()
    for listener in listeners:
        listener.channel_class, listener.most_connections = Connection, most


def _make_room(connections: Iterable[Any], newest: Connection) -> None:
    """Close the connection that has been idle the longest, or whose request has been arriving the longest.

    Where every other connection waits for an answer, the newest is closed.
    """
    waiting = [each for each in connections if each is not newest and not each.requests and not each.total_outbufs_len]
    oldest = min(waiting, key=lambda connection: connection.last_activity, default=newest)
    oldest.handle_close()
