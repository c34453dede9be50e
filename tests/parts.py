"""`--parts`: how many seconds, and processor seconds, each part of the suite takes.

A part is a folder of tests, and its half on Redis apart. Processor seconds are of the test process and of the processes
that it started and waited for. What lives as long as the session (servers, workers) is counted where it ends.
"""

import os
from collections import defaultdict
from collections.abc import Iterator
from time import perf_counter, process_time
from typing import Any

import pytest

AROUND = "collection, and servers and workers of the session"
CONTROLLER = "pytest itself"
SPENT = "spent"


class Parts:
    """The plugin; one in each process, of which the first adds up what the others report."""

    def __init__(self) -> None:
        self._tests: dict[str, int] = defaultdict(int)
        self._seconds: dict[str, float] = defaultdict(float)
        self._processor: dict[str, float] = defaultdict(float)
        self._in_tests = 0.0
        self._readings: list[tuple[float, float]] = []  # of both clocks: at the end of the test before, and after it
        self._is_last = False

    def pytest_runtest_logstart(self) -> None:
        """Look at the clocks before the first test; for any other, what was spent begins where the one before ended."""
        if not self._readings:
            self._readings.append((perf_counter(), _processor_seconds()))

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item, nextitem: pytest.Item | None) -> Iterator[None]:
        """Remember whether the session ends with the test."""
        self._is_last = nextitem is None
        return (yield)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[Any]:
        """Let the last report of a test carry what it has spent: to look at the clock of the processor is dear."""
        report = yield
        if call.when == "teardown" or self._is_last:
            self._readings.append((perf_counter(), _processor_seconds()))
        if call.when == "teardown":
            first, *between, last = self._readings
            self._readings = [last]
            processor = between[-1][1] if between else last[1]  # without the teardown that ends the session
            spent = last[0] - first[0], processor - first[1]
            self._in_tests += spent[1]
            report.user_properties.append((SPENT, (part(item), *spent)))
        return report

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Add up."""
        for name, value in report.user_properties[-1:]:
            if name == SPENT:
                where, seconds, processor = value
                self._tests[where] += 1
                self._seconds[where] += seconds
                self._processor[where] += processor

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Hand on what this process spent around its tests."""
        if not self._in_tests:  # the first process of a run with xdist, which waits for the others
            self._processor[CONTROLLER] += process_time()
            return
        around = _processor_seconds() - self._in_tests
        if hasattr(session.config, "workeroutput"):
            session.config.workeroutput[AROUND] = around
        else:
            self._processor[AROUND] += around

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Take what an xdist worker hands on."""
        self._processor[AROUND] += node.workeroutput.get(AROUND, 0.0)

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """A row for each part, and their sum."""
        terminalreporter.section("parts")
        terminalreporter.write_line(f"{'':52}{'tests':>7}{'seconds':>10}{'processor':>11}")
        for name in sorted(self._processor, key=lambda name: (name in (AROUND, CONTROLLER), name)):
            terminalreporter.write_line(_row(name, self._tests[name], self._seconds[name], self._processor[name]))
        sums = (sum(column.values()) for column in (self._tests, self._seconds, self._processor))
        terminalreporter.write_line(_row("sum", *sums))


def part(item: pytest.Item) -> str:
    """The part of the suite that a test belongs to."""
    folder = item.nodeid.partition("::")[0].split("/")[1]
    callspec = getattr(item, "callspec", None)
    return f"{folder}, on Redis" if callspec and "redis" in callspec.params.values() else folder


def _row(name: str, tests: int, seconds: float, processor: float) -> str:
    return f"{name:52}{tests or '':>7}{seconds:>10.1f}{processor:>11.1f}"


def _processor_seconds() -> float:
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system
