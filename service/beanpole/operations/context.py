"""The context of a handler, its only access to the rest: its world, the catalogue, ids, the clock, objects to read."""

from collections.abc import Callable, Mapping

from msgspec import Struct

from beanpole.catalog.catalog import Catalog
from beanpole.files.object_store import ObjectReader
from beanpole.model.changes.change import Change
from beanpole.model.changes.objects import Remove
from beanpole.model.environment.shared_balancer import Facts
from beanpole.model.names.ids import Ids
from beanpole.model.time.clock import Clock
from beanpole.store.world import World


class Context(Struct, frozen=True, eq=False):
    """The context of one attempt at a call; `now` is its instant on the account's `clock`, in milliseconds.

    `conflicts` counts the attempts before this one. `endpoint` gives the URL at which the caller reached the service;
    without an object store `objects` is None. A handler writes through the door alone (`operations.door`): `commit`
    hands over the one change of a call, which is written together with the answer. `commit_now` writes a change at
    once, for a handler whose answer depends on the object store; it returns, for removals that may fail, the reasons of
    those that did. If a companion has IAM, `has_profile` tells whether an account has an instance profile, and
    `has_role` whether it has a role.
    `find_balancer` finds the load balancer with an ARN; it raises LookupError without one, and returns None if the
    companion cannot say.
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
    conflicts: int
    endpoint: Callable[[], str]
    objects: ObjectReader | None
    has_profile: Callable[[str, str], bool] | None = None
    has_role: Callable[[str, str], bool] | None = None
    find_balancer: Callable[[str, str, str], Facts | None] | None = None
