"""The jobs of a timekeeper grow with what waits, up to a bound, and are small again once nothing does."""

import pytest

from beanpole.machine.clock import real_now
from beanpole.store.store import Store
from beanpole_workers.play import jobs, timekeeper, worker
from beanpole_workers.play.timekeeper import BATCH, LARGEST, Timekeeper


@pytest.fixture(autouse=True)
def gathers_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody else makes members due, so a timekeeper need not wait for more."""
    monkeypatch.setattr(timekeeper, "GATHERING", 0)


def sizes(store: Store, keeper: Timekeeper, count: int) -> list[int]:
    """The members of each job, until all that is due now has been taken."""
    store.due.give_back(
        [f"123456789012|us-east-1|environment|e-{number:010}" for number in range(count)], real_now() - 1_000
    )
    queue, lengths = jobs.queue_of(store), list[int]()
    while sum(lengths) < count:
        keeper._hand_over()
        lengths += [len(job.args[0]) for job in queue.jobs]
        queue.empty()
    return lengths


def test_jobs_grow_while_more_is_due(store: Store) -> None:
    keeper = Timekeeper(store, jobs.queue_of(store), "worker")
    assert sizes(store, keeper, 500) == [BATCH, 2 * BATCH, LARGEST, LARGEST, LARGEST, 500 - 3 * LARGEST - 3 * BATCH]
    assert sizes(store, keeper, 5) == [5]
    assert sizes(store, keeper, 2 * BATCH) == [BATCH, BATCH]


def test_jobs_beside_a_server_stay_small(store: Store) -> None:
    keeper = worker.Embedded(store)._timekeeper
    assert sizes(store, keeper, 70) == [worker.BATCH] * 3 + [10]
