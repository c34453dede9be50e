"""The route that Prometheus reads: what all processes have done, and how things stand now.

The form is the text format 0.0.4 of Prometheus (https://prometheus.io/docs/instrumenting/exposition_formats/). Counters
are of all processes on one Redis, and begin anew where that is emptied. Any process of a server may answer, so memory,
processor and worlds have a sample for each process, with its name.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple

from flask import Response

from beanpole import __version__
from beanpole.control.health import RECENT
from beanpole.control.scope import Scope
from beanpole.machine.clock import real_now
from beanpole.store.counters import Count
from beanpole.store.processes import Process

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
REQUESTS, COMMITS, CONFLICTS, STEPS = "requests", "commits", "conflicts", "steps"

Sample = tuple[Mapping[str, str], float]


class Reading(NamedTuple):
    """The sources of the metrics: the store, the counts, the processes and real time."""

    scope: Scope
    counts: Mapping[Count, int]
    processes: Mapping[str, Process]
    now: int


class Metric(NamedTuple):
    """A metric by its help, its type and its samples."""

    help: str
    type: str
    samples: Callable[[Reading], Iterable[Sample]]


def get(scope: Scope) -> Response:
    """All metrics, of all accounts."""
    now, counters = real_now(), scope.store.counters
    reading = Reading(scope, counters.read(now), counters.processes(now), now)
    lines = (line for name, metric in METRICS.items() for line in _lines(name, metric, reading))
    return Response("".join(lines), content_type=CONTENT_TYPE)


def _lines(name: str, metric: Metric, reading: Reading) -> Iterator[str]:
    yield f"# HELP {name} {metric.help}\n"
    yield f"# TYPE {name} {metric.type}\n"
    for labels, value in metric.samples(reading):
        pairs = ",".join(f'{label}="{_escaped(text)}"' for label, text in labels.items())
        yield f"{name}{{{pairs}}} {value:.17g}\n" if pairs else f"{name} {value:.17g}\n"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _counted(name: str) -> Callable[[Reading], Iterable[Sample]]:
    return lambda reading: [({}, reading.counts.get((name,), 0))]


def _requests(reading: Reading) -> Iterator[Sample]:
    """An error has its code, a success `OK`; a call of no operation has an empty one."""
    for (name, *labels), number in sorted(reading.counts.items()):
        if name == REQUESTS:
            yield dict(zip(("operation", "status", "code"), labels, strict=True)), number


def _one(measure: Callable[[Reading], float | None]) -> Callable[[Reading], Iterable[Sample]]:
    """A metric without labels; no sample where it cannot be measured."""

    def samples(reading: Reading) -> Iterable[Sample]:
        value = measure(reading)
        return [] if value is None else [({}, value)]

    return samples


def _of_processes(measure: Callable[[Process], float | None]) -> Callable[[Reading], Iterable[Sample]]:
    """A metric of each process, labelled with its name; no sample where it cannot be measured."""

    def samples(reading: Reading) -> Iterator[Sample]:
        for name, process in reading.processes.items():
            value = measure(process)
            if value is not None:
                yield {"process": name}, value

    return samples


METRICS: Mapping[str, Metric] = {
    "beanpole_info": Metric("The version.", "gauge", lambda _: [({"version": __version__}, 1)]),
    "beanpole_requests_total": Metric("Calls of operations, by what they were answered with.", "counter", _requests),
    "beanpole_commits_total": Metric("Changes that were written.", "counter", _counted(COMMITS)),
    "beanpole_conflicts_total": Metric(
        "Changes that were not written, because another writer was first.", "counter", _counted(CONFLICTS)
    ),
    "beanpole_steps_total": Metric("Instants of environments that workers have played.", "counter", _counted(STEPS)),
    "beanpole_due_lag_seconds": Metric(
        "How late the earliest member is that is due on a wall clock; 0 where none is late.",
        "gauge",
        _one(lambda reading: reading.scope.store.due.lateness(reading.now) / 1000),
    ),
    "beanpole_due_members": Metric(
        "Members that are due on wall clocks, now or later.",
        "gauge",
        _one(lambda reading: reading.scope.store.due.count()),
    ),
    "beanpole_workers": Metric(
        "Worker processes that were seen lately.",
        "gauge",
        _one(lambda reading: reading.scope.store.due.workers(reading.now - RECENT)),
    ),
    "beanpole_accounts": Metric(
        "Accounts that have a clock.", "gauge", _one(lambda reading: reading.scope.store.number_of_accounts())
    ),
    "beanpole_worlds": Metric(
        "Accounts in regions of which a process has copies.", "gauge", _of_processes(lambda process: process.worlds)
    ),
    "beanpole_redis_memory_bytes": Metric(
        "Memory that the Redis server uses; none where it is inside the process.",
        "gauge",
        _one(lambda reading: reading.scope.store.memory()),
    ),
    "process_resident_memory_bytes": Metric(
        "Memory that a process holds that was seen within the last minute.",
        "gauge",
        _of_processes(lambda process: process.resident),
    ),
    "process_cpu_seconds_total": Metric(
        "Seconds of the processor that a process has used.", "counter", _of_processes(lambda process: process.processor)
    ),
}
