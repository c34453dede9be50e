"""Reads a document that is YAML 1.1 or JSON into texts, typed scalars, None, maps and lists.

The service echoes options as they are written, and yet a map that is an option becomes JSON with numbers and booleans:
so a scalar that is no text keeps both. A document is untrusted input: its depth is bounded, and so is what it merges.
"""

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from typing import Any, ClassVar

import yaml

from beanpole.files.bundle import parser_words
from beanpole.files.bundle.parser_words import Budget, Malformed
from beanpole.tables import limits

MOST_LETTERS = limits.most("document_letters")
DEEPEST = limits.most("document_depth")  # the reader in C has no bound and would crash the process
MOST_MERGED = limits.most("document_merged")

_MERGE, _NULL, _TEXT = (f"tag:yaml.org,2002:{name}" for name in ("merge", "null", "str"))
_TYPES = ("bool", "float", "int")
_AS_TEXT = ("binary", "timestamp", "value")  # types whose scalars stay the texts that they are
_MOST_CHARACTERS = limits.most("document_value")
_MOST_DIGITS = limits.most("document_digits")

Number = bool | int | float

_STEPS: Mapping[type, int] = {  # of the depth at an event
    yaml.MappingStartEvent: 1,
    yaml.SequenceStartEvent: 1,
    yaml.MappingEndEvent: -1,
    yaml.SequenceEndEvent: -1,
}


class Scalar(str):
    """A scalar that is no text: the text as it is written, and the `value` that it has in YAML 1.1 or JSON."""

    __slots__ = ("value",)
    value: Number

    def __new__(cls, text: str, value: Number) -> "Scalar":
        """A scalar of a text and its value."""
        scalar = super().__new__(cls, text)
        scalar.value = value
        return scalar


def _scalar(text: str, value: Number) -> str:
    return text if isinstance(value, float) and not math.isfinite(value) else Scalar(text, value)


class _Typed:
    """A loader of texts, scalars, None, maps and lists only."""

    yaml_implicit_resolvers: ClassVar[Any] = {
        first: [(tag, form) for tag, form in forms if not tag.endswith(_AS_TEXT)]
        for first, forms in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }
    merged = 0

    def flatten_mapping(self, node: yaml.MappingNode) -> None:
        """Merge maps into a map as YAML 1.1 says: its own keys count first, then the earlier maps."""
        sources = [value for key, value in node.value if key.tag == _MERGE]
        if not sources:
            return
        own = [(key, value) for key, value in node.value if key.tag != _MERGE]
        node.value = own  # so that a map that merges itself adds nothing to itself
        pairs = {_key(key): (key, value) for key, value in own}
        for inner in (inner for source in sources for inner in _maps(node, source)):
            self.flatten_mapping(inner)
            self.merged += len(inner.value)
            if self.merged > MOST_MERGED:
                raise ValueError(limits.sentence("document_merged"))
            for key, value in inner.value:
                pairs.setdefault(_key(key), (key, value))
        node.value = list(pairs.values())


def _key(node: yaml.Node) -> Any:
    return (node.tag, node.value) if isinstance(node, yaml.ScalarNode) else id(node)


def _maps(node: yaml.MappingNode, source: yaml.Node) -> Iterator[yaml.MappingNode]:
    for inner in source.value if isinstance(source, yaml.SequenceNode) else [source]:
        if not isinstance(inner, yaml.MappingNode):
            raise yaml.constructor.ConstructorError(
                "while constructing a mapping",
                node.start_mark,
                f"expected a mapping or list of mappings for merging, but found {_kind_of(inner)}",
                inner.start_mark,
            )
        yield inner


def _kind_of(node: yaml.Node) -> str:
    return "sequence" if isinstance(node, yaml.SequenceNode) else "scalar"


class Loader(_Typed, yaml.CSafeLoader):
    """The fast loader, which recurses without a bound: check the depth before."""


class _Explainer(_Typed, yaml.SafeLoader):
    """The slow loader, whose messages are like the service's: the parsers are related."""


def _construct(kind: str) -> Any:
    convert = getattr(yaml.constructor.SafeConstructor, f"construct_yaml_{kind}")

    def construct(loader: Any, node: yaml.ScalarNode) -> str:
        text: str = loader.construct_scalar(node)
        if len(text) > _MOST_DIGITS:
            return text
        try:
            return _scalar(text, convert(loader, node))
        except (ValueError, KeyError, IndexError, OverflowError):
            return text

    return construct


