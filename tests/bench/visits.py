"""A load of GETs, from a process of its own; it prints the requests per second.

`python -m bench.visits PORT THREADS SECONDS HOST PATH [RATE]`; with a rate each thread sends so many a second at most.
Every answer must be 200.
"""

import subprocess
import sys
import threading
import time
from http.client import HTTPConnection


def command(port: int, host: str, path: str, seconds: float, threads: int = 2, rate: float = 0) -> list[str]:
    """The command of such a load."""
    words = (port, threads, seconds, host, path, rate)
    return [sys.executable, "-m", "bench.visits", *map(str, words)]


def visits(port: int, host: str, path: str, seconds: float, threads: int = 2) -> float:
    """Requests per second that a server answers."""
    ended = subprocess.run(command(port, host, path, seconds, threads), check=True, capture_output=True, text=True)
    return float(ended.stdout)


def _main(port: int, threads: int, seconds: float, host: str, path: str, rate: float) -> None:
    done: list[int] = []
    began = time.perf_counter()

    def one() -> None:
        connection, number = HTTPConnection("127.0.0.1", port, timeout=60), 0
        while number == 0 or time.perf_counter() - began < seconds:
            connection.request("GET", path, headers={"Host": host})
            response = connection.getresponse()
            response.read()
            if response.status != 200:
                raise RuntimeError(f"{path} is answered {response.status}")
            number += 1
            if rate:
                time.sleep(max(0.0, began + number / rate - time.perf_counter()))
        done.append(number)

    crew = [threading.Thread(target=one) for _ in range(threads)]
    for thread in crew:
        thread.start()
    for thread in crew:
        thread.join()
    if len(done) < threads:
        raise SystemExit(1)
    print(sum(done) / (time.perf_counter() - began))


if __name__ == "__main__":
    _main(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), sys.argv[4], sys.argv[5], float(sys.argv[6]))
