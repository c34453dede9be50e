"""The replacement of all keys of an account, by none or by keys that were written aside, in one call to Redis."""

from collections.abc import Mapping
from typing import Any

from beanpole.machine.clock import real_now
from beanpole.store import codec, keys
from beanpole.store.backend import Backend
from beanpole.store.commit import Conflict
from beanpole.store.connection import Connection
from beanpole.store.keys import WorldKeys

_ATTEMPTS = 50  # to find an account unchanged since a moment ago

Row = tuple[str, str, bytes | str]


def regions(redis: Connection, account_id: str) -> tuple[str, ...]:
    """The regions in which an account ever had an entity or an event."""
    return _regions(account_id, _keys(redis, account_id))


def replace(backend: Backend, account_id: str, new: Mapping[str, str], dues: Mapping[str, int]) -> None:
    """Replace all keys of an account by new ones, each with its final name; raises Conflict.

    `dues` are the members that are due at real instants. The old keys are listed first, so the account is replaced only
    if none of its worlds has changed since: a commit in between would leave keys behind.
    """
    backend.redis.set(keys.RESCHEDULED, real_now())
    for _ in range(_ATTEMPTS):
        if _replace(backend, account_id, new, dues):
            return
    raise Conflict(f"account {account_id} kept changing")


def _replace(backend: Backend, account_id: str, new: Mapping[str, str], dues: Mapping[str, int]) -> bool:
    regions_ = {*regions(backend.redis, account_id), *_regions(account_id, new.values())}
    guards = [row for region in sorted(regions_) for row in _guards(backend.redis, WorldKeys(account_id, region))]
    old = [key for key in _keys(backend.redis, account_id) if key not in new]
    answer = backend.scripts.replace(
        keys=[keys.DUE, keys.LEASED, keys.ACCOUNTS, *backend.remembered()],
        args=[account_id, f"{account_id}|", keys.NUDGE, keys.CHANGES, keys.WORLDS]
        + [word for rows in (guards, [(key,) for key in old], new.items(), dues.items()) for word in _section(rows)],
    )
    if answer == b"lost":
        raise Conflict(f"the keys that were written aside for account {account_id} have expired")
    return bool(answer == b"done")


def _keys(redis: Connection, account_id: str) -> list[str]:
    return [key.decode() for key in redis.scan_iter(match=f"{keys.account(account_id)}*", count=1000)]


def _regions(account_id: str, names: Any) -> tuple[str, ...]:
    regions = set()
    for name in names:
        region, _, rest = name.removeprefix(keys.account(account_id)).partition(":")
        if rest in ("versions", "events"):
            regions.add(region)
    return tuple(sorted(regions))


def _guards(redis: Connection, world: WorldKeys) -> list[Row]:
    """The version of every kind, and the end of the log: each commit changes at least one of them."""
    kinds = list(codec.KINDS.values())
    versions = redis.hmget(world.versions, kinds)
    rows: list[Row] = [(world.versions, kind, version or "") for kind, version in zip(kinds, versions, strict=True)]
    return [*rows, (world.chains, "", redis.hget(world.chains, "") or "")]


def _section(rows: Any) -> list[Any]:
    listed = list(rows)
    return [len(listed), *(word for row in listed for word in row)]