for _loader in (Loader, _Explainer):
    for _kind in _TYPES:
        _loader.add_constructor(f"tag:yaml.org,2002:{_kind}", _construct(_kind))


def load(content: bytes, budget: Budget | None = None) -> Any:
    """The content of a document; raises Malformed.

    Where the budget is used up, the message is that of the fast parser.
    """
    budget = budget or Budget()
    try:
        _check_depth(content)
        return yaml.load(content, Loader)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        words = parser_words.of_yaml(content, error, budget, _Explainer)
    try:
        document = _json(parser_words.decode(content, "strict"))
        json.dumps(document, ensure_ascii=False).encode()  # raises for half a surrogate pair
        return document
    except (ValueError, RecursionError) as error:
        raise Malformed(words, parser_words.of_json(content, error)) from None


def is_map(content: bytes) -> bool:
    """Tell whether the first document is a map with something in it, whatever tags it has."""
    try:
        _check_depth(content)
        node = next(iter(yaml.compose_all(content, yaml.CSafeLoader)), None)
    except (yaml.YAMLError, ValueError, RecursionError):
        return False
    return isinstance(node, yaml.MappingNode) and bool(node.value)


def explained(content: bytes, error: Exception) -> str:
    """The reason why a document is not YAML, in the words of the service's parser."""
    return parser_words.of_yaml(content, error, Budget(), _Explainer)


def _number(convert: Any, text: str) -> str:
    return text if len(text) > _MOST_DIGITS else _scalar(text, convert(text))


_json = partial(json.loads, parse_int=partial(_number, int), parse_float=partial(_number, float), parse_constant=str)


def text(value: Any) -> str | None:
    """A value as the text of an option: a map or a list becomes JSON. Raises Malformed if it is too long or endless."""
    if value is None or isinstance(value, str):
        return None if value is None else str(value)
    pieces: list[str] = []
    length = 0
    try:
        for piece in _json_pieces(value, 0):
            pieces.append(piece)
            length += len(piece)
            if length > _MOST_CHARACTERS:
                raise Malformed(limits.sentence("document_value"))
    except TypeError:
        raise Malformed("a value is neither text nor a map") from None
    return "".join(pieces)


def _json_pieces(value: Any, depth: int) -> Iterator[str]:
    """JSON without blanks; scalars have their values."""
    if depth > DEEPEST:
        raise Malformed("a value is neither text nor a map")
    match value:
        case Scalar():
            yield json.dumps(value.value)
        case None | bool() | str():
            yield json.dumps(value)
        case Mapping():
            yield "{"
            for number, (key, inner) in enumerate(value.items()):
                yield f"{',' if number else ''}{json.dumps(name(key))}:"
                yield from _json_pieces(inner, depth + 1)
            yield "}"
        case list():
            yield "["
            for number, inner in enumerate(value):
                yield "," if number else ""
                yield from _json_pieces(inner, depth + 1)
            yield "]"
        case _:
            raise TypeError


def truth(value: Any) -> bool | None:
    """Tell whether a value says yes, as YAML 1.1 or cfn-init takes it; None if it says neither yes nor no."""
    if isinstance(value, bool):
        return value
    if isinstance(value, Scalar) and isinstance(value.value, bool):
        return value.value
    return {"true": True, "yes": True, "y": True, "1": True, "false": False, "no": False, "n": False, "0": False}.get(
        value.strip().lower() if isinstance(value, str) else ""
    )


def name(key: Any) -> str:
    """The key of a map as a name; a null is the empty name."""
    return text(key) or ""


def check_size(texts: Iterable[str | None]) -> None:
    """Raise Malformed if texts are too long to store: an alias of a few letters may expand to thousands."""
    letters = 0
    for content in texts:
        letters += len(content or "") + 1
        if letters > MOST_LETTERS:
            raise Malformed(limits.sentence("document_letters"))


def _check_depth(content: bytes) -> None:
    depth = 0
    for event in yaml.parse(content, Loader):
        if (step := _STEPS.get(type(event))) is not None:
            depth += step
            if depth > DEEPEST:
                raise ValueError(limits.sentence("document_depth"))


def mappings(values: Iterable[Any]) -> Iterator[Mapping[Any, Any]]:
    """Every mapping within some values; what aliases repeat is looked at once."""
    left = list(values)
    visits: set[int] = set()
    while left:
        node = left.pop()
        if id(node) in visits:
            continue
        visits.add(id(node))
        if isinstance(node, Mapping):
            yield node
            left += node.values()
        elif isinstance(node, list):
            left += node
