"""A server of the demo's own: the embedded one, in a process beside it, on a free port of the loopback interface."""

import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from tempfile import TemporaryFile
from typing import IO

from beanpole.command.client import Service, Socket

_LISTENING = re.compile(r"listening on (?P<url>http://\S+)")
_PATIENCE = 5  # seconds for it to end by itself


class NoServer(Exception):
    """It did not start; with what it said."""


@contextmanager
def embedded(speed: float) -> Iterator[Service]:
    """A running server whose clock has this speed, whatever the environment says; it is gone afterwards."""
    command = [sys.executable, "-m", "beanpole", "serve", "--host", "127.0.0.1", "--port", "0"]
    options = ["--clock", "wall", "--speed", f"{speed:g}", "--redis", "", "--control-token", ""]
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)  # whoever ends the demo ends its server
    with TemporaryFile("w+", encoding="utf-8") as complaints:
        process = subprocess.Popen(
            command + options, stdout=subprocess.PIPE, stderr=complaints, text=True, start_new_session=True
        )
        try:
            with closing(_socket(process, complaints)) as socket:
                yield Service(socket)
        finally:
            _stop(process)
            signal.signal(signal.SIGTERM, before)


def _socket(process: "subprocess.Popen[str]", complaints: IO[str]) -> Socket:
    said = ""
    for line in process.stdout or ():
        found = _LISTENING.search(line)
        if found:
            return Socket(found["url"])
        said += line
    complaints.seek(0)
    raise NoServer(f"the server did not start:\n{said}{complaints.read()}".rstrip())


def _stop(process: "subprocess.Popen[str]") -> None:
    process.terminate()
    try:
        process.communicate(timeout=_PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
