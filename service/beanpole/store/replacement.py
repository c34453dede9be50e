"""The replacement of all that an account has, by nothing or by what was written aside, in one call to Redis."""

from collections.abc import Mapping
from typing import Any

from beanpole.clock import real_now
from beanpole.store import codec, keys
from beanpole.store.backend import Backend
from beanpole.store.commit import Conflict
from beanpole.store.connection import Connection
from beanpole.store.keys import WorldKeys

_ATTEMPTS = 50  # to find an account as it was a moment ago

Row = tuple[str, str, bytes | str]


def regions(redis: Connection, account_id: str) -> tuple[str, ...]:
    """The regions in which an account ever had anything."""
    return _regions(account_id, _keys(redis, account_id))


def replace(backend: Backend, account_id: str, new: Mapping[str, str], dues: Mapping[str, int]) -> None:
    """Let keys, by those whose place they take, be all that an account has; raises Conflict.

    `dues` are the members that are due at real instants. The keys of the account are listed before, so it is replaced
    only if no world of it has changed since: a commit on the way would leave keys behind.
    """
    backend.redis.set(keys.RESCHEDULED, real_now())
    for _ in range(_ATTEMPTS):
        if _replace(backend, account_id, new, dues):
            return
    raise Conflict(f"account {account_id} kept changing")


def _replace(backend: Backend, account_id: str, new: Mapping[str, str], dues: Mapping[str, int]) -> bool:
    known = {*regions(backend.redis, account_id), *_regions(account_id, new.values())}
    guards = [row for region in sorted(known) for row in _guards(backend.redis, WorldKeys(account_id, region))]
    old = [key for key in _keys(backend.redis, account_id) if key not in new]
    answer = backend.scripts.replace(
        keys=[keys.DUE, keys.LEASED, keys.ACCOUNTS, *backend.remembered()],
        args=[account_id, f"{account_id}|", keys.NUDGE, keys.CHANGES]
        + [word for rows in (guards, [(key,) for key in old], new.items(), dues.items()) for word in _counted(rows)],
    )
    if answer == b"lost":
        raise Conflict(f"what was written aside for account {account_id} is not there any more")
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
    """The version of every kind, and the end of the log: no commit leaves all of them as they are."""
    kinds = list(codec.KINDS.values())
    versions = redis.hmget(world.versions, kinds)
    rows: list[Row] = [(world.versions, kind, version or "") for kind, version in zip(kinds, versions, strict=True)]
    return [*rows, (world.chains, "", redis.hget(world.chains, "") or "")]


def _counted(rows: Any) -> list[Any]:
    listed = list(rows)
    return [len(listed), *(word for row in listed for word in row)]
