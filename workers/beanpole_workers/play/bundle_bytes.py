"""The bytes of members of bundles, for sandboxes: the only place at which workers read an object store."""

from beanpole import log_lines
from beanpole.files import instance_files
from beanpole.files.bundle import members
from beanpole.files.object_store import ObjectReader, Unreadable
from beanpole.model.instance.content import Member, Read
from beanpole.store.world import World

log = log_lines.logger(__name__)


def reader(world: World, objects: ObjectReader | None) -> Read:
    """Reads members of the bundles of a world; one that cannot be read has no bytes, and a line in the log."""

    read_member = instance_files.reader(objects, world.region, world.account_id)

    def read(member: Member, most: int) -> bytes:
        bundle = world.bundle(member.bundle)
        entry = None if bundle is None else bundle.directory.by_path.get(member.path)
        if entry is None:
            return b""
        try:
            return read_member(member.bundle, entry, most)
        except (Unreadable, members.Unusable) as trouble:
            log.warning("%s of bundle %s cannot be read: %s", member.path, member.bundle, trouble)
            return b""

    return read
