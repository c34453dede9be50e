"""The one door of operations: a change is committed, and then what it does to the object store is carried out.

A handler's change is held until the answer to its call is written down, so that one commit takes both: a caller who
never got the answer, and calls again, is answered the same. Two handlers answer by what the object store says, so their
answers are committed after the objects, and are lost with a process that is killed in between.

Redis and the object store cannot be written at once, so there is an order: first the commit, which a concurrent call
can refuse, then the objects. A call that is refused by a conflict has therefore touched no object. Where the object
store refuses, the call is refused with S3's action, and the entities are put back as they were; its events are written
last, so none of them tells of what did not happen. Two cases keep the record as it is committed: an environment that
was asked to terminate is not called back, and an entity that has changed since belongs to the call that changed it.

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
    """Writes the changes of one attempt at a call to its world and to the object store, if there is one.

    `changed` is what the call has changed.
    """

    def __init__(self, world: World, objects: ObjectStore | None) -> None:
        self._world = world
        self._objects = objects
        self._held: Change | None = None
        self._has_written = False
        self.changed: tuple[Entity, ...] = ()

    def commit(self, change: Change) -> None:
        """Take the change of a call, to be written by `close`; there is one at most."""
        if self._held is not None:
            raise ValueError("a call commits once")
        self._held = change

    def close(self, answer: KeptAnswer | None) -> None:
        """Write all of the change that was taken or none of it, and with it the answer, if it is to be kept.

        Raises Conflict if what the change was made from has changed since, and ObjectRefused.
        """
        if self._held is not None or (self._has_written and answer is not None):
            self._write(replace(self._held or Change(), answer=answer))

    def commit_now(self, change: Change) -> dict[Remove, str]:
        """Write a change of objects at once; returns the reasons why those that may stay were not removed.

        Where there are no objects to change it is held as any other. Raises Conflict and ObjectRefused as `close` does.
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
            kept = _carry_out(self._objects, objects)
            self._record(Change(answer=change.answer))
            return kept
        before = [(entity, self._find(entity)) for entity in (*change.puts, *change.deletes)]
        self._record(replace(recorded, events=()))
        try:
            kept = _carry_out(self._objects, objects)
        except (Conflict, ObjectRefused):
            self._put_back(change, before)
            raise
        self._record(Change(events=change.events, answer=change.answer))
        return kept

    def _record(self, change: Change) -> None:
        if change != Change():
            self._world.commit(change)

    def _put_back(self, change: Change, before: list[tuple[Entity, Entity | None]]) -> None:
        """Commit every entity as it was `before`, unless one of those that were written has changed since."""
        present = {entity.id: self._find(entity) for entity in change.puts}
        if any(not _is_same(entity, present[entity.id]) for entity in change.puts):
            return
        made = tuple(now for entity, old in before if old is None and (now := present[entity.id]) is not None)
        puts = tuple(_at_generation_of(present.get(old.id), old) for _, old in before if old is not None)
        with suppress(Conflict):  # it belongs to the call that changed it
            self._record(Change(puts=puts, deletes=made, unused=tuple(bundle.digest for bundle in change.bundles)))

    def _find(self, entity: Entity) -> Entity | None:
        return self._world.find(type(entity), entity.id)


def _is_final(change: Change) -> bool:
    """Whether nothing of the change is taken back: it starts what goes on, or all of its objects may stay."""
    return any(isinstance(entity, Environment) for entity in change.puts) or all(
        isinstance(wanted, Remove) and wanted.may_stay for wanted in change.objects
    )


def _is_same(written: Entity, present: Entity | None) -> bool:
    """Whether the entity is still as it was written, which gave it a generation of its own."""
    return present is not None and _at_generation_of(present, written) == present


def _at_generation_of(present: Entity | None, entity: Entity) -> Entity:
    """The entity at the generation that a commit must name: that of what is there, 0 where nothing is."""
    return replace(entity, generation=present.generation if present else 0)


def _carry_out(objects: ObjectStore, wanted: tuple[ObjectChange, ...]) -> dict[Remove, str]:
    """The only place that writes to an object store; raises ObjectRefused, having tried nothing after that.

    Raises Conflict where an object to copy has changed since it was read.
    """
    kept = {}
    for each in wanted:
        try:
            match each:
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
            if not (isinstance(each, Remove) and each.may_stay):
                raise ObjectRefused(ACTIONS[type(each)], str(error)) from None
            kept[each] = str(error)
    return kept
