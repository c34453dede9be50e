"""The spec in `api-spec/`: operations with their inputs, outputs and errors.

The file of a noun is read when one of its operations is first needed; `common.yaml` alone lists all operations. A noun
refers to its own shapes and to the common ones, so reading one noun never reads another. A neighbour of the service has
one file for all that it is asked and answers.
"""

import re
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from beanpole.tables import api_spec, tables

_BOUNDARY = re.compile(
    r"(?<=[a-z0-9])(?=[A-Z])"  # Source|Bundle, S3|Bucket
    r"|(?<=[A-Z])(?=[A-Z][a-z])(?![A-Z]s(?![a-z]))"  # CNAME|Prefix, but not CNAM|Es
)


class Shape(msgspec.Struct, frozen=True, eq=False, kw_only=True):
    """A shape; two are equal only if they are the same object, so that a cache can be keyed by it.

    `kind` is structure, list, string, integer, long, boolean, double or timestamp; `min` and `max` bound a value if
    it is a number, else its length. `beyond` names the source of a shape that the public model does not have.
    `element_name` is the name of a list's elements in XML.
    """

    name: str
    kind: str
    members: tuple["Member", ...] = ()
    of: "Shape | None" = None
    element_name: str = "member"
    min: int | None = None
    max: int | None = None
    pattern: str | None = None
    pattern_beyond: str | None = None
    enum: tuple[str, ...] = ()
    beyond: str | None = None

    @property
    def named(self) -> dict[str, "Member"]:
        """The members of a structure by their names in parameters."""
        return _named(self)

    @property
    def element(self) -> "Shape":
        """The shape of a list's elements."""
        if self.of is None:
            raise TypeError(f"{self.name} is a {self.kind}, not a list")
        return self.of


class Member(msgspec.Struct, frozen=True, eq=False, kw_only=True):
    """A member of a structure: `name` on the wire, `attribute` in Python; `seconds` is a timestamp in whole seconds.

    `at` is its name in parameters and in XML, where the protocol spells it in another way than the model.
    `optional_beyond` names the client that omits a member which the public model requires.
    """

    name: str
    attribute: str
    at: str
    shape: Shape
    required: bool = False
    seconds: bool = False
    optional_beyond: str | None = None
    beyond: str | None = None


class Operation(msgspec.Struct, frozen=True, eq=False, kw_only=True):
    """An operation; `output` is None if its response has only a request id."""

    name: str
    noun: str
    input: Shape | None = None
    output: Shape | None = None
    errors: tuple[str, ...] = ()


class Error(msgspec.Struct, frozen=True, kw_only=True):
    """An error: the name of its shape, the code on the wire, the HTTP status."""

    name: str
    code: str
    status: int
    members: dict[str, str] = {}
    beyond: str | None = None


class Service(msgspec.Struct, frozen=True, kw_only=True):
    """The members of the protocol that are the same for all operations.

    `protocol` is that of botocore's model; `target` precedes the name of an operation in the header `X-Amz-Target`.
    """

    name: str
    api_version: str
    namespace: str
    protocol: str = "query"
    target: str | None = None


