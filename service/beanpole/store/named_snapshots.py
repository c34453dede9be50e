"""Snapshots by name: states of an account to which it can be put back.

They are stored beside the account, packed, so that they stay when the account is replaced by an import or a snapshot; a
reset deletes them with the account. Their number and their bytes are bounded.
"""

import zlib
from typing import Literal

import msgspec
from msgspec import Struct

from beanpole.machine.clock import real_now
from beanpole.store import keys, restoration, snapshot, world_document
from beanpole.store.snapshot import Snapshot
from beanpole.store.store import Store
from beanpole.tables import limits
from beanpole.threads.decoders import JsonDecoder

MOST = limits.most("snapshots")
MOST_BYTES = limits.most("snapshot_bytes")
_QUICK = 1  # level of packing: a state shrinks to a tenth of its size


class About(Struct, frozen=True):
    """A snapshot in a list: its name, the real instant when it was kept, its clock's reading, and its packed size."""

    name: str
    kept_at: int
    now: int
    environments: int
    events: int
    bytes: int


class Full(Exception):
    """There is no room for one more snapshot; `limit` is the name of the row of limits."""

    def __init__(self, limit: Literal["snapshots", "snapshot_bytes"]) -> None:
        super().__init__(limit)
        self.limit = limit


def keep(store: Store, account_id: str, name: str, state: Snapshot) -> tuple[About, bool]:
    """Store a state under a name, which may replace another; the second value: the name is new. Raises Full."""
    packed = zlib.compress(world_document.encode(state), _QUICK)
    regions = state.regions.values()
    about = About(
        name,
        real_now(),
        state.clock.now(real_now()),
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
        case outcome:
            return about, outcome == "new"


_about = JsonDecoder[About](About)


def list_all(store: Store, account_id: str) -> list[About]:
    """The snapshots of an account, the oldest first."""
    abouts = store.redis.hvals(keys.snapshots_about(account_id))
    snapshots = map(_about.decode, abouts)
    return sorted(snapshots, key=lambda about: (about.kept_at, about.name))


def document(store: Store, account_id: str, name: str) -> bytes | None:
    """The document of a snapshot, as the state route exports it; None for an unknown name."""
    packed = store.redis.hget(keys.snapshots(account_id), name)
    return None if packed is None else zlib.decompress(packed)


def go_back(store: Store, account_id: str, name: str) -> bool:
    """Put the account back to a snapshot; false for an unknown name. Raises Conflict."""
    stored = document(store, account_id, name)
    if stored is None:
        return False
    restoration.restore(store, world_document.decode(stored))
    return True


def forget(store: Store, account_id: str, name: str) -> bool:
    """Delete a snapshot; false for an unknown name."""
    pipeline = store.redis.pipeline(transaction=True)
    pipeline.hdel(keys.snapshots(account_id), name)
    pipeline.hdel(keys.snapshots_about(account_id), name)
    return bool(pipeline.execute()[0])


def take(store: Store, account_id: str, name: str) -> tuple[About, bool]:
    """Store the present state of an account under a name, as `keep` does. Raises Conflict and Full."""
    return keep(store, account_id, name, snapshot.take(store, account_id))
