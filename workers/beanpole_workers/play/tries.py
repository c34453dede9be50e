"""The tries of a thread to reach Redis: the pause after each of them, and the lines of the log.

A pause is never long, so that time passes again soon after Redis is back. The log says the first failures of a row, any
that has another reason, and else one in a minute.
"""

from logging import Logger

from beanpole.machine.clock import real_now
from beanpole.store.connection import StoreError, reason

FIRST, LONGEST = 0.5, 2.0  # seconds between two tries
CALM = 10_000  # milliseconds without a failure that end a row
SILENCE = 60_000  # milliseconds between two lines that say the same


class Tries:
    """The tries of one thread; `sentence` says what it cannot do without Redis."""

    def __init__(self, log: Logger, sentence: str) -> None:
        self._log = log
        self._sentence = sentence
        self._pause = 0.0
        self._failed = 0
        self._logged = 0
        self._reason = ""

    def failed(self, trouble: StoreError | None = None) -> float:
        """Log a failure, unless that was done already; returns the seconds until the next try."""
        now, before = real_now(), self._pause
        row = before > 0 and now - self._failed < CALM
        self._failed = now
        self._pause = min(2 * before, LONGEST) if row else FIRST
        if trouble is None:
            return self._pause
        words = reason(trouble)
        if not row or self._pause > before or words != self._reason or now - self._logged >= SILENCE:
            self._logged, self._reason = now, words
            self._log.warning("%s and tries again in %g s: %s", self._sentence, self._pause, words)
        return self._pause
