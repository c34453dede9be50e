"""Writers of results: one for each shape, built once from the parts of a format.

A result is None, a mapping or an object; a member is found by its Python name, and one that is not there is None. Text
is encoded where it is written, and the lists of a result, which may be long, are copied only once: into the answer.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from msgspec import Struct

from beanpole.wire.spec import Member, Operation, Shape

Write = Callable[[Any], str]
Elements = Callable[[Iterable[Any]], list[bytes]]


def check(operation: Operation, result: Any) -> None:
    """Raise TypeError unless the result is None exactly where the operation has no output."""
    if (result is None) != (operation.output is None):
        raise TypeError(f"{operation.name} answers with {operation.output and operation.output.name}, not {result!r}")


def value_of(value: Any, attribute: str) -> Any:
    """The value of a member of a result; None if it is absent."""
    is_mapping = not isinstance(value, Struct) and isinstance(value, Mapping)  # an ABC is asked last: it takes long
    return value.get(attribute) if is_mapping else getattr(value, attribute, None)


class Format(Struct, frozen=True):
    """The parts of a format, XML or JSON.

    `member` makes the writer of a member, its name or tags included, of a writer of its value. `structure` joins
    written members, `items` the written elements of a list of that shape. `element` is what stands before and behind an
    element of a long list. `scalars` are writers by kind.
    """

    member: Callable[[Member, Write], Write]
    structure: Callable[[list[str]], str]
    items: Callable[[Shape], Callable[[Iterable[str]], str]]
    element: Callable[[Shape], tuple[str, str]]
    scalars: Mapping[str, Write]


class Writers:
    """The writers of one format."""

    def __init__(self, form: Format) -> None:
        self._form = form
        self._shapes: dict[Shape, Write] = {}
        self._members: dict[Member, Write] = {}
        self._elements: dict[Shape, Elements] = {}

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

    def of_elements(self, shape: Shape) -> Elements:
        """The writer of the elements of a long list of that shape, each encoded.

        An element that has a dictionary `written` is written once: what was written stands there, so the element must
        be frozen otherwise, and it is forgotten with the element.
        """
        if shape not in self._elements:
            self._elements[shape] = self._build_elements(shape)
        return self._elements[shape]

    def _build(self, shape: Shape) -> Write:
        match shape.kind:
            case "structure":
                parts, join = [self.of_member(member) for member in shape.members], self._form.structure
                return lambda value: (
                    str(value.text) if isinstance(value, Verbatim) else join([part(value) for part in parts])
                )
            case "list":
                element, items = self.of(shape.element), self._form.items(shape)
                return lambda values: items(map(element, values))
            case kind:
                return self._form.scalars[kind]

    def _build_elements(self, shape: Shape) -> Elements:
        write, (before, behind) = self.of(shape.element), self._form.element(shape)
        key = object()  # of this format and this shape

        def element(value: Any) -> bytes:
            encoded = f"{before}{write(value)}{behind}".encode()
            written = getattr(value, "written", None)
            if written is not None:
                written[key] = encoded
            return encoded

        def elements(values: Iterable[Any]) -> list[bytes]:
            try:
                return [value.written[key] for value in values]
            except (AttributeError, KeyError):  # the first time, or a value that is written each time
                known = (getattr(value, "written", {}).get(key) for value in values)
                return [encoded or element(value) for encoded, value in zip(known, values, strict=True)]

        return elements


class Verbatim(Struct, frozen=True):
    """A structure that another service has written: XML, or a part of a JSON document; `key` sorts it among others."""

    text: Any
    key: str = ""
