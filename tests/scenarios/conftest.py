"""Golden timelines: the story of an operation as a text that a reviewer can read."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from mould import moulded
from scenarios.deployments import open_shop

FOLDER = Path(__file__).parent
LINE_END = ("\n", "\\n")


@pytest.fixture
def shop(beanstalk: Any) -> Any:
    """An application with two versions."""
    moulded(beanstalk, "shop", lambda: open_shop(beanstalk.client))
    return beanstalk


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[..., None]:
    """Hold a story's events, and what they leave where that is told, against `NAME.txt`; or write it anew."""

    def hold(name: str, events: Iterable[Any], left: str = "") -> None:
        text = timeline(events) + (f"\n{left}" if left else "")
        file = FOLDER / f"{name}.txt"
        if request.config.getoption("--update-golden"):
            file.write_text(text, encoding="utf-8")
        assert file.exists(), f"{file.name} is not there: run pytest --update-golden and read what it writes"
        assert text == file.read_text(encoding="utf-8")

    return hold


def timeline(events: Iterable[Any]) -> str:
    """A line an event, oldest first: seconds since the first, severity, `*` if it carries a RequestId, whose, what.

    A trailing blank of a message is shown by the bar that ends every line, the end of a line in it as `\\n`.
    """
    ordered = sorted(events, key=lambda event: event.at)
    start = ordered[0].at if ordered else 0
    lines = [
        f"{(event.at - start) / 1000:>9.3f}  {event.severity:<5} {'*' if event.request_id else ' '} "
        f"{event.environment_name or '-':<8} {event.message.replace(*LINE_END)}|\n"
        for event in ordered
    ]
    return "".join(lines)
