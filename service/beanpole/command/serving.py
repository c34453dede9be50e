"""The HTTP server of `beanpole serve`, and the engine that runs beside it where no workers do."""

import signal
import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol

import click

if TYPE_CHECKING:
    from flask import Flask

    from beanpole.command.connections import Server


class Service(Protocol):
    """An engine that makes time pass beside the server."""

    def start(self) -> None: ...
    def stop(self) -> None: ...


def run(app: "Flask", host: str, port: int, engine: Callable[[], Service] | None, notes: Sequence[str] = ()) -> None:
    """Serve until SIGTERM or SIGINT. The engine starts in the background, while the first requests are served already.

    `notes` are further lines for whoever started it. Raises SystemExit with status 1 if the engine could not start.
    """
    from beanpole.control.routes import CONSOLE

    server = listen(app, host, port)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, server.stop)
    background = _Background(engine, server.stop) if engine else None
    host, port = server.address
    address = f"http://{f'[{host}]' if ':' in host else host}:{port}"
    click.echo(f"beanpole is listening on {address}")
    click.echo(f"its console is at {address}{CONSOLE}")
    for note in notes:
        click.echo(note)
    server.answer()
    if background:
        background.stop()
    if background and background.failed:
        raise SystemExit(1)


def listen(app: "Flask", host: str, port: int) -> "Server":
    """A server on an address; raises ClickException, in one sentence, where it cannot be listened on."""
    from beanpole.command.connections import Server

    try:
        return Server(app, host=host, port=port)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise click.ClickException(f"cannot listen on {host}, port {port}: {reason}") from None


class _Background:
    """An engine that is made and started in its own thread; if that fails, the server is told to stop.

    The exception itself is printed with its traceback by the thread; `failed` has `run` exit with 1.
    """

    def __init__(self, make: Callable[[], Service], give_up: Callable[[], None]) -> None:
        self.failed = False
        self._make = make
        self._give_up = give_up
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
                self._give_up()
