"""The instances of environments as machines: the disk of each, and what its environment serves from it."""

from collections import OrderedDict
from collections.abc import Callable
from functools import partial
from threading import Lock
from weakref import WeakKeyDictionary

from msgspec.structs import replace

from beanpole.catalog.catalog import Catalog
from beanpole.files import instance_files
from beanpole.files.instance_files import InstanceFiles
from beanpole.files.object_store import ObjectReader
from beanpole.model.environment.environment import Environment
from beanpole.model.environment.instance import Instance
from beanpole.model.instance.content import Content
from beanpole.model.instance.disk import CURRENT, Disk
from beanpole.model.instance.nodes import Mount
from beanpole.store.world import World
from beanpole.tables import limits
from beanpole.traffic.applications import Applications
from beanpole.traffic.instances import Machine
from beanpole.traffic.static_files import Site, site

REMEMBERED = 4_096  # environments, and paths of a disk, that are remembered
DISKS = 256  # of a world that are remembered
MOST_BYTES = limits.most("cached_content")

PathTarget = tuple[str, bool] | None


class ContentCache:
    """The bytes of the contents that were served last; a content stands for the same bytes for ever."""

    def __init__(self) -> None:
        self._contents: OrderedDict[Content, bytes] = OrderedDict()
        self._bytes = 0
        self._lock = Lock()

    def read(self, content: Content, render: Callable[[Content], bytes]) -> bytes:
        """The bytes of a content, rendered if they are not cached; raises ValueError if they cannot be read."""
        with self._lock:
            data = self._contents.get(content)
            if data is not None:
                self._contents.move_to_end(content)
                return data
        data = render(content)
        with self._lock:
            if content not in self._contents and len(data) * 8 <= MOST_BYTES:
                self._contents[content] = data
                self._bytes += len(data)
                while self._bytes > MOST_BYTES:
                    self._bytes -= len(self._contents.popitem(last=False)[1])
        return data


class Served:
    """The files of a disk that are served, and the lines by which its application starts.

    Where paths lead is remembered, and so is the content of some files.
    """

    def __init__(self, files: InstanceFiles, contents: ContentCache, starts: tuple[str, ...]) -> None:
        self.starts = starts
        self._files = files
        self._contents = contents
        self._targets: dict[str, PathTarget] = {}

    def real(self, path: str) -> PathTarget:
        """The target of a path, and whether it is a folder."""
        if path in self._targets:
            return self._targets[path]
        place = self._files.real(path)
        if len(self._targets) >= REMEMBERED:
            self._targets.clear()
        self._targets[path] = place
        return place

    def read(self, path: str) -> bytes:
        """The content of the file at a path without links; raises ValueError if it cannot be read."""
        return self._contents.read(self._files.content(path), self._files.rendered)


class Machines:
    """The machines of all worlds, with the platforms of a catalogue, and the bundles of an object store.

    `applications` are those that run; without them a page stands in for each.
    """

    def __init__(
        self, catalog: Catalog, objects: ObjectReader | None = None, applications: Applications | None = None
    ) -> None:
        self._catalog = catalog
        self._objects = objects
        self._applications = applications
        self._contents = ContentCache()
        self._sites: dict[str, tuple[int, Site]] = {}
        self._served: WeakKeyDictionary[World, dict[str, Served]] = WeakKeyDictionary()

    def machine(self, world: World, environment: Environment, instance: Instance) -> Machine:
        """The machine of an instance."""
        served = self._of(world, environment, instance)
        starts = served.starts if served else ()
        machine = Machine(environment, instance, self._site(environment), served, starts)
        if self._applications is None or served is None:
            return machine
        connect = partial(self._applications.connect, world, environment, instance)
        return replace(machine, connect=connect, answered=partial(self._applications.answered, instance))

    def _of(self, world: World, environment: Environment, instance: Instance) -> Served | None:
        """The served files of an instance; None if it has no disk."""
        if instance.disk is None:
            return None
        disks = self._served.setdefault(world, {})
        served = disks.get(instance.disk)
        if served is not None:
            return served
        disk = world.files.disk(environment.id, instance)
        if disk is None:
            return None
        read = instance_files.reader(self._objects, world.region, world.account_id)
        files = InstanceFiles(disk, world.bundle, read)
        if len(disks) >= DISKS:
            disks.clear()
        served = disks[instance.disk] = Served(files, self._contents, _starts(world, disk))
        return served

    def _site(self, environment: Environment) -> Site:
        entry = self._sites.get(environment.id)
        if entry is not None and entry[0] == environment.generation:
            return entry[1]
        if len(self._sites) >= REMEMBERED:
            self._sites.clear()
        stack = self._catalog.platforms.of(environment.solution_stack_name, environment.platform_arn)
        new_site = site(environment.option_settings, stack.traits if stack else ())
        self._sites[environment.id] = (environment.generation, new_site)
        return new_site


def _starts(world: World, disk: Disk) -> tuple[str, ...]:
    """The lines of the Procfile of the current application, that of the web process first."""
    current = disk.by_path.get(CURRENT)
    digests = {current.bundle} if isinstance(current, Mount) else disk.bundles
    bundle = world.bundle(next(iter(digests))) if len(digests) == 1 else None
    lines = bundle.processes if bundle else ()
    return tuple(
        f"{process.name}: {process.command}" for process in sorted(lines, key=lambda process: process.name != "web")
    )
