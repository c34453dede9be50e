"""Bounds of time that hold on a machine of any speed: a fixed piece of work tells how slow this one is now."""

from collections.abc import Callable
from threading import Thread
from time import perf_counter, thread_time
from typing import TypeVar

from beanpole.machine.clock import real_now, sleep

LOOPS = 100_000  # of the fixed work
NOMINAL = 0.006  # seconds that it takes on the machine for which the bounds are written
ATTEMPTS = (
    3  # of a measurement: a collection of garbage or another process disturbs one of them, the code's own time all
)

Answer = TypeVar("Answer")


def slowness(clock: Callable[[], float] = perf_counter) -> float:
    """How many times slower than `NOMINAL` this machine does the fixed work now, by that clock; at least 1."""
    begun, count = clock(), 0
    for number in range(LOOPS):
        count += number & 1
    return max(1.0, (clock() - begun) / NOMINAL)


def assert_prompt(work: Callable[[], Answer], bound: float, about: str = "") -> Answer:
    """The answer of `work`, one of whose three attempts takes at most `bound` seconds of the processor in this thread.

    Raises AssertionError with the time that the last attempt took.
    """
    for _ in range(ATTEMPTS):
        begun, read = thread_time(), perf_counter()
        answer = work()
        if perf_counter() - read < bound:  # a thread is on the processor for no longer than that
            return answer
        took = thread_time() - begun
        if took < bound or took < bound * slowness(thread_time):
            return answer
    raise AssertionError(f"{took:.2f} s where {bound} s are allowed: {about}")


def shortest(measure: Callable[[], float], bound: float) -> float:
    """The least of up to three measurements, each divided by the slowness; the first below `bound` is the last."""
    least = float("inf")
    for _ in range(ATTEMPTS):
        least = min(least, measure() / slowness())
        if least < bound:
            break
    return least


def longest_pause(work: Callable[[], object]) -> int:
    """The milliseconds for which another thread of this process does not come to its turn, at most, during `work`."""
    worker = Thread(target=work)
    worker.start()
    longest, before = 0, real_now()
    while worker.is_alive():
        sleep(0.001)
        longest, before = max(longest, real_now() - before), real_now()
    return longest
