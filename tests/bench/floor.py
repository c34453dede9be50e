"""The floor of an answer: the same bytes, from the same HTTP server, without any work.

`python -m bench.floor PORT FILE` serves what the file holds, whatever is called.
"""

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from beanpole.command.server import Server as HttpServer
from bench.processes import Server, free_port, serving


@contextmanager
def floor(answer: bytes) -> Iterator[Server]:
    """A server that has no other answer than this."""
    port = free_port()
    with NamedTemporaryFile() as file:
        file.write(answer)
        file.flush()
        with serving("floor", port, [sys.executable, "-m", "bench.floor", str(port), file.name]) as server:
            yield server


def _main(port: int, path: str) -> None:
    answer = Path(path).read_bytes()

    def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        environ["wsgi.input"].read()
        start_response("200 OK", [("Content-Type", "text/xml"), ("Content-Length", str(len(answer)))])
        return [answer]

    HttpServer(app, host="127.0.0.1", port=port).answer()  # type: ignore[arg-type]  # any WSGI application serves


if __name__ == "__main__":
    _main(int(sys.argv[1]), sys.argv[2])
