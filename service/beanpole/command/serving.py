"""The HTTP server of `beanpole serve`, and the engine that runs beside it where no workers do."""

import signal
import threading
from _thread import interrupt_main
from collections.abc import Callable
from types import FrameType
from typing import TYPE_CHECKING, Any, NoReturn, Protocol

import click

if TYPE_CHECKING:
    from flask import Flask

THREADS = 8
LONG_RESPONSE = 64 << 20  # bytes of a response that are buffered in memory; a longer one goes through a file
LONGEST_RESPONSE = 1 << 30  # bytes: below them a client that does not read its response holds no thread
MAX_UPLOAD = 256 << 20  # bytes: an exported world; the app bounds the calls of operations much lower


class Service(Protocol):
    """An engine that makes time pass beside the server."""

    def start(self) -> None: ...
    def stop(self) -> None: ...


def run(app: "Flask", host: str, port: int, engine: Callable[[], Service] | None) -> None:
    """Serve until SIGTERM or SIGINT. The engine starts in the background, while the first requests are served already.

    Raises SystemExit with status 1 if the engine could not start.
    """
    signal.signal(signal.SIGTERM, _stop)
    server = listen(app, host, port)
    background = _Background(engine) if engine else None
    click.echo(f"beanpole is listening on http://{_address(server)}")
    try:
        server.run()
    finally:
        server.close()
        if background:
            background.stop()
    if background and background.failed:
        raise SystemExit(1)


def listen(app: "Flask", host: str, port: int) -> Any:
    """Raises ClickException, in one sentence, where the address cannot be listened on."""
    import waitress  # type: ignore[import-untyped]  # it has no types

    from beanpole.command import connections

    sockets: dict[int, Any] = {}
    try:
        server = waitress.create_server(
            app,
            map=sockets,
            host=host,
            port=port,
            threads=THREADS,
            ident="beanpole",
            max_request_body_size=MAX_UPLOAD,
            outbuf_overflow=LONG_RESPONSE,
            outbuf_high_watermark=LONGEST_RESPONSE,
            connection_limit=connections.MOST_CONNECTIONS + connections.RESERVE,
            channel_timeout=connections.TIMEOUT,
            cleanup_interval=connections.CLEANUP,
            asyncore_use_poll=True,
        )
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise click.ClickException(f"cannot listen on {host}, port {port}: {reason}") from None
    connections.bound(socket for socket in sockets.values() if hasattr(socket, "channel_class"))
    return server


def _address(server: Any) -> str:
    """The first address that the server listens on; a name such as localhost may have several."""
    listening = getattr(server, "effective_listen", None) or [(server.effective_host, server.effective_port)]
    host, port = listening[0]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


class _Background:
    """An engine that is made and started in its own thread; if that fails, the process ends.

    An exception of this thread cannot reach the main thread, which waits inside `server.run()`. So the thread sets
    `failed` and has the main thread stopped the way SIGTERM stops it: the server closes in order, and `run` then exits
    with 1. The exception itself is printed with its traceback by the thread.
    """

    def __init__(self, make: Callable[[], Service]) -> None:
        self.failed = False
        self._make = make
        self._engine: Service | None = None
        self._thread = threading.Thread(target=self._start, name="beanpole-start", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop the engine; returns when it has ended."""
        self._thread.join()
        if self._engine:
            self._engine.stop()

    def _start(self) -> None:
        try:
            engine = self._make()
            engine.start()
            self._engine = engine
        finally:
            if self._engine is None:
                self.failed = True
                interrupt_main(signal.SIGTERM)


def _stop(_signal: int, _frame: FrameType | None) -> NoReturn:
    raise SystemExit(0)
