"""The instants of periodic tasks, by schedules as in a crontab."""

from datetime import UTC, datetime

import pytest

from beanpole.model.time.schedules import MOST_MINUTES, following, instants, is_due, is_schedule

MONDAY = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def at(*parts):
    return round(datetime(*parts, tzinfo=UTC).timestamp() * 1000)


@pytest.mark.parametrize(
    ("schedule", "due"),
    [
        ("* * * * *", True),
        ("30 9 * * *", True),
        ("31 9 * * *", False),
        ("*/15 * * * *", True),
        ("*/7 * * * *", False),
        ("0-30/10 * * * *", True),
        ("5/5 * * * *", True),
        ("10,20,30 8-10 * * *", True),
        ("30 9 2 * *", True),
        ("30 9 3 * *", False),
        ("30 9 * 3 *", True),
        ("30 9 * mar *", True),
        ("30 9 * APR *", False),
        ("30 9 * * 1", True),
        ("30 9 * * mon-fri", True),
        ("30 9 * * 0,7", False),
        ("30 9 * * sat-sun", False),
        ("30 9 * * 5-7", False),
        ("30 9 15 * 1", True),  # either of the days
        ("30 9 2 * 5", True),
        ("30 9 15 * 5", False),
        ("30 9 */2 * 1", False),  # a star counts as none given, so both must fit
    ],
)
def test_a_schedule_fits_a_minute(schedule, due):
    assert is_schedule(schedule)
    assert is_due(schedule, MONDAY) is due


def test_instants_are_after_the_first_and_up_to_the_last():
    begin, end = at(2026, 3, 2, 9, 0), at(2026, 3, 2, 9, 10)
    assert instants("*/5 * * * *", begin, end, 10) == (at(2026, 3, 2, 9, 5), end)
    assert instants("*/5 * * * *", begin - 1, end - 1, 10) == (begin, at(2026, 3, 2, 9, 5))
    assert instants("*/5 * * * *", end, begin, 10) == ()


def test_of_many_instants_the_latest_are_given():
    end = at(2026, 3, 2, 9, 10)
    assert instants("* * * * *", 0, end, 2) == (end - 60_000, end)
    assert instants("0 0 1 1 *", 0, end, 2) == ()  # further back than anybody looks
    assert MOST_MINUTES == 7 * 24 * 60


@pytest.mark.parametrize(
    ("schedule", "due"),
    [
        ("* * * * *", (2026, 3, 2, 9, 31)),
        ("30 9 * * *", (2026, 3, 3, 9, 30)),
        ("*/20 9-10 * * *", (2026, 3, 2, 9, 40)),
        ("0 0 * * mon", (2026, 3, 9)),
        ("15 4 1 1 *", (2027, 1, 1, 4, 15)),
        ("0 0 29 2 *", (2028, 2, 29)),
    ],
)
def test_the_instant_that_follows_another(schedule, due):
    after = round(MONDAY.timestamp() * 1000)
    assert following(schedule, after) == at(*due)
    assert following(schedule, at(*due) - 1) == at(*due)


def test_no_instant_follows_where_a_month_has_no_such_day():
    assert following("0 0 30 2 *", 0) is None
    assert following("0 0 29 2 *", at(2096, 3, 1)) == at(2104, 2, 29)
