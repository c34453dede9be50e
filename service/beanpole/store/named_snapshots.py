"""Snapshots that are kept by name: the state of an account as it was, to go back to.

They are kept beside the account, packed, so that neither an import nor a return to one of them takes the others away; a
reset forgets them with the account. Their number and their bytes are bounded.
"""

import zlib
from typing import Literal

import msgspec
from msgspec import Struct

from beanpole import limits
from beanpole.clock import real_now
from beanpole.store import keys, restoration, snapshot, world_document
from beanpole.store.snapshot import Snapshot
from beanpole.store.store import Store

MOST = limits.most("snapshots")
MOST_BYTES = limits.most("snapshot_bytes")
_QUICK = 1  # level of packing: a state shrinks to a tenth of its size


class About(Struct, frozen=True):
    """A snapshot by its name: when it was kept, in real time, what its clock shows, and how large it is packed."""

    name: str
    kept_at: int
    now: int
    environments: int
    events: int
    bytes: int


class Full(Exception):
    """There is no room for one more: `limit` is the name of the row of limits that says so."""

    def __init__(self, limit: Literal["snapshots", "snapshot_bytes"]) -> None:
        super().__init__(limit)
        self.limit = limit


def keep(store: Store, account_id: str, name: str, taken: Snapshot) -> tuple[About, bool]:
    """Keep a state under a name, in place of another that has it; also whether the name is new. Raises Full."""
    packed = zlib.compress(world_document.encode(taken), _QUICK)
    regions = taken.regions.values()
    about = About(
        name,
        real_now(),
        taken.clock.now(real_now()),
        sum(len(region.environments) for region in regions),
        sum(len(region.events) for region in regions),
        len(packed),
    )
    answer = store.backend.scripts.keep_snapshot(
        keys=[keys.snapshots(account_id), keys.snapshots_about(account_id)],
        args=[name, packed, msgspec.json.encode(about), MOST, MOST_BYTES],
    )
    match answer.decode():
        case "many":
            raise Full("snapshots")
        case "large":
            raise Full("snapshot_bytes")
        case kept:
            return about, kept == "new"


def listed(store: Store, account_id: str) -> list[About]:
    """The snapshots of an account, the oldest first."""
    abouts = store.redis.hvals(keys.snapshots_about(account_id))
    found = (msgspec.json.decode(about, type=About) for about in abouts)
    return sorted(found, key=lambda about: (about.kept_at, about.name))


def document(store: Store, account_id: str, name: str) -> bytes | None:
    """The document of a snapshot, as the state route exports it; None if there is none of that name."""
    packed = store.redis.hget(keys.snapshots(account_id), name)
    return None if packed is None else zlib.decompress(packed)


def go_back(store: Store, account_id: str, name: str) -> bool:
    """Put the account back to a snapshot; false if there is none of that name. Raises Conflict."""
    kept = document(store, account_id, name)
    if kept is None:
        return False
    restoration.restore(store, world_document.decode(kept))
    return True


def forget(store: Store, account_id: str, name: str) -> bool:
    """Forget a snapshot; false if there is none of that name."""
    pipeline = store.redis.pipeline(transaction=True)
    pipeline.hdel(keys.snapshots(account_id), name)
    pipeline.hdel(keys.snapshots_about(account_id), name)
    return bool(pipeline.execute()[0])


def take(store: Store, account_id: str, name: str) -> tuple[About, bool]:
    """Keep the account as it is now under a name; also whether the name is new. Raises Conflict and Full."""
    return keep(store, account_id, name, snapshot.take(store, account_id))
