"""The log of RQ: its errors of Redis are lines like those of our own threads."""

import logging

from redis.exceptions import RedisError

from beanpole.machine.clock import real_now
from beanpole.store.connection import reason
from beanpole_workers.play.tries import LONGEST, SILENCE


class OneLine(logging.Filter):
    """A filter that shortens errors of Redis in RQ's log to one line, which RQ writes with a traceback.

    Of RQ's own tries to reach Redis after the longest pause it passes one in a minute.
    """

    def __init__(self) -> None:
        super().__init__()
        self._passed = 0

    def filter(self, record: logging.LogRecord) -> bool:
        if "could not connect to Redis" in str(record.msg) and isinstance(record.args, tuple):
            if record.args[-1] == LONGEST and real_now() - self._passed < SILENCE:
                return False
            self._passed = real_now() if record.args[-1] == LONGEST else 0
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, RedisError):
            record.msg, record.args = "the worker lost Redis: %s", (reason(error),)
            record.exc_info = record.exc_text = None
        return True
