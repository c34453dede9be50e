"""Rules of security groups that a client has added to or taken from those of an environment, through EC2."""

from collections.abc import Iterable, Sequence
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

Source = Literal["cidr", "cidr6", "group", "prefix-list"]


class Ingress(Struct, frozen=True, omit_defaults=True):
    """A rule of a security group: a protocol, its ports, and the kind and the name of the source.

    `group` is the name of the security group, as its environment keeps it. `is_revoked`: it was taken away.
    """

    group: str
    protocol: str
    first: int | None
    last: int | None
    source: Source
    name: str
    is_revoked: bool = False

    @property
    def revoked(self) -> "Ingress":
        """The record that it was taken away."""
        return replace(self, is_revoked=True)


def effective(of_options: Iterable[Ingress], changes: Sequence[Ingress]) -> tuple[Ingress, ...]:
    """The rules that hold: those that follow from the options, unless they were revoked, and those that were added."""
    still = (rule for rule in of_options if rule.revoked not in changes)
    return tuple(dict.fromkeys([*still, *(rule for rule in changes if not rule.is_revoked)]))


def with_added(changes: Iterable[Ingress], rules: Sequence[Ingress]) -> tuple[Ingress, ...]:
    """The changes after these rules were added."""
    records = {*rules, *(rule.revoked for rule in rules)}
    return (*(change for change in changes if change not in records), *rules)


def with_revoked(
    changes: Iterable[Ingress], rules: Sequence[Ingress], of_options: Iterable[Ingress]
) -> tuple[Ingress, ...]:
    """The changes after these rules were taken away, of which those of the options are remembered."""
    records = (rule.revoked for rule in of_options if rule in rules)
    return tuple(dict.fromkeys([*(change for change in changes if change not in rules), *records]))
