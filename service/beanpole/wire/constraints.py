"""The constraints of a shape, and the service's sentence for each.

A broken constraint is a Violation at the path where it broke; a value that is not of its type is Malformed, and then
the service checks nothing else.
"""

from collections.abc import Callable
from typing import Any

import msgspec

from beanpole.text.patterns import matcher
from beanpole.wire.spec import Shape


class Constraint(msgspec.Struct, frozen=True):
    """One constraint: the service's sentence, and the test of a value."""

    sentence: str
    holds: Callable[[Any], bool]


class Violation(msgspec.Struct, frozen=True):
    """A broken constraint, and the value that broke it as the service echoes it: in quotes, or `null`."""

    value: str
    sentence: str

    def at(self, path: str) -> str:
        """The sentence for a value at a path such as `optionSettings.1.member.namespace`."""
        return f"Value {self.value} at '{path}' failed to satisfy constraint: {self.sentence}"


class Malformed(msgspec.Struct, frozen=True):
    """A text that is not a value of its type."""

    sentence: str


NULL = Violation("null", "Member must not be null")


def of(shape: Shape) -> tuple[Constraint, ...]:
    """The constraints of a shape, in the order in which the service lists them (upper bound before lower: seen)."""
    numeric = shape.kind in ("integer", "long", "double")
    measure: Callable[[Any], Any] = (lambda value: value) if numeric else len
    noun = "value" if numeric else "length"
    constraints = []
    if (most := shape.max) is not None:
        sentence = f"Member must have {noun} less than or equal to {most}"
        constraints.append(Constraint(sentence, lambda value: measure(value) <= most))
    if (least := shape.min) is not None:
        sentence = f"Member must have {noun} greater than or equal to {least}"
        constraints.append(Constraint(sentence, lambda value: measure(value) >= least))
    if shape.pattern is not None:
        sentence = f"Member must satisfy regular expression pattern: {shape.pattern}"
        constraints.append(Constraint(sentence, matcher(shape.pattern)))
    if shape.enum:
        allowed = frozenset(shape.enum)
        sentence = f"Member must satisfy enum value set: [{', '.join(shape.enum)}]"
        constraints.append(Constraint(sentence, allowed.__contains__))
    return tuple(constraints)


def broken(constraints: tuple[Constraint, ...], value: Any) -> list[Violation]:
    """The violations of a value; a list is echoed as the service echoes it: [a, b]."""
    return [Violation(_echo(value), constraint.sentence) for constraint in constraints if not constraint.holds(value)]


def broken_by_elements(constraints: tuple[Constraint, ...], values: list[Any]) -> list[Violation]:
    """One violation for a whole list if any element breaks any constraint; it names every constraint of elements."""
    if all(constraint.holds(value) for value in values for constraint in constraints):
        return []
    sentences = ", ".join(constraint.sentence for constraint in constraints)
    return [Violation(_echo(values), f"Member must satisfy constraint: [{sentences}]")]


def _echo(value: Any) -> str:
    return f"'[{', '.join(map(str, value))}]'" if isinstance(value, list | tuple) else f"'{value}'"
