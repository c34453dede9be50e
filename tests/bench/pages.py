"""What fifty open pages of the console cost the API.

An open console is stood for by what its page does: it reads the page, and listens to the stream.
`python -m bench.pages PORT NUMBER` opens so many of them until its input ends.
"""

import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPResponse
from itertools import count
from statistics import median
from time import sleep

from bench.first_page import ACCOUNT, SCOPE
from bench.load import load
from bench.processes import APPLICATION, PATIENCE, Server, beanpole, call, form, prepare, settle
from bench.row import Row

_MANY, _CONSOLES, _SECONDS, _ROUNDS = 1_000, 50, 4.0, 3


def fifty_consoles() -> Iterator[Row]:
    """DescribeEnvironments of a thousand environments, of which five change a second, beside fifty consoles."""
    alone: list[float] = []
    beside: list[float] = []
    with beanpole("instant", "--no-journal") as server:
        prepare(server, _MANY)
        settle(server, _MANY)
        for _ in range(_ROUNDS):
            alone.append(_load(server))
            with _open(server):
                beside.append(_load(server))
    share = median(many / none for many, none in zip(beside, alone, strict=True))
    work = f"DescribeEnvironments of {_MANY:,} beside {_CONSOLES} consoles"
    yield Row(work, f"{median(beside):,.0f}/s", f"alone {median(alone):,.0f}/s", share, 0.8, "x alone")


def _load(server: Server) -> float:
    """Calls per second while environments change."""
    over = threading.Event()
    changes = threading.Thread(target=_change, args=[server, over])
    changes.start()
    rate = load(server, form("DescribeEnvironments"), _SECONDS)
    over.set()
    changes.join()
    return rate


def _change(server: Server, over: threading.Event) -> None:
    connection = server.connection()
    for number in count():
        name = f"env-{number % _MANY:05}"
        arn = f"arn:aws:elasticbeanstalk:us-east-1:{ACCOUNT}:environment/{APPLICATION}/{name}"
        tag = {"TagsToAdd.member.1.Key": "n", "TagsToAdd.member.1.Value": str(number)}
        call(connection, form("UpdateTagsForResource", ResourceArn=arn, **tag))
        if over.wait(0.2):
            connection.close()
            return


@contextmanager
def _open(server: Server) -> Iterator[None]:
    command = [sys.executable, "-m", "bench.pages", str(server.port), str(_CONSOLES)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            if process.stdout.readline() != "open\n":
                raise RuntimeError(f"the consoles ended with {process.wait()}")
            sleep(1)
            yield
            if process.poll() is not None:
                raise RuntimeError(f"the consoles ended with {process.returncode} meanwhile")
        finally:
            process.stdin.close()
            process.kill()


def _console(server: Server, is_open: threading.Semaphore) -> None:
    page = _answer(server.connection(), f"/_beanpole/console/?{SCOPE}").read().decode()
    (position,) = re.findall(r'data-position="(.+?)"', page)
    assert page.count("<tr data-key=") == _MANY
    named = f"messages=clock,environment,event,forgotten&after={position}"
    stream = _answer(server.connection(), f"/_beanpole/stream?{named}&{SCOPE}")
    while line := stream.readline():
        if line.startswith(b"event: open"):
            is_open.release()
    raise RuntimeError("a stream has ended")


def _answer(connection: HTTPConnection, path: str) -> HTTPResponse:
    connection.request("GET", path)
    answer = connection.getresponse()
    if answer.status != 200:
        raise RuntimeError(f"{path} is answered {answer.status}: {answer.read()[:300]!r}")
    return answer


def _main(port: int, number: int) -> None:
    server, is_open = Server("", port, None, 0), threading.Semaphore(0)  # type: ignore[arg-type]
    threading.excepthook = _end
    for _ in range(number):
        threading.Thread(target=_console, args=(server, is_open), daemon=True).start()
    for _ in range(number):
        if not is_open.acquire(timeout=PATIENCE):
            raise SystemExit("the consoles do not open")
    print("open", flush=True)
    sys.stdin.read()


def _end(arguments: threading.ExceptHookArgs) -> None:
    """A console that fails ends all of them, so that nothing is measured beside fewer."""
    threading.__excepthook__(arguments)
    os._exit(1)


if __name__ == "__main__":
    _main(int(sys.argv[1]), int(sys.argv[2]))
