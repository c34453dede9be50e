"""Reads `cron.yaml`, the periodic tasks of a worker environment (using-features-managing-env-tiers).

The words for a file that is broken are inferred: those of the service's own daemon are not public.
"""

import re
from collections.abc import Mapping
from typing import Any

from beanpole.files.bundle import documents
from beanpole.files.bundle.entries import Letters
from beanpole.files.bundle.parser_words import Budget, Malformed
from beanpole.model.bundles.bundle import Cron, Task
from beanpole.model.traffic.schedules import NAMES, RANGES

NAME = "cron.yaml"
MISPLACED = ".ebextensions/cron.yaml"

NO_LIST = "it has no list named cron"
NO_VERSION = "its version must be 1"
NO_MAP = "entry {number} of its list is no map"
NO_MEMBER = "entry {number} of its list has no {member}"
TWICE = "two tasks are named {name}"
BAD_URL = "the url of task {name} must be a path that begins with a slash"
BAD_SCHEDULE = "the schedule of task {name} must be five fields of a crontab, not {schedule}"
NOT_AT_THE_ROOT = "it must be at the root of the source bundle, not in .ebextensions"

_PART = re.compile(r"(\*|[a-z0-9]+)(?:-([a-z0-9]+))?(?:/([0-9]+))?")


class _Broken(Exception):
    """The problem of the file."""


def read(content: bytes, budget: Budget, letters: Letters) -> Cron:
    """The tasks of the file, or its problem."""
    try:
        return Cron(tasks=tuple(_tasks(documents.load(content, budget), letters)))
    except Malformed as error:
        return Cron(problem=f"Invalid Yaml: {' '.join(error.yaml.split())}")
    except _Broken as broken:
        return Cron(problem=str(broken))


def _tasks(document: Any, letters: Letters) -> list[Task]:
    if not isinstance(document, Mapping) or not isinstance(document.get("cron"), list):
        raise _Broken(NO_LIST)
    if documents.text(document.get("version")) not in ("1", "1.0"):
        raise _Broken(NO_VERSION)
    tasks: dict[str, Task] = {}
    for number, entry in enumerate(document["cron"], 1):
        task = _task(number, entry)
        if task.name in tasks:
            raise _Broken(TWICE.format(name=task.name))
        letters.spend(task.name + task.url + task.schedule)
        tasks[task.name] = task
    return list(tasks.values())


def _task(number: int, entry: Any) -> Task:
    if not isinstance(entry, Mapping):
        raise _Broken(NO_MAP.format(number=number))
    members = {}
    for member in ("name", "url", "schedule"):
        value = documents.text(entry.get(member))
        if not value:
            raise _Broken(NO_MEMBER.format(number=number, member=member))
        members[member] = value
    task = Task(**members)
    if not task.url.startswith("/"):
        raise _Broken(BAD_URL.format(name=task.name))
    if not is_schedule(task.schedule):
        raise _Broken(BAD_SCHEDULE.format(name=task.name, schedule=task.schedule))
    return task


def is_schedule(text: str) -> bool:
    """Tell whether a text is the schedule of a crontab: five fields of numbers, names, ranges, steps and lists."""
    fields = text.lower().split()
    return len(fields) == len(RANGES) and all(
        all(_is_part(part, bounds, names) for part in field.split(","))
        for field, bounds, names in zip(fields, RANGES, NAMES, strict=True)
    )


def _is_part(part: str, bounds: tuple[int, int], names: Mapping[str, int]) -> bool:
    match = _PART.fullmatch(part)
    if match is None:
        return False
    first, last, step = match.groups()
    if first == "*":
        return last is None and (step is None or int(step) > 0)
    values = [names.get(each, int(each) if each.isdecimal() else -1) for each in (first, last) if each is not None]
    ordered = values == sorted(values) or values[-1] == 0
    return ordered and all(bounds[0] <= value <= bounds[1] for value in values) and (step is None or int(step) > 0)
