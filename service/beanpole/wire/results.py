"""Writers of results: one for each shape, built once from the parts of a format, and a cache of what they wrote.

A result is None, a mapping or an object; a member is found by its Python name, and one that is not there is None.
"""

from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import Any

from msgspec import Struct

from beanpole.wire.spec import Member, Operation, Shape

Write = Callable[[Any], str]

_GENERATION = 8_192


def check(operation: Operation, result: Any) -> None:
    """Raise TypeError unless the result is None exactly where the operation has no output."""
    if (result is None) != (operation.output is None):
        raise TypeError(f"{operation.name} answers with {operation.output and operation.output.name}, not {result!r}")


def value_of(value: Any, attribute: str) -> Any:
    """The value of a member of a result; None if it is absent."""
    return value.get(attribute) if isinstance(value, Mapping) else getattr(value, attribute, None)


class Format(Struct, frozen=True):
    """The parts of a format, XML or JSON.

    `member` makes the writer of a member, its name or tags included, of a writer of its value. `structure` joins
    written members, `items` the written elements of a list of that shape. `scalars` are writers by kind.
    """

    member: Callable[[Member, Write], Write]
    structure: Callable[[list[str]], str]
    items: Callable[[Shape], Callable[[Iterable[str]], str]]
    scalars: Mapping[str, Write]


class Writers:
    """The writers of one format; a structure with a `fragment_key` is written once."""

    def __init__(self, form: Format) -> None:
        self._form = form
        self._fragments = Fragments()
        self._shapes: dict[Shape, Write] = {}
        self._members: dict[Member, Write] = {}

    def of(self, shape: Shape) -> Write:
        """The writer of a shape."""
        if shape not in self._shapes:
            self._shapes[shape] = self._build(shape)
        return self._shapes[shape]

    def of_member(self, member: Member) -> Write:
        """The writer that takes a structure and writes one member of it."""
        if member not in self._members:
            self._members[member] = self._form.member(member, self.of(member.shape))
        return self._members[member]

    def _build(self, shape: Shape) -> Write:
        match shape.kind:
            case "structure":
                parts, join = [self.of_member(member) for member in shape.members], self._form.structure
                return self._fragments.remembering(shape.name, lambda value: join([part(value) for part in parts]))
            case "list":
                element, items = self.of(shape.element), self._form.items(shape)
                return lambda values: items(map(element, values))
            case kind:
                return self._form.scalars[kind]


class Verbatim(Struct, frozen=True):
    """A structure that another service has written: XML, or a part of a JSON document; `key` sorts it among others."""

    text: Any
    key: str = ""


class Fragments:
    """A cache of the latest fragments, at most twice `_GENERATION` of them.

    Two dicts instead of a linked list: when the young one is full it becomes the old one, and a fragment that is read
    from the old one moves to the young. No lock: at worst two threads write the same fragment.
    """

    def __init__(self, generation: int = _GENERATION) -> None:
        self._generation = generation
        self._young: dict[Hashable, str] = {}
        self._old: dict[Hashable, str] = {}

    def __len__(self) -> int:
        return len(self._young) + len(self._old)

    def remembering(self, name: str, write: Write) -> Write:
        """`write` with a cache: a value with a `fragment_key` is written once for each `name` and key.

        The key must identify the whole value: it differs between accounts, and after a reset.
        """

        def recall(value: Any) -> str:
            key = getattr(value, "fragment_key", None)
            if key is None:
                return str(value.text) if isinstance(value, Verbatim) else write(value)
            fragment = self._young.get((name, key))
            if fragment is None:
                fragment = self._old.get((name, key)) or write(value)
                self._keep((name, key), fragment)
            return fragment

        return recall

    def _keep(self, key: Hashable, fragment: str) -> None:
        if len(self._young) >= self._generation:
            self._old, self._young = self._young, {}
        self._young[key] = fragment
