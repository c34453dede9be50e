"""Pages of a list: each token names the last item of the page before, so that what is new at the head moves nothing."""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from typing import TypeVar

from beanpole.model import errors

T = TypeVar("T")


def page(
    items: Sequence[T], id_of: Callable[[T], str], max_records: int | None, next_token: str | None
) -> tuple[Sequence[T], str | None]:
    """The items after the one that the token names, and the token of the page after them if there is one."""
    start = 0 if next_token is None else _after(items, id_of, next_token)
    end = len(items) if max_records is None else start + max_records
    token = _token(id_of(items[end - 1])) if end < len(items) else None
    return items[start:end], token


def _token(id_: str) -> str:
    return urlsafe_b64encode(id_.encode()).decode()


def _after(items: Sequence[T], id_of: Callable[[T], str], token: str) -> int:
    try:
        last = urlsafe_b64decode(token.encode()).decode()
    except (binascii.Error, ValueError):
        raise errors.BadNextToken(token=token) from None
    for index, item in enumerate(items):
        if id_of(item) == last:
            return index + 1
    raise errors.BadNextToken(token=token)
