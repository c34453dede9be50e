"""The demo's own server: `beanpole serve` in a child process, on a free port of the loopback interface."""

import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from tempfile import TemporaryFile
from typing import IO

from beanpole.command import settings
from beanpole.command.client import Service, Socket

_LISTENING = re.compile(r"listening on (?P<url>http://\S+)")
_TIMEOUT = 5  # seconds for the process to end after SIGTERM


class NoServer(Exception):
    """The server did not start; the message has its output."""


@contextmanager
def embedded(speed: float) -> Iterator[Service]:
    """A running server with a clock of this speed, whatever the variables say; it is stopped afterwards."""
    command = [sys.executable, "-m", "beanpole", "serve", "--host", "127.0.0.1", "--port", "0"]
    command += ["--clock", "wall", "--speed", f"{speed:g}"]
    variables = settings.environment_without("redis", "control_token")
    # A signal that ends the demo ends its server too.
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    with TemporaryFile("w+", encoding="utf-8") as errors:
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=errors, env=variables, text=True, start_new_session=True
        )
        try:
            with closing(_socket(process, errors)) as socket:
                yield Service(socket)
        finally:
            _stop(process)
            signal.signal(signal.SIGTERM, before)


def _socket(process: "subprocess.Popen[str]", errors: IO[str]) -> Socket:
    output = ""
    for line in process.stdout or ():
        match = _LISTENING.search(line)
        if match:
            return Socket(match["url"])
        output += line
    errors.seek(0)
    raise NoServer(f"the server did not start:\n{output}{errors.read()}".rstrip())


def _stop(process: "subprocess.Popen[str]") -> None:
    process.terminate()
    try:
        process.communicate(timeout=_TIMEOUT)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
