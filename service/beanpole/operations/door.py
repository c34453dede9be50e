"""The one door of operations: a change is committed to Redis, and then carried out in the object store.

A handler's change waits until the answer to its call is complete, so that one commit takes both: a caller who did not
get the answer and repeats the call gets the same answer. The answers of two handlers depend on the object store, so
they are committed after the objects, and are lost if the process is killed in between.

Redis and the object store cannot be written at once, so there is an order: first the commit, which a concurrent call
can refuse, then the objects. A call that is refused by a conflict has therefore touched no object. Where the object
store refuses, the call is refused with S3's action, and the entities are put back as they were. The events are written
last, so that none reports a change that was taken back. Two kinds of entities are not put back: an environment that is
to be terminated, and an entity that another call has changed since.

Objects of two calls that both succeed at the same moment may be written in either order.
"""

from collections.abc import Mapping
from contextlib import suppress

from msgspec.structs import replace

from beanpole.files.object_store import Changed, ObjectStore, Unreadable
from beanpole.model import errors
from beanpole.model.changes.change import Change, Entity, KeptAnswer
from beanpole.model.changes.objects import Copy, MakeBucket, ObjectChange, Put, Remove
from beanpole.model.environment.environment import Environment
from beanpole.store.commit import Conflict
from beanpole.store.world import World

ACTIONS: Mapping[type[ObjectChange], str] = {
    Copy: "s3:PutObject",
    MakeBucket: "s3:CreateBucket",
    Put: "s3:PutObject",
    Remove: "s3:DeleteObject",
}


class ObjectRefused(errors.ActionNotPermitted):
    """The object store refused an action, with its `reason`: `Forbidden`."""

    def __init__(self, action: str, reason: str) -> None:
        super().__init__(action=action)
        self.reason = reason


class Door:
    """The door of one attempt at a call: it writes changes to the world and to the object store, if there is one.

    `changed` has the entities that the call has changed.
    """

    def __init__(self, world: World, objects: ObjectStore | None) -> None:
        self._world = world
        self._objects = objects
        self._change: Change | None = None
        self._has_written = False
        self.changed: tuple[Entity, ...] = ()

    def commit(self, change: Change) -> None:
        """Take the one change of a call, which `close` writes; raises ValueError for a second."""
        if self._change is not None:
            raise ValueError("a call commits once")
        self._change = change

    def close(self, answer: KeptAnswer | None) -> None:
        """Write the change and the answer of the call, all or nothing; the answer is None if it is not to be kept.

        Raises Conflict if an entity that the change depends on has changed since, and ObjectRefused.
        """
        if self._change is not None or (self._has_written and answer is not None):
            self._write(replace(self._change or Change(), answer=answer))

    def commit_now(self, change: Change) -> dict[Remove, str]:
        """Write a change of objects at once; returns the reasons of those removals that failed and may fail.

        A change without objects waits for `close`. Raises Conflict and ObjectRefused as `close` does.
        """
        if not change.objects or self._objects is None:
            self.commit(change)
            return {}
        self._has_written = True
        return self._write(change)

    def _write(self, change: Change) -> dict[Remove, str]:
        objects, recorded = change.objects, replace(change, objects=())
        self.changed = (*self.changed, *change.puts, *change.deletes)
        if not objects or self._objects is None:
            self._record(recorded)
            return {}
        recorded = replace(recorded, answer=None)
        if _is_final(change):
            self._record(recorded)
            reasons = _carry_out(self._objects, objects)
            self._record(Change(answer=change.answer))
            return reasons
        before = [(entity, self._find(entity)) for entity in (*change.puts, *change.deletes)]
        self._record(replace(recorded, events=()))
        try:
            reasons = _carry_out(self._objects, objects)
        except (Conflict, ObjectRefused):
            self._restore(change, before)
            raise
        self._record(Change(events=change.events, answer=change.answer))
        return reasons

    def _record(self, change: Change) -> None:
        if change != Change():
            self._world.commit(change)

    def _restore(self, change: Change, before: list[tuple[Entity, Entity | None]]) -> None:
        """Commit every entity as it was `before`, unless an entity has changed since the write."""
        present = {entity.id: self._find(entity) for entity in change.puts}
        if any(not _is_same(entity, present[entity.id]) for entity in change.puts):
            return
        created = tuple(now for entity, old in before if old is None and (now := present[entity.id]) is not None)
        puts = tuple(_at_generation_of(present.get(old.id), old) for _, old in before if old is not None)
        with suppress(Conflict):  # another call has changed the entity, and its change stays
            self._record(Change(puts=puts, deletes=created, unused=tuple(bundle.digest for bundle in change.bundles)))

    def _find(self, entity: Entity) -> Entity | None:
        return self._world.find(type(entity), entity.id)


def _is_final(change: Change) -> bool:
    """Tell whether the change is never taken back: it starts an activity, or all of its removals may fail."""
    return any(isinstance(entity, Environment) for entity in change.puts) or all(
        isinstance(removal, Remove) and removal.may_stay for removal in change.objects
    )


def _is_same(written: Entity, present: Entity | None) -> bool:
    """Tell whether the entity is still as it was written; only its generation is then another one."""
    return present is not None and _at_generation_of(present, written) == present


def _at_generation_of(present: Entity | None, entity: Entity) -> Entity:
    """The entity with the generation that a commit must name: that of the stored entity, 0 without one."""
    return replace(entity, generation=present.generation if present else 0)


def _carry_out(objects: ObjectStore, changes: tuple[ObjectChange, ...]) -> dict[Remove, str]:
    """Write to the object store; no other function does. Stops at the first failure and raises ObjectRefused.

    Raises Conflict if an object to copy has changed since it was read. Returns the reasons of removals that may fail.
    """
    reasons = {}
    for change in changes:
        try:
            match change:
                case MakeBucket(bucket, region):
                    objects.make_bucket(bucket, region)
                case Copy(bucket, key, from_bucket, from_key, tag):
                    objects.copy(from_bucket, from_key, bucket, key, tag)
                case Put(bucket, key, content):
                    objects.write(bucket, key, content)
                case Remove(bucket, key):
                    objects.delete(bucket, key)
        except Changed:
            raise Conflict from None
        except Unreadable as error:
            if not (isinstance(change, Remove) and change.may_stay):
                raise ObjectRefused(ACTIONS[type(change)], str(error)) from None
            reasons[change] = str(error)
    return reasons
