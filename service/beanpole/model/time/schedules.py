"""The instants of periodic tasks and of scheduled actions: schedules of five fields, as in a crontab, in UTC."""

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
_PART = re.compile(r"(\*|[a-z0-9]+)(?:-([a-z0-9]+))?(?:/([0-9]{1,9}))?")
MOST_MINUTES = 10_080  # that are looked at: a clock that was moved further has missed what was before
MOST_DAYS = 3_300  # that are looked at: there may be eight years between two days of one date, the 29th of February


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
    values = [names.get(text, int(text) if text.isdecimal() else -1) for text in (first, last) if text is not None]
    ordered = values == sorted(values) or values[-1] == 0
    return ordered and all(bounds[0] <= value <= bounds[1] for value in values) and (step is None or int(step) > 0)


def instant(text: str) -> int:
    """The instant of a text, in milliseconds; ValueError if it is not in the form of ISO 8601."""
    moment = datetime.fromisoformat(text)
    return round(moment.replace(tzinfo=moment.tzinfo or UTC).timestamp() * 1000)


def following(schedule: str, after: int) -> int | None:
    """The first instant of a schedule after an instant, in milliseconds; None if none comes in nine years."""
    fields = schedule.split()
    times = [(hour, minute) for hour in sorted(_values(fields[1], 1)) for minute in sorted(_values(fields[0], 0))]
    day = datetime.fromtimestamp(after // 1000, UTC).replace(hour=0, minute=0, second=0)
    for _ in range(MOST_DAYS):
        if _is_on_day(fields, day):
            moments = (round(day.replace(hour=hour, minute=minute).timestamp() * 1000) for hour, minute in times)
            moment = next((moment for moment in moments if moment > after), None)
            if moment is not None:
                return moment
        day += timedelta(days=1)
    return None


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
    fields = schedule.split()
    minute, hour = (_values(field, index) for index, field in enumerate(fields[:2]))
    return moment.minute in minute and moment.hour in hour and _is_on_day(fields, moment)


def _is_on_day(fields: list[str], moment: datetime) -> bool:
    day, month, weekday = (_values(field, index) for index, field in enumerate(fields[2:], 2))
    on_day, on_weekday = moment.day in day, moment.isoweekday() % 7 in {value % 7 for value in weekday}
    either = "*" not in fields[2][0] and "*" not in fields[4][0]
    days = on_day or on_weekday if either else on_day and on_weekday
    return moment.month in month and days


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
