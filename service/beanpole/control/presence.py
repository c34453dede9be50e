"""The connection of the caller of a request, which each HTTP server shows differently."""

import socket
from collections.abc import Mapping
from typing import Any

HAND_OVER = "beanpole.hand_over"  # in the environ: a function that takes a connection over for a stream


def has_left(environ: Mapping[str, Any]) -> bool:
    """Tell whether the caller has closed its connection; False where the HTTP server does not show the connection."""
    closed = environ.get("waitress.client_disconnected")
    if closed is not None:
        return bool(closed())
    connection = environ.get("gunicorn.socket")
    return connection is not None and is_closed(connection)


def is_closed(connection: socket.socket) -> bool:
    """Tell whether the other side has closed a connection; it is not read, so that the next request stays in it."""
    without_waiting = getattr(socket, "MSG_DONTWAIT", None)  # Windows has none
    if without_waiting is None:
        return False
    try:
        return connection.recv(1, socket.MSG_PEEK | without_waiting) == b""
    except BlockingIOError:
        return False
    except ValueError:  # TLS cannot be looked into
        return False
    except OSError:
        return True
