"""Decoders of msgspec, of which one is made at a time.

msgspec prepares a type with its first use, and meanwhile other threads see the type half prepared: one that then reads
a value of it ends the process by a fault of memory. So types that several threads may use first are prepared here.
"""

from collections.abc import Callable
from threading import RLock
from typing import Any, Generic, TypeVar

import msgspec

T = TypeVar("T")
_preparing = RLock()


class _Decoder(Generic[T]):
    """A decoder of a type, made with the first value that it reads."""

    decode: Callable[[Any], T]
    _make: Callable[[Any], Any]

    def __init__(self, form: Any) -> None:
        self._form = form

    def __getattr__(self, name: str) -> Any:
        if name != "decode":
            raise AttributeError(name)
        with _preparing:
            self.decode = type(self)._make(self._form).decode
        return self.decode


class JsonDecoder(_Decoder[T]):
    """A decoder of JSON; `decode` raises DecodeError."""

    _make = msgspec.json.Decoder


class PackDecoder(_Decoder[T]):
    """A decoder of MessagePack; `decode` raises DecodeError."""

    _make = msgspec.msgpack.Decoder


def convert(value: Any, form: type[T]) -> T:
    """The value as the type; raises ValidationError if it is none."""
    with _preparing:
        return msgspec.convert(value, form)
