"""`beanpole worker` that notes each call of a script: `python -m bench.recorded_worker URL FILE`.

The file holds the calls, pickled, once the worker was told to end. `Recorder` notes those of this process.
"""

import pickle
import sys
from pathlib import Path
from typing import Any

from redis.commands.core import Script

from beanpole_workers.play import worker

ScriptCall = tuple[str, list[Any], list[Any]]  # the digest of a script, its keys and its arguments


class Recorder:
    """Notes the calls of scripts within its context."""

    def __init__(self) -> None:
        self.calls: list[ScriptCall] = []

    def __enter__(self) -> "Recorder":
        original, calls = Script.__call__, self.calls

        def noted(script: Any, keys: Any = None, args: Any = None, client: Any = None) -> Any:
            calls.append((script.sha, list(keys or ()), list(args or ())))
            return original(script, keys, args, client)

        self._original = original
        Script.__call__ = noted  # type: ignore[method-assign]  # with a note
        return self

    def __exit__(self, *_: object) -> None:
        Script.__call__ = self._original  # type: ignore[method-assign]


if __name__ == "__main__":
    with Recorder() as recorder:
        try:
            worker.run(sys.argv[1])
        finally:
            Path(sys.argv[2]).write_bytes(pickle.dumps(recorder.calls))
