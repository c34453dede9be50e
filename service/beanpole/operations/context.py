"""All that a handler may touch: its world, the tables, the ids it may give away, and the instant at which it acts."""

from dataclasses import dataclass

from beanpole.catalog import Catalog
from beanpole.files.object_store import ObjectStore
from beanpole.model.names.ids import Ids
from beanpole.store.world import World


@dataclass(frozen=True, slots=True)
class Context:
    """One attempt at one call; `now` is the account's clock in milliseconds.

    `endpoint` is the URL at which the caller reached the service; without an object store `objects` is None.
    """

    store: World
    catalog: Catalog
    ids: Ids
    now: int
    region: str
    account_id: str
    request_id: str
    endpoint: str
    objects: ObjectStore | None
