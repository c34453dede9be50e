"""`beanpole worker` with a stopwatch: `python -m bench.timed_worker URL FILE`.

For every due instant that it works, it notes how many milliseconds after it the commit was done; the file holds them,
one a line, once the worker was told to end.
"""

import sys
from pathlib import Path
from typing import Any

from beanpole.clock import real_now
from beanpole.store.store import Store
from beanpole_workers.play import play, worker

_due: list[int] = []
_late: list[int] = []
_prepare, _commit_all = play._prepare, Store.commit_all


def prepare(store: Any, member: str, rules: Any, found: Any, real: int) -> Any:
    """Note when a member was due, if anything is done for it."""
    prepared = _prepare(store, member, rules, found, real)
    if prepared is not None and found is not None:
        _due.append(found.environment.due - rules.clock.offset)
    return prepared


def commit_all(store: Any, changes: Any) -> Any:
    """Note how late it all was."""
    done = _commit_all(store, changes)
    now = real_now()
    _late.extend(max(0, now - it) for it in _due)
    _due.clear()
    return done


if __name__ == "__main__":
    play._prepare, Store.commit_all = prepare, commit_all  # type: ignore[assignment, method-assign]  # with a stopwatch
    try:
        worker.run(sys.argv[1])
    finally:
        Path(sys.argv[2]).write_text("\n".join(map(str, _late)))
