"""What `api-spec/` says may be asked and answered.

A file is read when an operation of its noun is first asked for: `common.yaml` alone tells which operations there are.
A noun refers to its own shapes and to the common ones, so reading one noun never reads another.
"""

import re
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import yaml

_BOUNDARY = re.compile(
    r"(?<=[a-z0-9])(?=[A-Z])"  # Source|Bundle, S3|Bucket
    r"|(?<=[A-Z])(?=[A-Z][a-z])(?![A-Z]s(?![a-z]))"  # CNAME|Prefix, but not CNAM|Es
)


class Shape(msgspec.Struct, frozen=True, eq=False, kw_only=True):
    """One shape; two are equal only if they are the same, so that what is built from one can be kept by it.

    `kind` is structure, list, string, integer, long, boolean, double or timestamp; `min` and `max` bound a value if
    it is a number, else its length. `beyond` names the source of what the public model does not have.
    """

    name: str
    kind: str
    members: tuple["Member", ...] = ()
    of: "Shape | None" = None
    min: int | None = None
    max: int | None = None
    pattern: str | None = None
    pattern_beyond: str | None = None
    enum: tuple[str, ...] = ()
    beyond: str | None = None

    @property
    def named(self) -> dict[str, "Member"]:
        """The members of a structure by their wire names."""
        return _named(self)

    @property
    def element(self) -> "Shape":
        """The shape of a list's elements."""
        if self.of is None:
            raise TypeError(f"{self.name} is a {self.kind}, not a list")
        return self.of


class Member(msgspec.Struct, frozen=True, eq=False, kw_only=True):
    """A member of a structure: `name` on the wire, `attribute` in Python; `seconds` is a timestamp in whole seconds.

    `optional_beyond` names who does without a member that the public model requires.
    """

    name: str
    attribute: str
    shape: Shape
    required: bool = False
    seconds: bool = False
    optional_beyond: str | None = None
    beyond: str | None = None


class Operation(msgspec.Struct, frozen=True, eq=False, kw_only=True):
    """An operation; `output` is None if it answers with nothing but a request id."""

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
    """What the protocol needs to know of the service as a whole."""

    name: str
    api_version: str
    namespace: str


class Spec:
    """The spec of a directory, read a noun at a time and kept."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._common = _Room(_read(directory / "common.yaml"), None)
        said = self._common.said
        self.service = Service(**said["service"])
        self.errors = {name: Error(name=name, **{"code": name, **error}) for name, error in said["errors"].items()}
        self._nouns = {operation: noun for noun, operations in said["nouns"].items() for operation in operations}
        self._rooms: dict[str, _Room] = {}
        self._operations: dict[str, Operation] = {}

    @property
    def operations(self) -> tuple[str, ...]:
        """The names of all operations, without reading their nouns."""
        return tuple(self._nouns)

    def operation(self, name: str) -> Operation | None:
        """The operation of that name, or None if the service has none."""
        if name in self._nouns and name not in self._operations:
            noun = self._nouns[name]
            self._operations[name] = self._room(noun).operation(name, noun)
        return self._operations.get(name)

    def shape(self, name: str) -> Shape:
        """The shape of that name; reads noun after noun until it is found."""
        for noun in dict.fromkeys(self._nouns.values()):
            if (shape := self._room(noun).shape(name)) is not None:
                return shape
        raise KeyError(name)

    @property
    def shapes(self) -> tuple[str, ...]:
        """The names of all shapes; reads every noun."""
        rooms = [self._common, *(self._room(noun) for noun in dict.fromkeys(self._nouns.values()))]
        return tuple(name for room in rooms for name in room.names())

    def _room(self, noun: str) -> "_Room":
        if noun not in self._rooms:
            self._rooms[noun] = _Room(_read(self._directory / f"{noun}.yaml"), self._common)
        return self._rooms[noun]


@cache
def load() -> Spec:
    """The spec this installation carries."""
    return Spec(directory())


def directory() -> Path:
    """Where `api-spec` is: inside an installed package, else at the top of the checkout."""
    package = Path(__file__).resolve().parents[1]
    for place in (package / "api-spec", package.parents[1] / "api-spec"):
        if (place / "common.yaml").is_file():
            return place
    raise FileNotFoundError(f"no api-spec beside {package} or at the top of its checkout")


@cache
def snake(name: str) -> str:
    """The Python name of a wire name: CNAMEPrefix, cname_prefix."""
    return _BOUNDARY.sub("_", name).lower()


@cache
def _named(shape: Shape) -> dict[str, Member]:
    return {member.name: member for member in shape.members}


class _Room:
    """The shapes of one file, built when first asked for; `beside` is the file of the common ones."""

    def __init__(self, said: dict[str, Any], beside: "_Room | None") -> None:
        self.said = said
        self._beside = beside
        self._built: dict[str, Shape] = {}

    def names(self) -> tuple[str, ...]:
        return tuple(name for section in ("structures", "lists", "scalars") for name in self.said.get(section, ()))

    def operation(self, name: str, noun: str) -> Operation:
        said = self.said["operations"][name]
        return Operation(
            name=name,
            noun=noun,
            input=self._require(said["input"]) if "input" in said else None,
            output=self._require(said["output"]) if "output" in said else None,
            errors=tuple(said.get("errors", ())),
        )

    def shape(self, name: str) -> Shape | None:
        if name not in self._built and (shape := self._build(name)) is not None:
            self._built.setdefault(name, shape)
        return self._built.get(name) or (self._beside.shape(name) if self._beside else None)

    def _require(self, name: str) -> Shape:
        shape = self.shape(name)
        if shape is None:
            raise KeyError(f"api-spec names a shape it does not have: {name}")
        return shape

    def _build(self, name: str) -> Shape | None:
        if (said := self.said.get("structures", {}).get(name)) is not None:
            members = tuple(self._member(member, more) for member, more in said.items() if member != "beyond")
            return Shape(name=name, kind="structure", members=members, beyond=said.get("beyond"))
        if (said := self.said.get("lists", {}).get(name)) is not None:
            return Shape(name=name, kind="list", **{**said, "of": self._require(said["of"])})
        if (said := self.said.get("scalars", {}).get(name)) is not None:
            bounds = {key: value for key, value in said.items() if key not in ("type", "enum")}
            return Shape(name=name, kind=said["type"], enum=tuple(said.get("enum", ())), **bounds)
        return None

    def _member(self, name: str, said: str | dict[str, Any]) -> Member:
        more = {"shape": said} if isinstance(said, str) else said
        return Member(name=name, attribute=snake(name), **{**more, "shape": self._require(more["shape"])})


def _read(path: Path) -> dict[str, Any]:
    said: dict[str, Any] = yaml.load(path.read_bytes(), Loader=yaml.CSafeLoader)
    return said
