"""A load of one call, from a process of its own; it prints the calls per second.

`python -m bench.load PORT THREADS SECONDS BODY`. Every thread makes at least one call, and a call that was begun in
time is counted with the time that it took.
"""

import subprocess
import sys
import threading
import time

from bench.processes import Server, call


def load(server: Server, body: str, seconds: float, threads: int = 2) -> float:
    """Calls per second that the server answers."""
    command = [sys.executable, "-m", "bench.load", str(server.port), str(threads), str(seconds), body]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def _main(port: int, threads: int, seconds: float, body: str) -> None:
    server = Server("", port, None, 0)  # type: ignore[arg-type]
    done: list[int] = []
    began = time.perf_counter()

    def one() -> None:
        connection, calls = server.connection(), 0
        while calls == 0 or time.perf_counter() - began < seconds:
            call(connection, body)
            calls += 1
        done.append(calls)

    crew = [threading.Thread(target=one) for _ in range(threads)]
    for thread in crew:
        thread.start()
    for thread in crew:
        thread.join()
    print(sum(done) / (time.perf_counter() - began))


if __name__ == "__main__":
    _main(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), sys.argv[4])
