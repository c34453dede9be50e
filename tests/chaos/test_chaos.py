"""The short forms of the chaos: a few seconds in which everything is killed, cut, frozen, raced and fuzzed."""

from pathlib import Path

import pytest

from chaos import composed, disturbances, fuzz, kept, races, storm


@pytest.mark.slow
@pytest.mark.merge
def test_acknowledged_changes_are_kept_once_while_everything_fails() -> None:
    counts, wrong = storm.run(seconds=1, seed=4, pause=(0.02, 0.1))
    assert wrong == []
    assert counts["kills"] > 0
    assert counts["answered 200"] > 0


@pytest.mark.merge
@pytest.mark.parametrize("front", sorted(fuzz.EMBEDDED))
def test_every_kind_of_request_is_answered(front: str) -> None:
    counts, wrong = fuzz.run(front, 1_000, seed=1)
    assert wrong == []
    assert counts["fuzzed requests"] >= 1_000


@pytest.mark.merge
def test_one_of_racing_calls_wins() -> None:
    counts, wrong = races.run(50, seed=1)
    assert wrong == []
    assert counts["races"] == 50


def test_disturbances_that_kill_are_some_of_all_disturbances() -> None:
    assert set(disturbances.KILLS) < disturbances.DISTURBANCES.keys()


@pytest.mark.slow
@pytest.mark.merge
def test_a_server_that_keeps_its_state_is_killed_and_loses_nothing(tmp_path: Path) -> None:
    killing_run = kept.run(tmp_path, kills=2, seed=3, pause=(0.05, 0.6))
    assert killing_run.wrong == []
    assert killing_run.counts["kills"] == 2
    assert killing_run.counts["stories"] > 0
    assert killing_run.counts["acknowledged calls of other services"] > 0


@pytest.mark.slow
@pytest.mark.merge
def test_redis_the_service_and_workers_are_killed_and_lose_nothing(tmp_path: Path) -> None:
    killing_run = composed.run(tmp_path, kills=4, seed=3, pause=(0.05, 0.6))
    assert killing_run.wrong == []
    assert [len(recoveries) for recoveries in killing_run.recoveries.values()] == [1, 1, 1, 1]
    assert killing_run.counts["stories"] > 0
