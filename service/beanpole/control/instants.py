"""Instants as the control routes write them: ISO 8601 in UTC."""

from datetime import UTC, datetime, timedelta
from typing import overload

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@overload
def format_instant(milliseconds: int) -> str: ...
@overload
def format_instant(milliseconds: None) -> None: ...
def format_instant(milliseconds: int | None) -> str | None:
    """An instant as ISO 8601 in UTC, to the millisecond."""
    if milliseconds is None:
        return None
    moment = EPOCH + timedelta(milliseconds=milliseconds)
    return moment.replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"
