"""`beanpole worker` with a stopwatch: `python -m bench.timed_worker URL FILE`.

For every due instant that it works, it notes how many milliseconds after it the commit was done; the file holds them,
one a line, once the worker was told to end.
"""

import sys
from pathlib import Path
from typing import Any

from beanpole.machine.clock import real_now
from beanpole.store.store import Store
from beanpole_workers.play import wall, worker

_due: list[int] = []
_late: list[int] = []
_change, _commit_all = wall._change, Store.commit_all


def timed_change(store: Any, member: str, entity: Any, rules: Any, real: int) -> Any:
    """Note when an environment was due, if anything happens to it."""
    change = _change(store, member, entity, rules, real)
    if change is not None and hasattr(entity, "environment"):
        _due.append(entity.environment.due - rules.clock.offset)
    return change


def commit_all(store: Any, changes: Any, meanwhile: Any) -> Any:
    """Note how late it all was; what is played meanwhile belongs to the next commit."""
    written, _due[:] = list(_due), []
    done = _commit_all(store, changes, meanwhile)
    now = real_now()
    _late.extend(max(0, now - instant) for instant in written)
    return done


if __name__ == "__main__":
    wall._change, Store.commit_all = timed_change, commit_all  # type: ignore[assignment, method-assign]  # with a stopwatch
    try:
        worker.run(sys.argv[1])
    finally:
        Path(sys.argv[2]).write_text("\n".join(map(str, _late)))
