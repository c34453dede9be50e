"""The instances of environments as machines: the disk of each, and what its environment serves from it."""

from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from weakref import WeakKeyDictionary

from beanpole import limits
from beanpole.catalog import Catalog
from beanpole.files import instance_files
from beanpole.files.instance_files import InstanceFiles
from beanpole.files.object_store import ObjectReader
from beanpole.model.environment.environment import Environment
from beanpole.model.environment.instance import Instance
from beanpole.model.instance.disk import CURRENT, Disk
from beanpole.model.instance.nodes import Mount
from beanpole.store.world import World
from beanpole.traffic.instances import Machine
from beanpole.traffic.static_files import Site, site

REMEMBERED = 4_096  # environments, and disks of a world, that are remembered
MOST_BYTES = limits.most("cached_content")

Found = tuple[str, bool] | None


class ContentCache:
    """The bytes of files that were served last, by the digest of their disk and their path; they never change."""

    def __init__(self) -> None:
        self._contents: OrderedDict[tuple[str, str], bytes] = OrderedDict()
        self._bytes = 0
        self._lock = Lock()

    def read(self, digest: str, path: str, read: Callable[[str], bytes]) -> bytes:
        """The content of a file, read if it is not cached; raises ValueError if it cannot be read."""
        key = (digest, path)
        with self._lock:
            content = self._contents.get(key)
            if content is not None:
                self._contents.move_to_end(key)
                return content
        content = read(path)
        with self._lock:
            if key not in self._contents and len(content) * 8 <= MOST_BYTES:
                self._contents[key] = content
                self._bytes += len(content)
                while self._bytes > MOST_BYTES:
                    self._bytes -= len(self._contents.popitem(last=False)[1])
        return content


class CachedFiles:
    """The files of a disk: where paths lead is remembered, and so is the content of some of them."""

    def __init__(self, digest: str, files: InstanceFiles, contents: ContentCache) -> None:
        self._digest = digest
        self._files = files
        self._contents = contents
        self._found: dict[str, Found] = {}

    def real(self, path: str) -> Found:
        """What a path leads to, and whether it is a folder."""
        if path not in self._found:
            if len(self._found) >= REMEMBERED:
                self._found.clear()
            self._found[path] = self._files.real(path)
        return self._found.get(path)

    def read(self, path: str) -> bytes:
        """The content of the file at a path without links; raises ValueError if it cannot be read."""
        return self._contents.read(self._digest, path, self._files.read)


class Machines:
    """The machines of all worlds, with the platforms of a catalogue, and the bundles of an object store."""

    def __init__(self, catalog: Catalog, objects: ObjectReader | None = None) -> None:
        self._catalog = catalog
        self._objects = objects
        self._contents = ContentCache()
        self._sites: dict[str, tuple[int, Site]] = {}
        self._files: WeakKeyDictionary[World, dict[str, CachedFiles]] = WeakKeyDictionary()
        self._disks: WeakKeyDictionary[World, dict[str, tuple[int, Disk | None]]] = WeakKeyDictionary()

    def machine(self, world: World, environment: Environment, instance: Instance) -> Machine:
        """The machine of an instance."""
        disk = self._disk(world, environment, instance)
        files = None if disk is None else self._files_of(world, disk)
        starts = () if disk is None else _starts(world, disk)
        return Machine(environment, instance, self._site(environment), files, starts)

    def _disk(self, world: World, environment: Environment, instance: Instance) -> Disk | None:
        """The disk of an instance, which stays as it is while the environment does."""
        known = self._disks.setdefault(world, {})
        found = known.get(instance.id)
        if found is None or found[0] != environment.generation:
            if len(known) >= REMEMBERED:
                known.clear()
            found = known[instance.id] = (environment.generation, world.disk(environment.id, instance))
        return found[1]

    def _files_of(self, world: World, disk: Disk) -> CachedFiles:
        known = self._files.setdefault(world, {})
        files = known.get(disk.digest)
        if files is None:
            if len(known) >= REMEMBERED:
                known.clear()
            read = instance_files.reader(self._objects, world.region, world.account_id)
            made = InstanceFiles(disk, world.bundle, read)
            files = known[disk.digest] = CachedFiles(disk.digest, made, self._contents)
        return files

    def _site(self, environment: Environment) -> Site:
        known = self._sites.get(environment.id)
        if known is not None and known[0] == environment.generation:
            return known[1]
        if len(self._sites) >= REMEMBERED:
            self._sites.clear()
        stack = self._catalog.platforms.of(environment.solution_stack_name, environment.platform_arn)
        made = site(environment.option_settings, stack.traits if stack else ())
        self._sites[environment.id] = (environment.generation, made)
        return made


def _starts(world: World, disk: Disk) -> tuple[str, ...]:
    """The lines of the Procfile of the application that is current, first the one of its web process."""
    current = disk.by_path.get(CURRENT)
    digests = {current.bundle} if isinstance(current, Mount) else disk.bundles
    bundle = world.bundle(next(iter(digests))) if len(digests) == 1 else None
    lines = bundle.processes if bundle else ()
    return tuple(f"{each.name}: {each.command}" for each in sorted(lines, key=lambda each: each.name != "web"))
