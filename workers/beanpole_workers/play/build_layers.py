"""Layers: the files of builds and other commands that are too many for a disk, stored as bundles.

A layer is stored like the source bundle of a version: its directory in Redis, its bytes in the object store, both by
its digest. It is deleted like a bundle, once no instance uses it.
"""

import zipfile
from hashlib import sha256
from io import BytesIO

from beanpole.files.object_store import ObjectStore, Unreadable
from beanpole.model.bundles.bundle import Bundle
from beanpole.model.bundles.directory import Directory, Entry, EntryKind
from beanpole.model.changes.change import Change
from beanpole.model.instance import content
from beanpole.model.instance.nodes import File, Folder, Symlink
from beanpole.model.names import naming
from beanpole.store.world import World
from beanpole.tables import limits
from beanpole.text import log_lines
from beanpole_workers.sandbox.layers import Keep, Layer

MOST_FILES = limits.most("build_files")
MOST_BYTES = limits.most("build_bytes")

_LINK = 0o120000
_SINCE = (1980, 1, 1, 0, 0, 0)  # equal layers are equal archives

log = log_lines.logger(__name__)


def keeper(world: World, objects: ObjectStore | None) -> Keep:
    """A function that stores layers of a world; it returns the digest, or None for a layer that cannot be stored."""

    def keep(layer: Layer) -> str | None:
        sizes = [content.size(node.content) or 0 for node in layer.values() if isinstance(node, File)]
        if objects is None or len(layer) > MOST_FILES or sum(sizes) > MOST_BYTES:
            return None
        archive = _archive(layer)
        digest = sha256(archive).hexdigest()
        bucket, key = naming.bundle_copy(world.region, world.account_id, digest)
        try:
            objects.make_bucket(bucket, world.region)
            objects.write(bucket, key, archive)
        except Unreadable as trouble:
            log.warning("the files that commands left cannot be kept in the object store: %s", trouble)
            return None
        world.commit(Change(bundles=(Bundle(digest, len(archive), _directory(archive, layer)),)))
        return digest

    return keep


def _archive(layer: Layer) -> bytes:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for path, node in sorted(layer.items()):
            info = zipfile.ZipInfo(f"{path}/" if isinstance(node, Folder) else path, _SINCE)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = (_LINK | 0o777 if isinstance(node, Symlink) else node.mode) << 16
            archive.writestr(info, _bytes(node))
    return buffer.getvalue()


def _bytes(node: File | Folder | Symlink) -> bytes:
    match node:
        case File():
            return content.data(node.content) or b""
        case Symlink():
            return (node.target or "").encode()
        case Folder():
            return b""


def _directory(archive: bytes, layer: Layer) -> Directory:
    with zipfile.ZipFile(BytesIO(archive)) as read:
        infos = {info.filename.rstrip("/"): info for info in read.infolist()}
    entries = tuple(_entry(path, node, infos[path]) for path, node in sorted(layer.items()))
    targets = ((path, node.target or "") for path, node in sorted(layer.items()) if isinstance(node, Symlink))
    return Directory(entries, tuple(targets))


def _entry(path: str, node: File | Folder | Symlink, info: zipfile.ZipInfo) -> Entry:
    kind: EntryKind = "file" if isinstance(node, File) else "link" if isinstance(node, Symlink) else "folder"
    mode = 0o777 if isinstance(node, Symlink) else node.mode
    return Entry(path, kind, mode, info.file_size, info.header_offset, info.compress_size, info.compress_type)
