"""Pages of a list: a token holds the sort key of the last item of its page, and the next page starts behind that key.

Keys are compared, never looked up. So new items at the head do not shift pages, an item that is deleted between two
pages hides no other, and an item whose key grows between two pages is shown twice.
"""

import binascii
from base64 import b64decode, urlsafe_b64encode
from bisect import bisect_right
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import msgspec

from beanpole.model import errors
from beanpole.threads.decoders import JsonDecoder

T = TypeVar("T")
K = TypeVar("K", bound=tuple[Any, ...])


def page(
    items: Sequence[T],
    sort_key: Callable[[T], K],
    decoder: JsonDecoder[K],
    max_records: int | None,
    next_token: str | None,
) -> tuple[Sequence[T], str | None]:
    """The items behind the sort key in the token, and the token of the next page if there is one.

    Keys are unique, and `decoder` reads one from a token. Without a limit and a token the items keep their order.
    Raises BadNextToken for a token without a key.
    """
    if max_records is None and next_token is None:
        return items, None
    ordered = sorted(items, key=sort_key)
    start = 0 if next_token is None else bisect_right(ordered, _key(next_token, decoder), key=sort_key)
    end = len(ordered) if max_records is None else start + max_records
    token = _token(sort_key(ordered[end - 1])) if end < len(ordered) else None
    return ordered[start:end], token


def _token(key: tuple[Any, ...]) -> str:
    return urlsafe_b64encode(msgspec.json.encode(key)).decode()


def _key(token: str, decoder: JsonDecoder[K]) -> K:
    try:
        return decoder.decode(b64decode(token.encode(), b"-_", validate=True))
    except (binascii.Error, UnicodeError, msgspec.DecodeError):
        raise errors.BadNextToken(token=token) from None
