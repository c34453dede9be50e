"""Pages of a list: each token holds the place of the last item of the page before, and the next page starts behind it.

Places are compared, never looked up. What is new at the head moves nothing; an item that is deleted between two pages
takes no other with it, and one whose place moves back meanwhile is shown again.
"""

import binascii
from base64 import b64decode, urlsafe_b64encode
from bisect import bisect_right
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import msgspec
from msgspec.json import Decoder

from beanpole.model import errors

T = TypeVar("T")
P = TypeVar("P", bound=tuple[Any, ...])


def page(
    items: Sequence[T],
    place_of: Callable[[T], P],
    places: Decoder[P],
    max_records: int | None,
    next_token: str | None,
) -> tuple[Sequence[T], str | None]:
    """The items behind the place that the token holds, and the token of the page after them if there is one.

    Places are unique, and `places` reads one back. Where everything is wanted, the items stay in the order they have.
    """
    if max_records is None and next_token is None:
        return items, None
    ordered = sorted(items, key=place_of)
    start = 0 if next_token is None else bisect_right(ordered, _place(next_token, places), key=place_of)
    end = len(ordered) if max_records is None else start + max_records
    token = _token(place_of(ordered[end - 1])) if end < len(ordered) else None
    return ordered[start:end], token


def _token(place: tuple[Any, ...]) -> str:
    return urlsafe_b64encode(msgspec.json.encode(place)).decode()


def _place(token: str, places: Decoder[P]) -> P:
    try:
        return places.decode(b64decode(token.encode(), b"-_", validate=True))
    except (binascii.Error, UnicodeError, msgspec.DecodeError):
        raise errors.BadNextToken(token=token) from None
