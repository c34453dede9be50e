"""A process inside a sandbox that listens, and a socket outside by which it is reached."""

import contextlib
import math
import os
import selectors
import signal
import socket
import subprocess
from threading import Lock, Thread
from typing import Any

from beanpole_workers.sandbox.inside import processes
from beanpole_workers.sandbox.inside.processes import CHUNK, OUTPUT_BYTES, POLL

ANSWERING = 5.0  # seconds

_printing = Lock()  # of the output
_served: dict[str, Any] = {"process": None, "output": b"", "stopped": None}


def serve(frame: dict[str, Any], limits: dict[str, Any]) -> dict[str, Any]:
    """Start a process that listens at a port, in the place of the last one, and pass on connections of a socket."""
    former = _served["process"]
    if former is not None:
        processes.end_all(former)
    process = processes.started(frame, limits)
    listener = Thread(target=_listen_to, args=(process, limits), daemon=True)
    _served.update(process=process, output=b"", stopped=None, listener=listener)
    listener.start()
    if frame["socket"] is not None:
        door = socket.create_server(frame["socket"], family=socket.AF_UNIX, backlog=64)
        Thread(target=_accept, args=(door, frame["port"]), daemon=True).start()
    return {}


def get(port: int, path: str) -> dict[str, Any]:
    """The status with which the process answers a path; None where it does not answer."""
    import http.client  # as long as all other imports of a sandbox together, and most sandboxes never ask

    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=ANSWERING)
    try:
        connection.request("GET", path)
        return {"status": connection.getresponse().status}
    except (OSError, http.client.HTTPException, ValueError):
        return {"status": None}
    finally:
        connection.close()


def served() -> dict[str, Any]:
    """The status of the process, None while it runs, its last output, and the limit that stopped it."""
    process = _served["process"]
    status = None if process is None else process.poll()
    if status is not None:
        _served["listener"].join()
    return {
        "status": 128 - status if status is not None and status < 0 else status,
        "output": _served["output"].decode(errors="replace"),
        "stopped": _served["stopped"],
    }


def printed() -> dict[str, Any]:
    """The same with what the process has printed since the last call: whole lines only, until it has ended."""
    answer = served()
    if _served["process"] is not None:
        _read(_served["process"])
    with _printing:
        end = len(_served["output"]) if answer["status"] is not None else _served["output"].rfind(b"\n") + 1
        answer["output"] = _served["output"][:end].decode(errors="replace")
        _served["output"] = _served["output"][end:]
    return answer


def _listen_to(process: "subprocess.Popen[bytes]", limits: dict[str, Any]) -> None:
    """Keep the last of what a process prints, and stop it at a limit."""
    assert process.stdout is not None
    os.set_blocking(process.stdout.fileno(), False)
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        while process.poll() is None:
            for _ in selector.select(10 * POLL):
                if _read(process) == b"":
                    selector.unregister(process.stdout)
            limit = processes.exceeded(0, math.inf, limits)
            if limit is not None:
                _served["stopped"] = limit
                os.killpg(process.pid, signal.SIGKILL)
        while _read(process):
            pass


def _read(process: "subprocess.Popen[bytes]") -> bytes | None:
    """Keep what a process has printed by now: None where that is nothing yet, nothing at the end of its output."""
    assert process.stdout is not None
    with _printing:
        part: bytes | None = process.stdout.read(CHUNK)
        if process is _served["process"]:
            _served["output"] = (_served["output"] + (part or b""))[-OUTPUT_BYTES:]
        return part


def _accept(listener: socket.socket, port: int) -> None:
    """Pass each connection on to a port of this sandbox."""
    while True:
        client, _ = listener.accept()
        Thread(target=_pass_on, args=(client, port), daemon=True).start()


def _pass_on(client: socket.socket, port: int) -> None:
    try:
        server = socket.create_connection(("127.0.0.1", port), 5.0)
    except OSError:
        client.close()
        return
    server.settimeout(None)
    back = Thread(target=_copy, args=(server, client), daemon=True)
    back.start()
    _copy(client, server)
    back.join()
    client.close()
    server.close()


def _copy(source: socket.socket, sink: socket.socket) -> None:
    """Copy all bytes from one end to the other, until the end of the stream."""
    try:
        while data := source.recv(CHUNK):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        for end in (source, sink):
            with contextlib.suppress(OSError):  # it is shut down already
                end.shutdown(socket.SHUT_RDWR)
