"""Writes the changes of a call: the states of backends that it came to, and the objects of their buckets."""

from collections.abc import Iterable
from typing import Any

from msgspec import Struct

from beanpole.gateway.kept import backends, groups, pickling
from beanpole.gateway.kept.bodies import Bodies
from beanpole.gateway.kept.groups import Group, Groups
from beanpole.gateway.kept.inventory import Inventories
from beanpole.gateway.kept.pickling import Written
from beanpole.gateway.kept.records import Place, Record, Records
from beanpole.gateway.kept.unpickling import Key
from beanpole.store import keys
from beanpole.text import log_lines

_TRIES = 20  # of a state that a call which waits for messages changes meanwhile
_UNKEEPABLE = "moto's %s is not kept: %s"
_log = log_lines.logger("beanpole")


class _Change(Struct):
    """The content of one transaction, by account; a bucket without an owner is gone."""

    records: dict[tuple[str, Place], Record] = {}
    deleted: set[tuple[str, Place]] = set()
    buckets: dict[str, tuple[str, str] | None] = {}


class Writer:
    """Writes records of what has changed."""

    def __init__(self, records: Records, bodies: Bodies, inventories: Inventories, groups_: Groups) -> None:
        self._records, self._bodies, self._inventories, self._groups = records, bodies, inventories, groups_
        self._unkeepable: set[str] = set()

    def is_written(self, key: Key) -> bool:
        """Tell whether there is a record of a backend, or can be none."""
        is_there = self._inventories.of(key.account_id).has(groups.place(self._groups.of(key)))
        return is_there or key.package in self._unkeepable

    def write(self, changed: Iterable[Key]) -> None:
        """Write these backends, and those that they refer to, where they differ from what is written.

        Raises OSError and StoreError; then nothing is written, and the same must be tried again.
        """
        change = _Change()
        for group, written in self._states(changed, change).items():
            self._add(change, group, groups.place(group), written)
            for key in group:
                if key.package == "s3":
                    self._add_objects(change, key)
        if change.records or change.deleted or change.buckets:
            self._carry_out(change)

    def forget_lookups(self, touched: Iterable[Key]) -> None:
        """Let buckets forget which keys a call has looked up."""
        for key in touched:
            backend = backends.existing(key) if key.package == "s3" else None
            for bucket in () if backend is None else backend.buckets.values():
                bucket.keys.noted.clear()

    def _states(self, changed: Iterable[Key], change: _Change) -> dict[Group, Written]:
        """The state of each group; groups that turn out to share objects become one."""
        states: dict[Group, Written] = {}
        waiting = [key for key in changed if backends.existing(key) is not None]
        while waiting:
            group = self._groups.of(waiting.pop())
            if group in states:
                continue
            written = self._state(group)
            if written is None:
                continue
            sharing = self._groups.sharing(group, written.objects)
            if sharing:
                for key in (*group, *sharing):
                    states.pop(self._groups.of(key), None)
                    change.deleted.add((key.account_id, groups.place(self._groups.of(key))))
                waiting.append(next(iter(self._groups.join((*group, *sharing)))))
                continue
            states[group] = written
            self._groups.note(group, written.objects)
            waiting += [key for key in written.references if backends.existing(key) is not None]
        return states

    def _state(self, group: Group) -> Written | None:
        """The state of a group; None if it has no form, which is said once."""
        for _ in range(_TRIES):
            try:
                present = {key: backend for key in group if (backend := backends.existing(key)) is not None}
                return pickling.write(list(present.values()), group, self._body)
            except RecursionError as error:
                self._give_up(group, error)
                return None
            except RuntimeError:  # a dictionary has changed its size
                continue
            except (AttributeError, NotImplementedError, TypeError, ValueError, pickling.PicklingError) as error:
                self._give_up(group, error)
                return None
        raise OSError("moto's state changes all the time")

    def _give_up(self, group: Group, error: Exception) -> None:
        for package in {key.package for key in group} - self._unkeepable:
            self._unkeepable.add(package)
            _log.warning(_UNKEEPABLE, package, error)

    def _body(self, account_id: str, content: bytes) -> Any:
        return self._bodies.write(account_id, content)

    def _add(self, change: _Change, group: Group, place: Place, written: Written) -> None:
        account_id = next(iter(group)).account_id
        record = Record(written.state, tuple(sorted(written.bodies)))
        change.deleted.discard((account_id, place))
        if not self._inventories.of(account_id).is_same(place, record):
            change.records[account_id, place] = record

    def _add_objects(self, change: _Change, key: Key) -> None:
        """The objects that a call has looked up or changed, and the buckets that are new or gone."""
        backend = backends.existing(key)
        for name, bucket in () if backend is None else backend.buckets.items():
            hash_key = keys.companion_objects(key.account_id, name)
            for object_key in bucket.keys.noted:
                versions = dict.get(bucket.keys, object_key)
                if versions:
                    group = self._groups.of(key)
                    self._add(change, group, (hash_key, object_key), pickling.write(versions, (), self._body))
                elif self._inventories.of(key.account_id).has((hash_key, object_key)):
                    change.deleted.add((key.account_id, (hash_key, object_key)))
        owner = (key.region, key.account_id)
        present = set() if backend is None else set(backend.buckets)
        known = {name for name, one in self._inventories.buckets.items() if one == owner}
        change.buckets.update(dict.fromkeys(present - known, owner))
        change.buckets.update(dict.fromkeys(known - present))
        for name in known - present:
            hash_key = keys.companion_objects(key.account_id, name)
            for object_key in self._inventories.of(key.account_id).fields(hash_key):
                change.deleted.add((key.account_id, (hash_key, object_key)))

    def _carry_out(self, change: _Change) -> None:
        records = {place: record for (_, place), record in change.records.items()}
        self._records.write(backends.version(), records, [place for _, place in change.deleted], change.buckets)
        unused: dict[str, set[str]] = {}
        for account_id, place in change.deleted:
            unused.setdefault(account_id, set()).update(self._inventories.of(account_id).drop(place))
        for (account_id, place), record in change.records.items():
            unused.setdefault(account_id, set()).update(self._inventories.of(account_id).put(place, record))
        for name, owner in change.buckets.items():
            if owner is None:
                self._inventories.buckets.pop(name, None)
            else:
                self._inventories.buckets[name] = owner
        for account_id, names in unused.items():
            self._bodies.delete(account_id, names - set(self._inventories.of(account_id).bodies()))
