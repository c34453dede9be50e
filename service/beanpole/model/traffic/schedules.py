"""The instants of a periodic task: schedules of five fields, as in a crontab, in UTC."""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta

RANGES = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))  # minute, hour, day, month, day of the week
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
NAMES: tuple[Mapping[str, int], ...] = (
    {},
    {},
    {},
    {name: number for number, name in enumerate(_MONTHS, 1)},
    {name: number for number, name in enumerate(_DAYS)},
)
_MINUTE = timedelta(minutes=1)
MOST_MINUTES = 10_080  # that are looked at: a clock that was moved further has missed what was before


def instants(schedule: str, after: int, until: int, most: int) -> tuple[int, ...]:
    """The latest instants of a schedule after one instant and up to another, in milliseconds, oldest first.

    The reader of `cron.yaml` has accepted the schedule.
    """
    latest: list[int] = []
    for moment in _minutes(after, until):
        if len(latest) == most:
            break
        if is_due(schedule, moment):
            latest.append(round(moment.timestamp() * 1000))
    return tuple(reversed(latest))


def is_due(schedule: str, moment: datetime) -> bool:
    """Tell whether a schedule fits a minute. Where both the day and the day of the week are given, either is enough."""
    minute, hour, day, month, weekday = (_values(field, index) for index, field in enumerate(schedule.split()))
    fields = schedule.split()
    on_day, on_weekday = moment.day in day, moment.isoweekday() % 7 in {value % 7 for value in weekday}
    either = "*" not in fields[2][0] and "*" not in fields[4][0]
    days = on_day or on_weekday if either else on_day and on_weekday
    return moment.minute in minute and moment.hour in hour and moment.month in month and days


def _minutes(after: int, until: int) -> Iterator[datetime]:
    """The full minutes after an instant up to another, the latest first."""
    moment = datetime.fromtimestamp(until // 60_000 * 60, UTC)
    for _ in range(MOST_MINUTES):
        if moment.timestamp() * 1000 <= after:
            return
        yield moment
        moment -= _MINUTE


def _values(field: str, index: int) -> set[int]:
    values: set[int] = set()
    for part in field.lower().split(","):
        span, _, step = part.partition("/")
        first, last = RANGES[index]
        if span != "*":
            ends = [NAMES[index].get(end, 0) if re.fullmatch("[a-z]+", end) else int(end) for end in span.split("-")]
            first, last = ends[0], ends[-1] if len(ends) > 1 or not step else last
        if last < first:  # `fri-sun`
            last += 7
        values.update(range(first, last + 1, int(step or 1)))
    return values
