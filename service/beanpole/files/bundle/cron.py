"""Reads `cron.yaml`, the periodic tasks of a worker environment (using-features-managing-env-tiers).

The words for a file that is broken are inferred: those of the service's own daemon are not public.
"""

from collections.abc import Mapping
from typing import Any

from beanpole.files.bundle import documents
from beanpole.files.bundle.entries import Letters
from beanpole.files.bundle.parser_words import Budget, Malformed
from beanpole.model.bundles.bundle import Cron, Task
from beanpole.model.time.schedules import is_schedule

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
