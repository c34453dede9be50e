"""Troubles that last: each is logged once, until it changes or ends."""

from logging import Logger


class Troubles:
    """The last trouble of each subject, in a log."""

    def __init__(self, log: Logger) -> None:
        self._log = log
        self._last: dict[str, str] = {}

    def tell(self, about: str, what: str, trouble: Exception) -> None:
        """Log a trouble of a subject, unless it is the last one of the subject."""
        if self._last.get(about) != str(trouble):
            self._log.warning("%s: %s", what, trouble)
        self._last[about] = str(trouble)

    def end(self, about: str) -> None:
        """Forget the trouble of a subject, so that it is logged if it comes again."""
        self._last.pop(about, None)
