"""All that a handler may touch: its world, the catalogue, ids, and the account's clock."""

from dataclasses import dataclass

from beanpole.catalog import Catalog
from beanpole.files.object_store import ObjectStore
from beanpole.model.clock import Clock
from beanpole.model.names.ids import Ids
from beanpole.store.world import World


@dataclass(frozen=True, slots=True)
class Context:
    """One attempt at one call; `now` is the instant of the attempt on the account's `clock`, in milliseconds.

    `endpoint` is the URL at which the caller reached the service; without an object store `objects` is None.
    """

    world: World
    catalog: Catalog
    ids: Ids
    clock: Clock
    now: int
    region: str
    account_id: str
    request_id: str
    endpoint: str
    objects: ObjectStore | None
