"""The instance that answers a request: round robin, and by share."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beanpole.model.environment.instance import Instance
from beanpole.model.traffic.answerers import Side
from beanpole.model.traffic.balancing import pick, share_hits

FIVE = tuple(Instance(f"i-{number}", number, "group") for number in range(5))
OLD, NEW = FIVE[:3], FIVE[3:]


def tally(sides: tuple[Side, ...], turns: range) -> Counter[str | None]:
    return Counter(instance and instance.id for instance in (pick(sides, turn) for turn in turns))


def test_instances_take_turns() -> None:
    ids = [instance and instance.id for instance in (pick((Side(100, OLD),), turn) for turn in range(7))]
    assert ids == ["i-0", "i-1", "i-2", "i-0", "i-1", "i-2", "i-0"]


@given(st.integers(0, 10_000))
def test_of_a_hundred_requests_in_a_row_each_side_gets_its_percentage(first: int) -> None:
    for percent in range(1, 100):
        _must_share(percent, first)


def _must_share(percent: int, first: int) -> None:
    counts = tally((Side(100 - percent, OLD), Side(percent, NEW)), range(first, first + 100))
    assert counts["i-3"] + counts["i-4"] == percent
    assert max(counts[instance.id] for instance in OLD) - min(counts[instance.id] for instance in OLD) <= 1
    assert abs(counts["i-3"] - counts["i-4"]) <= 1


@pytest.mark.parametrize("sides", [(), (Side(100, ()),)])
def test_without_an_instance_in_service_nobody_answers(sides: tuple[Side, ...]) -> None:
    assert pick(sides, 3) is None


def test_a_side_without_instances_loses_its_share_and_no_more() -> None:
    assert tally((Side(80, OLD), Side(20, ())), range(100))[None] == 20
    assert tally((Side(80, ()), Side(20, NEW)), range(100))[None] == 80


@given(st.floats(0, 1), st.integers(0, 5_000))
def test_a_share_of_requests_is_spread_evenly(share: float, first: int) -> None:
    hits = sum(share_hits(share, turn) for turn in range(first, first + 200))
    assert abs(hits - 200 * share) <= 1
