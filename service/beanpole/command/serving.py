"""The server of the command: it answers until it is told to stop, beside the engine if it has one."""

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
LONG_ANSWER = 64 << 20  # bytes of an answer that are kept in memory; beyond them it goes through a file
MAX_UPLOAD = 256 << 20  # an exported world; a call to the service itself may be far smaller


class Service(Protocol):
    """What makes time pass beside the server."""

    def start(self) -> None: ...
    def stop(self) -> None: ...


def run(app: "Flask", host: str, port: int, engine: Callable[[], Service] | None) -> None:
    """Answer until told to stop; the engine starts while the first requests are answered already."""
    import waitress  # type: ignore[import-untyped]  # it has no types

    signal.signal(signal.SIGTERM, _stop)
    server = waitress.create_server(
        app,
        host=host,
        port=port,
        threads=THREADS,
        ident="beanpole",
        max_request_body_size=MAX_UPLOAD,
        outbuf_overflow=LONG_ANSWER,
    )
    beside = _Background(engine) if engine else None
    click.echo(f"beanpole is listening on http://{_shown(server)}")
    try:
        server.run()
    finally:
        server.close()
        if beside:
            beside.stop()
    if beside and beside.failed:
        raise SystemExit(1)


def _shown(server: Any) -> str:
    """The first address it listens on: a name like localhost may stand for several."""
    listening = getattr(server, "effective_listen", None) or [(server.effective_host, server.effective_port)]
    host, port = listening[0]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


class _Background:
    """An engine that is made and started in a thread of its own; if it cannot, the process ends."""

    def __init__(self, make: Callable[[], Service]) -> None:
        self.failed = False
        self._make = make
        self._engine: Service | None = None
        self._thread = threading.Thread(target=self._start, name="beanpole-start", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Returns when it has ended."""
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
