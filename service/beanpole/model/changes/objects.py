"""The changes of the object store after a commit has succeeded: put, copy or remove an object, or make a bucket."""

from msgspec import Struct


class MakeBucket(Struct, frozen=True):
    """Make a bucket in its region, unless it is there."""

    bucket: str
    region: str


class Put(Struct, frozen=True):
    """Write an object in the place of whatever is there."""

    bucket: str
    key: str
    content: bytes


class Copy(Struct, frozen=True):
    """Write a copy of another object, which must still have the `tag` that it was read with."""

    bucket: str
    key: str
    from_bucket: str
    from_key: str
    tag: str


class Remove(Struct, frozen=True):
    """Delete an object, if it exists; if it `may_stay`, the change succeeds even if the object store refuses."""

    bucket: str
    key: str
    may_stay: bool = False


ObjectChange = Copy | MakeBucket | Put | Remove
