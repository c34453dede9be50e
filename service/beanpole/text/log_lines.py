"""Loggers whose records are one line each: a name that holds a line break cannot forge another.

Any name of a client may stand in a message, so characters that cannot be seen are escaped here, for every message. The
lines of a traceback are indented, for the text of an exception may quote a name, too.
"""

import logging
import re
from textwrap import indent

_FORM, _TIME = "%(asctime)s %(levelname)s %(message)s", "%Y-%m-%dT%H:%M:%S%z"
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


class _Escape(logging.Filter):
    """Escapes what a record says; it drops none."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = escaped(record.getMessage()), None
        if record.exc_info and not record.exc_text:
            lines = logging.Formatter().formatException(record.exc_info)
            record.exc_text = indent(_UNSEEN.sub(_escape_in_line, lines), "  ")
        return True


_ESCAPE = _Escape()


def write() -> None:
    """Write the log of the process to its standard error, each line with its time, unless it is written elsewhere.

    For this Python has a line without a time, and RQ one with a time of day that begins only with its first job.
    """
    handler = logging.StreamHandler()
    handler.addFilter(_ESCAPE)
    logging.basicConfig(handlers=[handler], format=_FORM, datefmt=_TIME)


def logger(name: str) -> logging.Logger:
    """The logger of that name, which escapes each message."""
    named = logging.getLogger(name)
    named.addFilter(_ESCAPE)
    return named


def escaped(text: str) -> str:
    """A text on one line, without characters that cannot be seen."""
    return _UNSEEN.sub(_escape, text)


def _escape(character: re.Match[str]) -> str:
    return ascii(character[0])[1:-1]


def _escape_in_line(character: re.Match[str]) -> str:
    return "\n" if character[0] == "\n" else _escape(character)
