"""The conditions of a play: the armed faults and the application versions of a world, which seldom change.

A play depends on them beside its own members. They are read once for each batch or stretch, for many worlds at once.
"""

from collections.abc import Sequence
from typing import NamedTuple

from beanpole.model.applications.application import ApplicationVersion, version_id
from beanpole.model.faults.fault import Fault
from beanpole.store import codec
from beanpole.store.connection import Connection
from beanpole.store.world import World

_KINDS = [codec.KINDS[Fault], codec.KINDS[ApplicationVersion]]


class Conditions(NamedTuple):
    """The armed faults, and the kinds with the versions that their listings had, for a commit that depends on them."""

    faults: tuple[Fault, ...]
    unchanged: tuple[tuple[str, str], ...]


def request(pipeline: Connection, world: World) -> None:
    """Add the read of a world's conditions to a pipeline; `conditions` takes its answer."""
    pipeline.hmget(world.keys.versions, _KINDS)


def read(redis: Connection, world: World) -> Conditions:
    """The conditions of one world."""
    return conditions(world, redis.hmget(world.keys.versions, _KINDS))


def conditions(world: World, versions: Sequence[bytes | None]) -> Conditions:
    """The conditions of a world by the versions of their listings.

    Faults that have changed since the last play are read at once; application versions when a plan needs one.
    """
    of_faults, of_versions = versions
    world.mirror(ApplicationVersion).note(of_versions)
    unchanged = tuple((kind, (of_kind or b"").decode()) for kind, of_kind in zip(_KINDS, versions, strict=True))
    return Conditions(world.mirror(Fault).at(of_faults), unchanged)


def version(world: World, application_name: str, version_label: str) -> ApplicationVersion | None:
    """The application version of that label, as it was when the conditions of the world were read last."""
    return world.mirror(ApplicationVersion).noted(version_id(application_name, version_label))
