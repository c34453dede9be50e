"""What a shape demands of a value, and the service's sentence for each demand.

A broken constraint is a Violation at the place where it broke; a value that is not even of its type is Malformed,
and then the service checks nothing else.
"""

from collections.abc import Callable
from typing import Any

import msgspec

from beanpole.patterns import matcher
from beanpole.wire.spec import Shape


class Constraint(msgspec.Struct, frozen=True):
    """A demand: how the service says it, and whether a value meets it."""

    sentence: str
    holds: Callable[[Any], bool]


class Violation(msgspec.Struct, frozen=True):
    """A broken constraint and the value that broke it, as the service echoes it (quotes and all, or `null`)."""

    value: str
    sentence: str

    def at(self, path: str) -> str:
        return f"Value {self.value} at '{path}' failed to satisfy constraint: {self.sentence}"


class Malformed(msgspec.Struct, frozen=True):
    """A text that is no value of its type."""

    sentence: str


NULL = Violation("null", "Member must not be null")


def of(shape: Shape) -> tuple[Constraint, ...]:
    """The constraints of a shape, in the order in which the service lists them (upper bound before lower: seen)."""
    numeric = shape.kind in ("integer", "long", "double")
    measure: Callable[[Any], Any] = (lambda value: value) if numeric else len
    what = "value" if numeric else "length"
    found = []
    if (most := shape.max) is not None:
        sentence = f"Member must have {what} less than or equal to {most}"
        found.append(Constraint(sentence, lambda value: measure(value) <= most))
    if (least := shape.min) is not None:
        sentence = f"Member must have {what} greater than or equal to {least}"
        found.append(Constraint(sentence, lambda value: measure(value) >= least))
    if shape.pattern is not None:
        sentence = f"Member must satisfy regular expression pattern: {shape.pattern}"
        found.append(Constraint(sentence, matcher(shape.pattern)))
    if shape.enum:
        allowed = frozenset(shape.enum)
        sentence = f"Member must satisfy enum value set: [{', '.join(shape.enum)}]"
        found.append(Constraint(sentence, allowed.__contains__))
    return tuple(found)


def broken(constraints: tuple[Constraint, ...], value: Any) -> list[Violation]:
    """What a value breaks; a list is echoed as the service echoes it: [a, b]."""
    return [Violation(_echo(value), it.sentence) for it in constraints if not it.holds(value)]


def broken_by_elements(constraints: tuple[Constraint, ...], values: list[Any]) -> list[Violation]:
    """One violation for the whole list, which names every constraint of its elements, if any element breaks any."""
    if all(it.holds(value) for value in values for it in constraints):
        return []
    sentences = ", ".join(it.sentence for it in constraints)
    return [Violation(_echo(values), f"Member must satisfy constraint: [{sentences}]")]


def _echo(value: Any) -> str:
    return f"'[{', '.join(map(str, value))}]'" if isinstance(value, list | tuple) else f"'{value}'"