class Spec:
    """The spec of a directory, read noun by noun on demand."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._common = _File(_read(directory / "common.yaml"), None)
        common = self._common.document
        self.service = Service(**common["service"])
        self.errors = {name: Error(name=name, **{"code": name, **error}) for name, error in common["errors"].items()}
        self._nouns = {operation: noun for noun, operations in common["nouns"].items() for operation in operations}
        self._files: dict[str, _File] = {}
        self._operations: dict[str, Operation] = {}

    @property
    def operations(self) -> tuple[str, ...]:
        """The names of all operations, without reading their nouns."""
        return tuple(self._nouns)

    def operation(self, name: str) -> Operation | None:
        """The operation of that name, or None if the service has none."""
        if name in self._nouns and name not in self._operations:
            noun = self._nouns[name]
            self._operations[name] = self._file(noun).operation(name, noun)
        return self._operations.get(name)

    def shape(self, name: str) -> Shape:
        """The shape of that name; reads noun after noun until one has it. Raises KeyError."""
        for noun in dict.fromkeys(self._nouns.values()):
            if (shape := self._file(noun).shape(name)) is not None:
                return shape
        raise KeyError(name)

    @property
    def shapes(self) -> tuple[str, ...]:
        """The names of all shapes; reads every noun."""
        files = [self._common, *(self._file(noun) for noun in dict.fromkeys(self._nouns.values()))]
        return tuple(name for file in files for name in file.names())

    def _file(self, noun: str) -> "_File":
        if noun not in self._files:
            self._files[noun] = _File(_read(self._directory / f"{noun}.yaml"), self._common)
        return self._files[noun]


class NeighbourSpec:
    """The spec of another service, in one file, with the operations that this server answers itself and no others."""

    def __init__(self, path: Path) -> None:
        self._file = _File(_read(path), None)
        self.service = Service(**self._file.document["service"])
        self._operations: dict[str, Operation] = {}

    @property
    def operations(self) -> tuple[str, ...]:
        """The names of its operations."""
        return tuple(self._file.document["operations"])

    @property
    def shapes(self) -> tuple[str, ...]:
        """The names of its shapes."""
        return self._file.names()

    def operation(self, name: str) -> Operation | None:
        """The operation of that name, or None if it is not here."""
        if name not in self._operations and name in self.operations:
            self._operations[name] = self._file.operation(name, self.service.name)
        return self._operations.get(name)

    def shape(self, name: str) -> Shape:
        """The shape of that name; raises KeyError."""
        shape = self._file.shape(name)
        if shape is None:
            raise KeyError(name)
        return shape


@cache
def neighbour(name: str) -> NeighbourSpec:
    """The spec of the neighbour of that name, a file of `api-spec/neighbours`."""
    return NeighbourSpec(api_spec.directory() / "neighbours" / f"{name}.yaml")


@cache
def load() -> Spec:
    """The spec of this installation."""
    return Spec(api_spec.directory())


def snake(name: str) -> str:
    """The Python name of a wire name: CNAMEPrefix, cname_prefix."""
    return _BOUNDARY.sub("_", name).lower()


@cache
def _named(shape: Shape) -> dict[str, Member]:
    return {member.at: member for member in shape.members}


class _File:
    """The shapes of one file, each built on demand; `common` is the file of the common ones."""

    def __init__(self, document: dict[str, Any], common: "_File | None") -> None:
        self.document = document
        self._common = common
        self._built: dict[str, Shape] = {}

    def names(self) -> tuple[str, ...]:
        return tuple(name for section in ("structures", "lists", "scalars") for name in self.document.get(section, ()))

    def operation(self, name: str, noun: str) -> Operation:
        row = self.document["operations"][name]
        return Operation(
            name=name,
            noun=noun,
            input=self._require(row["input"]) if "input" in row else None,
            output=self._require(row["output"]) if "output" in row else None,
            errors=tuple(row.get("errors", ())),
        )

    def shape(self, name: str) -> Shape | None:
        if name not in self._built and (shape := self._build(name)) is not None:
            self._built.setdefault(name, shape)
        return self._built.get(name) or (self._common.shape(name) if self._common else None)

    def _require(self, name: str) -> Shape:
        shape = self.shape(name)
        if shape is None:
            raise KeyError(f"api-spec names a shape it does not have: {name}")
        return shape

    def _build(self, name: str) -> Shape | None:
        if (row := self.document.get("structures", {}).get(name)) is not None:
            members = tuple(self._member(member, more) for member, more in row.items() if member != "beyond")
            return Shape(name=name, kind="structure", members=members, beyond=row.get("beyond"))
        if (row := self.document.get("lists", {}).get(name)) is not None:
            return Shape(name=name, kind="list", **{**row, "of": self._require(row["of"])})
        if (row := self.document.get("scalars", {}).get(name)) is not None:
            bounds = {key: value for key, value in row.items() if key not in ("type", "enum")}
            return Shape(name=name, kind=row["type"], enum=tuple(row.get("enum", ())), **bounds)
        return None

    def _member(self, name: str, row: str | dict[str, Any]) -> Member:
        members = {"shape": row} if isinstance(row, str) else row
        shape = self._require(members["shape"])
        return Member(name=name, attribute=snake(name), **{"at": name, **members, "shape": shape})


def _read(path: Path) -> dict[str, Any]:
    document: dict[str, Any] = tables.own(path)
    return document
