"""Parses an HTTP request into a call, and flat keys into the nesting of an operation's input.

Nothing is guessed: a key is followed through the shape of the input, one token at a time. A key that the shape does not
have is ignored, since clients send parameters that only their own models have.
"""

import re
from collections.abc import Iterable
from typing import Any, Literal

import msgspec

from beanpole.tables import limits
from beanpole.wire.errors import ProtocolError
from beanpole.wire.spec import Operation, Shape, Spec

Variant = Literal["xml", "json"]
Pairs = tuple[tuple[str, str], ...]

MAX_PARAMETERS = limits.most("call_parameters")
_MAX_INDEX_DIGITS = limits.most("call_index_digits")
_FORM = "application/x-www-form-urlencoded"
_BROKEN_ESCAPE = re.compile(rb"%(?![0-9A-Fa-f]{2})")
_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


class Call(msgspec.Struct, frozen=True):
    """A request: its action and version, its parameters in order, and the variant of the response."""

    action: str
    version: str | None
    parameters: Pairs
    variant: Variant


def variant(query: bytes, body: bytes, accept: str | None) -> Variant:
    """The variant of the response. Never fails, so that the error of a malformed request has its variant too."""
    if accept is not None and "application/json" in accept.lower():
        return "json"
    parameter = b"ContentType=JSON"
    # The second `in` searches the bytes first: a body of up to 1 MB is split only if it holds the words at all.
    json = any(parameter in piece.split(b"&") for piece in (query, body) if parameter in piece)
    return "json" if json else "xml"


def parse(method: str, query: bytes, body: bytes, content_type: str | None, accept: str | None) -> Call:
    """The call of a request; raises ProtocolError if its method, form or action cannot be read."""
    if method not in ("GET", "POST"):
        raise ProtocolError("MethodNotAllowed", f"The method {method} is not allowed; use GET or POST.", 405)
    pieces = [query, body] if method == "POST" and _is_form(content_type) else [query]
    if sum(piece.count(b"&") + 1 for piece in pieces if piece) > MAX_PARAMETERS:
        raise _malformed(limits.sentence("call_parameters"))
    parameters = tuple(pair for piece in pieces for pair in _pairs(piece))
    values: dict[str, str] = {}
    for key, value in parameters:
        values.setdefault(key, value)
    action = values.get("Action") or values.get("Operation")
    if not action:
        raise ProtocolError("MissingAction", "Missing Action")
    return Call(action, values.get("Version"), parameters, variant(query, body, accept))


def find(call: Call, spec: Spec) -> Operation:
    """The operation of a call; raises ProtocolError InvalidAction.

    A call without a version means ours: the samples in the service's documentation have none.
    """
    operation = spec.operation(call.action)
    if operation is None or call.version not in (None, spec.service.api_version):
        version = spec.service.api_version if call.version is None else call.version
        raise ProtocolError("InvalidAction", f"Could not find operation {call.action} for version {version}")
    return operation


def nest(parameters: Iterable[tuple[str, str]], shape: Shape | None) -> dict[str, Any]:
    """The parameters as the input's shape nests them: structures are dicts by wire name, lists are lists, the rest str.

    Of a parameter given twice the first counts.
    """
    if shape is None:
        return {}
    root: dict[Any, Any] = {}
    for key, value in parameters:
        _put(root, shape, key, value)
    nested: dict[str, Any] = _as_lists(root, shape)
    return nested


def _is_form(content_type: str | None) -> bool:
    return not content_type or content_type.partition(";")[0].strip().lower() == _FORM


def _pairs(piece: bytes) -> Iterable[tuple[str, str]]:
    if b"%" in piece and _BROKEN_ESCAPE.search(piece):  # the first look takes no time
        raise _malformed("The request holds a percent sign that two hexadecimal digits do not follow.")
    for pair in piece.split(b"&"):
        if not pair:
            continue
        key, _, value = pair.partition(b"=")
        name, text = _text(key), _text(value)
        if not text.isprintable() and _NOT_IN_XML.search(text):  # the first look takes a third of the time
            # The service's own answer is not known; inferred from its validator, which refuses every other bad value.
            sentence = "Member must contain only characters that XML can carry"
            at = f"Value at '{name}' failed to satisfy constraint: {sentence}"
            raise ProtocolError("ValidationError", f"1 validation error detected: {at}")
        yield name, text


def _text(raw: bytes) -> str:
    """The text of a name or a value; a percent sign in it has two hexadecimal digits, so that a codec can read it.

    `urllib.parse` takes four times as long for a text that has many of them.
    """
    spaced = raw.replace(b"+", b" ")
    try:
        if b"%" not in spaced:
            return spaced.decode()
        escaped = spaced.replace(b"\\", rb"\\").replace(b"%", rb"\x")
        return escaped.decode("unicode_escape").encode("latin-1").decode()
    except UnicodeDecodeError:
        raise _malformed("The request holds bytes that are not UTF-8.") from None


def _malformed(message: str) -> ProtocolError:
    return ProtocolError("MalformedQueryString", message)


def _put(node: dict[Any, Any], shape: Shape, key: str, value: str) -> None:
    """Put a value at `key` below `node`, making the levels between; until `_as_lists` a list is a dict by index."""
    tokens = key.split(".")
    at = 0
    while at < len(tokens):
        step = _into_list(shape, tokens, at) if shape.kind == "list" else _into_structure(shape, tokens, at)
        if step is None:
            return
        slot, shape, at = step
        if shape.kind not in ("structure", "list"):
            if at == len(tokens):
                node.setdefault(slot, value)
            return
        node = node.setdefault(slot, {})
    if shape.kind == "list" and value:
        raise ProtocolError("MalformedInput", "Unexpected list element termination")


def _into_structure(shape: Shape, tokens: list[str], at: int) -> tuple[str, Shape, int] | None:
    token = tokens[at]
    member = shape.named.get(token) or shape.named.get(token[:1].lower() + token[1:])  # EC2 writes it so in its answers
    return None if member is None else (member.name, member.shape, at + 1)


def _into_list(shape: Shape, tokens: list[str], at: int) -> tuple[int, Shape, int] | None:
    """The index of an element, which may follow any one token: X.1, X.member.1, X.members.1."""
    for index in range(at, min(at + 2, len(tokens))):
        token = tokens[index]
        if token.isascii() and token.isdigit():
            return (int(token), shape.element, index + 1) if len(token) <= _MAX_INDEX_DIGITS else None
    return None


def _as_lists(node: Any, shape: Shape) -> Any:
    if shape.kind == "structure":
        return {
            member.name: _as_lists(node[member.name], member.shape) for member in shape.members if member.name in node
        }
    if shape.kind == "list":
        return [_as_lists(node[index], shape.element) for index in sorted(node)]
    return node
