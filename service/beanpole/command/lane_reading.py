"""The lanes of an environment as a server tells them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from beanpole.model.environment.lanes import Lane, Look, Span


def lanes(document: Mapping[str, Any]) -> tuple[Lane, ...]:
    """The lanes of an answer of the route."""
    return tuple(Lane(lane["id"], tuple(map(_span, lane["spans"]))) for lane in document["lanes"])


def instant(text: str) -> int:
    """An instant of an answer, in milliseconds."""
    return round(datetime.fromisoformat(text).timestamp() * 1000)


def _span(span: Mapping[str, Any]) -> Span:
    ended = None if span["ended"] is None else instant(span["ended"])
    return Span(instant(span["began"]), ended, Look(span["version"], span["state"], span["in_service"], span["group"]))
