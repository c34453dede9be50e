"""Tables that are kept as JSON, so that a later run can be put beside an earlier one."""

import json
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

from bench.row import Row


def save(rows: Iterable[Row], path: Path) -> None:
    """Write rows to a file."""
    path.write_text(json.dumps([asdict(row) for row in rows], indent=1) + "\n")


def load(path: Path) -> dict[str, Row]:
    """The rows of a file by their work and unit; raises ValueError for a file that holds none."""
    try:
        return {key(row): row for row in (Row(**members) for members in json.loads(path.read_text()))}
    except (OSError, TypeError, ValueError) as error:
        raise ValueError(f"{path} holds no rows of a bench: {error}") from None


def key(row: Row) -> str:
    """What a row measures: a work may have several rows, each with a unit of its own."""
    return f"{row.work} ({row.unit})"


def change(before: Row | None, now: Row) -> str:
    """By how much the figure is better or worse than it was; empty for one that was not measured before."""
    if before is None or not before.reached or not now.reached:
        return ""
    better = before.reached / now.reached if now.most else now.reached / before.reached
    return f"{better:.2f} x better" if better >= 1 else f"{1 / better:.2f} x worse"
