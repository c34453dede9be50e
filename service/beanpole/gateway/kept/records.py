"""The records of what the companion holds, in Redis: by account a hash of its services, and one for each bucket.

A record is a state, packed, with the names of the bodies that belong to it. A new one replaces the old one, so Redis,
which writes its log anew when that has grown, drops what was overwritten.
"""

from collections.abc import Iterable, Mapping
from zlib import compress, decompress
from zlib import error as zlib_error

from msgspec import MsgspecError, Struct, msgpack

from beanpole.store import keys
from beanpole.store.connection import Connection

PRESENT = 1  # the number of the format of records
_PACKED_FROM = 512  # bytes
_BATCH = 500

Place = tuple[str, str]  # a key of Redis and a field of its hash


class Record(Struct, frozen=True, array_like=True):
    """A state as bytes, and the bodies that it refers to."""

    state: bytes
    bodies: tuple[str, ...] = ()


class Newer(Exception):
    """Records that a newer program has written."""

    def __init__(self, format_: int) -> None:
        super().__init__(
            f"what the companion holds has format {format_}, which a newer beanpole wrote; this one reads up to "
            f"{PRESENT}"
        )


class Records:
    """Reads and writes records by a connection of its own."""

    def __init__(self, redis: Connection) -> None:
        self._redis = redis

    def check(self) -> None:
        """Raise Newer if a newer program has written here."""
        number = int(self._redis.hget(keys.COMPANION_ABOUT, "format") or PRESENT)
        if number > PRESENT:
            raise Newer(number)

    def version(self) -> str | None:
        """The version of moto that wrote last; None if nothing is kept."""
        version = self._redis.hget(keys.COMPANION_ABOUT, "moto")
        return None if version is None else version.decode()

    def fields(self, account_id: str) -> list[str]:
        """The names of an account's records of services."""
        return [field.decode() for field in self._redis.hkeys(keys.companion(account_id))]

    def has(self, package: str) -> bool:
        """Tell whether any account has a record of a package of moto's."""
        names = self._redis.scan_iter(f"{keys.companion('[0-9]*')}", 1000)
        accounts = {name.decode().removeprefix(keys.COMPANION).partition(":")[0] for name in names}
        return any(f"{package}/" in field for account_id in accounts for field in self.fields(account_id))

    def read(self, account_id: str, field: str) -> Record | None:
        """The record of a service, or of a few services that belong together."""
        packed = self._redis.hget(keys.companion(account_id), field)
        return None if packed is None else _unpacked(packed)

    def objects(self, account_id: str, bucket: str) -> dict[str, Record]:
        """The records of the objects of a bucket, by key."""
        rows = self._redis.hgetall(keys.companion_objects(account_id, bucket))
        return {key.decode("utf-8", "surrogateescape"): _unpacked(packed) for key, packed in rows.items()}

    def buckets(self) -> dict[str, tuple[str, str]]:
        """The partition and the account of each bucket."""
        rows = self._redis.hgetall(keys.COMPANION_BUCKETS)
        owners = ((name.decode(), owner.decode().split()) for name, owner in rows.items())
        return {name: (partition, account_id) for name, (partition, account_id) in owners}

    def write(
        self,
        moto: str,
        changed: Mapping[Place, Record],
        deleted: Iterable[Place],
        buckets: Mapping[str, tuple[str, str] | None],
    ) -> None:
        """Write all of a change or none of it; `buckets` have a new owner, or None if they are gone."""
        pipeline = self._redis.pipeline(transaction=True)
        pipeline.hset(keys.COMPANION_ABOUT, mapping={"format": PRESENT, "moto": moto})
        for key, field in deleted:
            pipeline.hdel(key, _field(field))
        for (key, field), record in changed.items():
            pipeline.hset(key, _field(field), _packed(record))
        for name, owner in buckets.items():
            if owner is None:
                pipeline.hdel(keys.COMPANION_BUCKETS, name)
            else:
                pipeline.hset(keys.COMPANION_BUCKETS, name, " ".join(owner))
        pipeline.execute()

    def forget(self, account_id: str | None) -> None:
        """Delete what is kept of an account, or with None of all."""
        if account_id is None:
            names = list(self._redis.scan_iter(f"{keys.COMPANION}*", 1000))
            for start in range(0, len(names), _BATCH):
                self._redis.delete(*names[start : start + _BATCH])
            return
        owned = [name for name, (_, owner) in self.buckets().items() if owner == account_id]
        pipeline = self._redis.pipeline(transaction=True)
        pipeline.delete(keys.companion(account_id), *(keys.companion_objects(account_id, name) for name in owned))
        if owned:
            pipeline.hdel(keys.COMPANION_BUCKETS, *owned)
        pipeline.execute()


def _field(name: str) -> bytes:
    """The bytes of a field; a key of an object may be no valid text."""
    return name.encode("utf-8", "surrogateescape")


def _packed(record: Record) -> bytes:
    state = compress(record.state, 1) if len(record.state) >= _PACKED_FROM else b"=" + record.state
    return msgpack.encode(Record(state, record.bodies))


def _unpacked(packed: bytes) -> Record:
    """A record; raises ValueError for other bytes."""
    try:
        record = msgpack.decode(packed, type=Record)
        state = record.state[1:] if record.state.startswith(b"=") else decompress(record.state)
    except (MsgspecError, zlib_error) as error:
        raise ValueError(str(error)) from None
    return Record(state, record.bodies)
