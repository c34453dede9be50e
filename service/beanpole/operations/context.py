"""All that a handler may touch: its world, the catalogue, ids, the account's clock, and objects to read."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from beanpole.catalog import Catalog
from beanpole.files.object_store import ObjectReader
from beanpole.model.changes.change import Change
from beanpole.model.changes.objects import Remove
from beanpole.model.clock import Clock
from beanpole.model.names.ids import Ids
from beanpole.store.world import World


@dataclass(frozen=True, slots=True)
class Context:
    """One attempt at one call; `now` is the instant of the attempt on the account's `clock`, in milliseconds.

    `endpoint` tells the URL at which the caller reached the service; without an object store `objects` is None.
    All that a handler writes goes through the door (`operations.door`): `commit` hands over the one change of a call,
    which is written together with its answer. `commit_now` writes a change at once, for a handler whose answer depends
    on what the object store says; it returns the reasons why objects that may stay were not removed. `has_profile` says
    whether an account has an instance profile, and `has_role` whether it has a role, where a companion knows.
    """

    world: World
    commit: Callable[[Change], None]
    commit_now: Callable[[Change], Mapping[Remove, str]]
    catalog: Catalog
    ids: Ids
    clock: Clock
    now: int
    region: str
    account_id: str
    request_id: str
    endpoint: Callable[[], str]
    objects: ObjectReader | None
    has_profile: Callable[[str, str], bool] | None = None
    has_role: Callable[[str, str], bool] | None = None
