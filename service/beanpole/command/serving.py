"""The HTTP server of `beanpole serve`, and the engine that runs beside it where no workers do."""

import gc
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

import click

from beanpole.machine.clock import elapsed

if TYPE_CHECKING:
    from ssl import SSLContext

    from flask import Flask

    from beanpole.command.connections import Connection
    from beanpole.command.server import Server


SWITCH = 0.001  # seconds for which the engine holds the interpreter; a call takes it a few times on its way
JUST_NOW = 10  # milliseconds within which a client that has called is about to call again
THREADLESS = "The system starts no more threads: its limit of processes (ulimit -u, or pids of a container) is reached."
_NO_THREAD = "can't start new thread"  # CPython's own words
HEAD_START = 0.3  # seconds that the server has for its first answer, until the engine starts beside it


class Service(Protocol):
    """An engine that makes time pass beside the server."""

    def start(self) -> None: ...
    def stop(self) -> None: ...


class Calls:
    """The calls of operations to a server, and whether its first request is `answered`."""

    def __init__(self) -> None:
        self.answered = threading.Event()
        self._latest = 0.0

    def are_coming(self) -> bool:
        """Tell whether a call came just now; a long one waits for something, as an advance of a clock does."""
        return elapsed() - self._latest < JUST_NOW

    def watch(self, app: "Flask") -> None:
        """Put this before an app, to note its calls."""
        from werkzeug.wsgi import ClosingIterator

        inner = app.wsgi_app

        def answer(environ: Any, start_response: Any) -> Any:
            if environ.get("PATH_INFO") == "/":
                self._latest = elapsed()
            if self.answered.is_set():
                return inner(environ, start_response)
            try:
                return ClosingIterator(inner(environ, start_response), self.answered.set)
            except BaseException:
                self.answered.set()
                raise

        app.wsgi_app = answer  # type: ignore[method-assign]  # Flask's own way to put something before an app


def begin() -> None:
    """Look for no garbage until `run` answers: all that a start makes is kept, and a collection would go through it."""
    gc.disable()


def run(
    app: "Flask",
    host: str,
    port: int,
    engine: Callable[[Calls], Service] | None,
    notes: Sequence[str] = (),
    tls: "SSLContext | None" = None,
) -> None:
    """Serve until SIGTERM or SIGINT. The engine starts in the background, once the first request is answered.

    `notes` are further lines for the user. Raises SystemExit with status 1 if the engine could not start.
    """
    calls = Calls()
    calls.watch(app)
    server = listen(app, host, port, tls)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, server.stop)
    if engine is not None:
        sys.setswitchinterval(SWITCH)
    background = _Background(partial(engine, calls), server.stop, calls.answered) if engine else None
    _announce(*server.address, "http" if tls is None else "https", notes)
    gc.freeze()
    gc.enable()
    server.answer()
    if background:
        background.stop()
    if background and background.failed:
        raise SystemExit(1)


def _announce(host: str, port: int, scheme: str, notes: Sequence[str]) -> None:
    """Print the addresses for the user, and further lines."""
    from beanpole.control.routes import CONSOLE

    address = f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}"
    for line in (f"beanpole is listening on {address}", f"its console is at {address}{CONSOLE}", *notes):
        click.echo(line)


@contextmanager
def explaining_threads() -> Iterator[None]:
    """Raise ClickException, in one sentence, where the system starts no thread."""
    try:
        yield
    except RuntimeError as error:
        if str(error) != _NO_THREAD:
            raise
        raise click.ClickException(THREADLESS) from None


def listen(app: "Flask", host: str, port: int, tls: "SSLContext | None" = None) -> "Server":
    """A server on an address; raises ClickException, in one sentence, where it cannot be listened on."""
    from beanpole.command.server import Server

    try:
        return Server(app, kind=_kind(tls), tls=tls, host=host, port=port)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise click.ClickException(f"cannot listen on {host}, port {port}: {reason}") from None


def _kind(tls: "SSLContext | None") -> "type[Connection]":
    """The class of connections: with a context for TLS they speak it."""
    if tls is None:
        from beanpole.command.connections import Connection

        return Connection
    from beanpole.command.tls import TlsConnection

    return TlsConnection


class _Background:
    """An engine that starts in a thread of its own; if the start fails, the server stops.

    The packages of the workers take as long to read as those of the server. The thread waits for the first answer, so
    that a client does not; without a request, it waits no longer than `HEAD_START`.

    The exception itself is printed with its traceback by the thread, or in one sentence if no thread could be started;
    `failed` has `run` exit with 1.
    """

    def __init__(self, make: Callable[[], Service], give_up: Callable[[], None], answered: threading.Event) -> None:
        self.failed = False
        self._answered = answered
        self._make = make
        self._give_up = give_up
        self._engine: Service | None = None
        self._thread = threading.Thread(target=self._start, name="beanpole-start", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop the engine; returns when it has ended."""
        self._answered.set()
        self._thread.join()
        if self._engine:
            self._engine.stop()

    def _start(self) -> None:
        self._answered.wait(HEAD_START)
        try:
            with explaining_threads():
                engine = self._make()
                engine.start()
                self._engine = engine
        except click.ClickException as error:
            error.show()
        finally:
            if self._engine is None:
                self.failed = True
                self._give_up()
