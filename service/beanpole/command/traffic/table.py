"""The tally of a load as text for the terminal, and as JSON."""

import io

import msgspec
from rich import box
from rich.console import Console
from rich.table import Table

from beanpole.command.traffic.tally import Tally

_COLUMNS = ("Answered by", "Requests", "Share", "Errors", "Instances", "From", "To")
_WIDE = 120  # characters
NOBODY = "nobody: lost"


def text(tally: Tally) -> str:
    """A line for each version, and one for the requests that are lost."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for number, title in enumerate(_COLUMNS):
        table.add_column(title, justify="right" if number else "left")
    for row in tally.versions:
        shares = f"{tally.share(row.answers):.1f} %", str(row.errors), str(row.instances)
        table.add_row(row.version, str(row.answers), *shares, f"{row.first:.1f} s", f"{row.last:.1f} s")
    losses = sum(tally.lost.values())
    times = ("", "") if tally.first_lost is None else (f"{tally.first_lost:.1f} s", f"{tally.last_lost:.1f} s")
    table.add_row(NOBODY, str(losses), f"{tally.share(losses):.1f} %", "", "", *times)
    console = Console(file=io.StringIO(), width=_WIDE, highlight=False, color_system=None)
    console.print(table)
    lines = console.file.getvalue()  # type: ignore[attr-defined]  # it is the StringIO from above
    head = f"{tally.name}: {tally.requests} requests in {tally.seconds:.1f} s"
    return "\n".join([head, *(line.rstrip() for line in lines.splitlines() if line.strip()), *_causes(tally)]) + "\n"


def as_json(tally: Tally) -> str:
    """All counts; instants are seconds."""
    return msgspec.json.format(msgspec.json.encode(tally), indent=2).decode() + "\n"


def _causes(tally: Tally) -> list[str]:
    """The statuses of what was lost."""
    words = (f"{count} with {_word(status)}" for status, count in tally.lost.items())
    return [f"Lost: {', '.join(words)}"] if tally.lost else []


def _word(status: int) -> str:
    return f"status {status}" if status else "a broken connection"
