"""The comparison as text for the terminal, as Markdown and as JSON."""

import io
from collections.abc import Callable, Sequence

import msgspec
from msgspec import Struct
from rich import box
from rich.console import Console
from rich.table import Table

from beanpole.command.comparison.measure import Course
from beanpole.command.comparison.row import Aftermath, Failure, Row, Undone
from beanpole.command.comparison.trial import NEW, OLD

BY_ITSELF = {
    "nothing": "nothing to undo",
    "terminates": "by itself: new instances terminated",
    "reroutes": "by itself: traffic sent back, new instances terminated",
}
BY_HAND = {"redeploy": f"redeploy {OLD} by hand", "swap": "swap the URL back"}


_WIDE = 200  # characters, so that no table is narrower than its columns


class Head(Struct, frozen=True):
    """The settings of a comparison."""

    instances: int
    seed: int


class Part(Struct, frozen=True):
    """One table: its caption, its columns with their widths in text, and the cells of a row."""

    caption: str
    columns: dict[str, int]
    cells: Callable[[Row, Head], tuple[str, ...]]


def _working(row: Row, head: Head) -> tuple[str, ...]:
    course = row.works
    return (
        row.method.title,
        clock(course.seconds),
        f"{course.lowest} of {head.instances}",
        str(course.versions),
        str(course.extra),
        _downtime(course),
        "yes" if course.zero_downtime else "no",
        "yes" if course.dns_change else "no",
        _receivers(row),
    )


def _failing(pick: Callable[[Row], Failure]) -> Callable[[Row, Head], tuple[str, ...]]:
    def cells(row: Row, head: Head) -> tuple[str, ...]:
        failure = pick(row)
        return (
            row.method.title,
            clock(failure.course.seconds),
            f"{failure.course.lowest} of {head.instances}",
            _downtime(failure.course),
            "; ".join(map(aftermath_in_words, failure.leaves)),
            "; ".join(f"{environment.status}, {environment.health}" for environment in failure.leaves),
            undone(failure.undone),
        )

    return cells


_FAILURE = {"Method": 17, "Time": 5, "Lowest": 6, "Downtime": 8, "Leaves": 25, "Status": 15, "Rolled back": 25}
PARTS = (
    Part(
        "{new} works",
        {
            "Method": 17,
            "Time": 5,
            "Lowest capacity": 8,
            "Versions at once": 11,
            "Extra instances": 9,
            "Downtime": 8,
            "Zero downtime": 8,
            "DNS change": 10,
            "Code deployed to": 16,
        },
        _working,
    ),
    Part("{new} fails wherever it is put", _FAILURE, _failing(lambda row: row.everywhere)),
    Part(
        "{new} fails late: on the last instance that gets it, with a share of the traffic, or after the swap",
        _FAILURE,
        _failing(lambda row: row.late),
    ),
)


def text(head: Head, rows: Sequence[Row]) -> str:
    """Tables for the terminal, without colours."""
    console = Console(file=io.StringIO(), width=_WIDE, highlight=False, color_system=None)
    for index, part in enumerate(PARTS):
        table = Table(title=_caption(part), title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
        for title, width in part.columns.items():
            table.add_column(title, width=width)
        for row in rows:
            table.add_row(*part.cells(row, head))
        console.print(*([""] if index else []), table, sep="\n", end="")
    lines = console.file.getvalue()  # type: ignore[attr-defined]  # it is the StringIO from above
    return "\n".join(line.rstrip() for line in lines.rstrip().splitlines()) + "\n"


def markdown(head: Head, rows: Sequence[Row]) -> str:
    """The same tables as Markdown."""
    tables = []
    for part in PARTS:
        lines = [tuple(part.columns), ("---",) * len(part.columns), *(part.cells(row, head) for row in rows)]
        tables.append(f"**{_caption(part)}**\n\n" + "".join(f"| {' | '.join(cells)} |\n" for cells in lines))
    return "\n".join(tables)


def as_json(head: Head, rows: Sequence[Row]) -> str:
    """All measures; durations are seconds."""
    document = {**msgspec.to_builtins(head), "methods": [_document(row) for row in rows]}
    return msgspec.json.format(msgspec.json.encode(document), indent=2).decode() + "\n"


def clock(seconds: float) -> str:
    """A duration as `m:ss`."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02}"


def summary(row: Row, head: Head) -> str:
    """The measures of a working deployment, in one line."""
    course = row.works
    parts = (f"lowest {course.lowest} of {head.instances}", f"{course.extra} extra", f"downtime {_downtime(course)}")
    return f"{clock(course.seconds)}, {', '.join(parts)}, code to {_receivers(row)}"


def _caption(part: Part) -> str:
    return part.caption.format(new=NEW)


def _downtime(course: Course) -> str:
    if course.zero_downtime:
        return "none"
    return ("≥ " if course.still_down else "") + clock(course.downtime)


def _receivers(row: Row) -> str:
    kinds = [name for name, number in (("new", row.new), ("existing", row.existing)) if number]
    return " and ".join(kinds) or "none"


def aftermath_in_words(left: Aftermath) -> str:
    """One environment after a deployment, in words."""
    parts = ((left.on_new, f"on {NEW}"), (left.on_old, f"on {OLD}"), (left.out_of_service, "out of service"))
    instances = ", ".join(f"{number} {where}" for number, where in parts if number) or "no instance"
    return instances if left.answers else f"{left.environment} aside: {instances}"


def undone(undo: Undone) -> str:
    """The way back to the old version, in words."""
    if undo.course is None:
        return BY_ITSELF[undo.kind]
    down = "" if undo.course.zero_downtime else f", downtime {_downtime(undo.course)}"
    return f"{BY_HAND[undo.kind]}, {clock(undo.course.seconds)}{down}" + ("" if undo.restored else ", in vain")


def _document(row: Row) -> dict[str, object]:
    return {
        "method": row.method.name,
        "title": row.method.title,
        "works": {**_course(row.works), "deployed_to": {"existing": row.existing, "new": row.new}},
        "fails": {"everywhere": _failure(row.everywhere), "late": _failure(row.late)},
    }


def _course(course: Course) -> dict[str, object]:
    return {**msgspec.to_builtins(course), "zero_downtime": course.zero_downtime}


def _failure(failure: Failure) -> dict[str, object]:
    undone = failure.undone
    return {
        **_course(failure.course),
        "leaves": msgspec.to_builtins(failure.leaves),
        "undone": {
            "kind": undone.kind,
            "restored": undone.restored,
            "course": None if undone.course is None else _course(undone.course),
        },
    }
