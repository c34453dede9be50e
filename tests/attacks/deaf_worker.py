"""A worker that gets a signal while redis-py counts a command: what the signal raises is caught there."""

import os
import signal
import sys

from redis import client

from beanpole_workers.play import rq_workers, worker


def main() -> None:
    """Be the worker, on the Redis of the argument."""
    rq_workers.TTL = 16  # RQ waits for a job for one second
    count = client.record_operation_duration

    def end(command_name: str, **measured: object) -> None:
        if command_name == "BLMOVE":
            client.record_operation_duration = count
            try:
                os.kill(os.getpid(), signal.SIGTERM)
            except Exception:  # noqa: BLE001 - this is what redis-py does
                return
            raise AssertionError("the signal has raised nothing")
        count(command_name, **measured)

    client.record_operation_duration = end
    worker.run(sys.argv[1])
