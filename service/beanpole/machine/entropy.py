"""Ids that are never drawn again; no other module asks the machine for random numbers."""

import os
import secrets

_SIZE = 16  # bytes of an id
_TOGETHER = 256  # ids that are drawn at once: each question to the machine lets another thread run first
_VARIANTS = "89ab"

_drawn: list[str] = []


def request_id() -> str:
    """The id of a call that only reads, a version 4 UUID; a call that writes draws its id from the account's seed."""
    try:
        digits = _drawn.pop()
    except IndexError:
        digits, *more = _draw()
        _drawn.extend(more)
    variant = _VARIANTS[int(digits[16], 16) & 3]
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:]}"


def seed() -> int:
    """A seed that no account has had."""
    return secrets.randbits(31)


def _draw() -> list[str]:
    digits = secrets.token_hex(_SIZE * _TOGETHER)
    return [digits[start : start + 2 * _SIZE] for start in range(0, len(digits), 2 * _SIZE)]


if hasattr(os, "register_at_fork"):  # Windows does not fork
    os.register_at_fork(after_in_child=_drawn.clear)  # else two processes would give the same ids
