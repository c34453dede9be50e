"""Reads and writes the document of a world in pieces.

The JSON decoder in C holds the interpreter lock, and pieces let other threads run in between. First the document is
divided into the raw elements of its lists and maps, then each element is decoded. The decoded values keep no part of
the document alive.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Literal, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Raw, Struct

from beanpole.model.time.clock import Clock
from beanpole.store.snapshot import FORMAT, Region, RegionName, Snapshot
from beanpole.threads.decoders import JsonDecoder

_AT_ONCE = 1000  # elements of a list that are encoded in one go


class Undecodable(Exception):
    """A document, or an element of it, that cannot be decoded, and the reason."""


class _Outline(Struct, frozen=True, forbid_unknown_fields=True):
    """A snapshot whose regions have members that are not decoded yet."""

    format: Literal[2]
    account_id: str
    clock: Clock
    draws: int
    regions: dict[RegionName, dict[str, Raw]]


class _Form(Struct, frozen=True):
    """The head of every document."""

    format: int


def decode(blob: bytes) -> Snapshot:
    """The world of a document, of which only the types are checked; raises Undecodable."""
    form = _decoded(_form, blob, "the document").format
    if form != FORMAT:
        writer = "an older" if form < FORMAT else "a newer"
        raise Undecodable(f"the document has format {form}, which {writer} beanpole wrote; this one reads {FORMAT}")
    outline = _decoded(_outline, blob, "the document")
    regions = {name: _region(name, members) for name, members in outline.regions.items()}
    return Snapshot(outline.format, outline.account_id, outline.clock, outline.draws, regions)


def encode(snapshot: Snapshot) -> bytes:
    """A world as JSON."""
    return b"".join(_pieces(snapshot))


def _region(name: str, members: Mapping[str, Raw]) -> Region:
    if unknown := sorted(members.keys() - _READERS.keys()):
        raise Undecodable(f"region {name} has an unknown member {unknown[0]!a}")
    return Region(**{member: _READERS[member](f"{name}.{member}", raw) for member, raw in members.items()})


def _decoded(decoder: JsonDecoder[Any], blob: bytes | Raw, what: str) -> Any:
    try:
        return decoder.decode(blob)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Undecodable(f"{what}: {error}") from None


def _list_of(element: Any) -> Callable[[str, Raw], Any]:
    decoder = JsonDecoder[Any](element)

    def elements(what: str, raw: Raw) -> Iterator[Any]:
        for index, piece in enumerate(_decoded(_list, raw, what)):
            yield _decoded(decoder, piece, f"{what}[{index}]")

    return lambda what, raw: tuple(elements(what, raw))


def _map_of(value: Any) -> Callable[[str, Raw], Any]:
    read = _list_of_raws if value == tuple[Raw, ...] else _reader(value)

    def pairs(what: str, raw: Raw) -> dict[str, Any]:
        return {key: read(f"{what}[{key!a}]", piece) for key, piece in _decoded(_map, raw, what).items()}

    return pairs


def _list_of_raws(what: str, raw: Raw) -> tuple[Raw, ...]:
    """The raw elements of a list as copies, because an element that is no copy would keep the whole document."""
    return tuple(piece.copy() for piece in _decoded(_list, raw, what))


def _reader(hint: Any) -> Callable[[str, Raw], Any]:
    """The reader of members of a type: lists and maps in pieces, other values whole."""
    if get_origin(hint) is tuple:
        return _list_of(get_args(hint)[0])
    if get_origin(hint) is dict:
        return _map_of(get_args(hint)[1])
    decoder = JsonDecoder[Any](hint)
    return lambda what, raw: _decoded(decoder, raw, what)


def _pieces(value: Any) -> Iterator[bytes]:
    match value:
        case Snapshot() | Region():
            yield from _object((name, getattr(value, name)) for name in value.__struct_fields__)
        case dict():
            yield from _object(value.items())
        case tuple():
            yield b"["
            for start in range(0, len(value), _AT_ONCE):
                yield b"," if start else b""
                yield msgspec.json.encode(value[start : start + _AT_ONCE])[1:-1]
            yield b"]"
        case _:
            yield msgspec.json.encode(value)


def _object(members: Iterable[tuple[str, Any]]) -> Iterator[bytes]:
    yield b"{"
    for number, (name, value) in enumerate(members):
        yield (b"," if number else b"") + msgspec.json.encode(name) + b":"
        yield from _pieces(value)
    yield b"}"


_form = JsonDecoder[_Form](_Form)
_outline = JsonDecoder[_Outline](_Outline)
_list = JsonDecoder[list[Raw]](list[Raw])
_map = JsonDecoder[dict[str, Raw]](dict[str, Raw])
_READERS = {name: _reader(hint) for name, hint in get_type_hints(Region).items()}
