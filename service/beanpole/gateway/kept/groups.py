"""Backends that share objects, as Auto Scaling has the instances of EC2: they are written together, as one record.

Which do is seen when they are written: an object that is part of two states belongs to both.
"""

from collections.abc import Collection

from beanpole.gateway.kept.unpickling import Key
from beanpole.store import keys

Group = frozenset[Key]


class Groups:
    """The group of each backend; alone it is one of its own."""

    def __init__(self) -> None:
        self._of: dict[Key, Group] = {}
        self._owners: dict[int, Key] = {}
        self._objects: dict[Group, frozenset[int]] = {}

    def of(self, key: Key) -> Group:
        """The group of a backend."""
        return self._of.get(key, frozenset((key,)))

    def join(self, members: Collection[Key]) -> Group:
        """Make one group of the groups of some backends."""
        groups = {self.of(member) for member in members}
        joined = frozenset(member for group in groups for member in group)
        for group in groups:
            self._forget_objects(group)
        self._of.update(dict.fromkeys(joined, joined))
        return joined

    def sharing(self, group: Group, objects: frozenset[int]) -> set[Key]:
        """The backends of the same account beyond a group that have one of its objects, by identity."""
        owners = {self._owners[identity] for identity in objects & self._owners.keys()}
        account_ids = {key.account_id for key in group}
        return {owner for owner in owners if owner not in group and owner.account_id in account_ids}

    def note(self, group: Group, objects: frozenset[int]) -> None:
        """Note the objects of a group."""
        self._forget_objects(group)
        self._objects[group] = objects
        self._owners.update(dict.fromkeys(objects, next(iter(group))))

    def forget(self, account_id: str | None) -> None:
        """Forget the groups of an account, or with None all."""
        for group in [group for group in self._objects if account_id in (None, next(iter(group)).account_id)]:
            self._forget_objects(group)
        self._of = {key: group for key, group in self._of.items() if account_id not in (None, key.account_id)}

    def _forget_objects(self, group: Group) -> None:
        for identity in self._objects.pop(group, ()):
            if self._owners.get(identity) in group:
                del self._owners[identity]


def place(group: Group) -> tuple[str, str]:
    """The place of a group's record."""
    account_id = next(iter(group)).account_id
    return keys.companion(account_id), "+".join(sorted(key.field for key in group))


def members(account_id: str, field: str) -> Group:
    """The group whose record has this name."""
    parts = (part.split("/") for part in field.split("+"))
    return frozenset(Key(package, service, account_id, region) for package, service, region in parts)
