"""The web processes of instances, each in its own sandbox, started at the first request to it."""

import os
import socket
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock
from weakref import finalize

from beanpole.catalog.catalog import Catalog
from beanpole.files.object_store import ObjectReader
from beanpole.machine.clock import real_now, sleep
from beanpole.model.environment.environment import Environment
from beanpole.model.environment.instance import Instance
from beanpole.model.instance.disk import FRESH
from beanpole.model.instance.tree import Tree
from beanpole.model.instance.web_process import WebProcess, web_process
from beanpole.model.options.namespaces import PROPERTIES
from beanpole.store.connection import StoreError
from beanpole.store.store import Store
from beanpole.store.world import World
from beanpole.text import log_lines
from beanpole_workers.play.bundle_bytes import reader
from beanpole_workers.play.runner import layers
from beanpole_workers.play.runs import LOOK, STARTING
from beanpole_workers.sandbox.machine import Machine
from beanpole_workers.sandbox.sandbox import Broken, Sandbox

MOST = 16  # processes at a time; the least recently called one ends first
NAME = "web"  # of the socket

log = log_lines.logger(__name__)


class WebProcesses:
    """The web processes that this process has started; `connect` is called by any number of threads."""

    def __init__(self, store: Store, catalog: Catalog, objects: ObjectReader | None) -> None:
        self._store = store
        self._catalog = catalog
        self._objects = objects
        self._running: OrderedDict[str, _Running] = OrderedDict()
        self._lock = Lock()  # of the two maps
        finalize(self, _end_all, self._running)
        self._locks: dict[str, Lock] = {}
        store.output_log.have_written(self.write)

    def connect(self, world: World, environment: Environment, instance: Instance) -> socket.socket | None:
        """A connection to the web process of an instance, started if necessary; None if it has none.

        A process that has just been started gets some seconds until it answers.
        """
        with self._lock:
            own = self._locks.setdefault(instance.id, Lock())
        with own:
            running = self._of(world, environment, instance)
        return None if running is None else running.connect()

    def answered(self, instance: Instance) -> None:
        """Write the new output of the process of an instance."""
        self._look(instance.id)

    def write(self) -> None:
        """Write the new output of all processes."""
        with self._lock:
            ids = list(self._running)
        for id_ in ids:
            self._look(id_)

    def end(self) -> None:
        """End every process."""
        with self._lock:
            _end_all(self._running)

    def _look(self, instance_id: str) -> None:
        with self._lock:
            own = self._locks.setdefault(instance_id, Lock())
        with own:
            running = self._running.get(instance_id)
            if running is not None:
                running.look()

    def _of(self, world: World, environment: Environment, instance: Instance) -> "_Running | None":
        key = instance.disk, instance.deployment_id, environment.option_settings
        with self._lock:
            running = self._running.pop(instance.id, None)
        if running is not None and (running.key != key or not running.look()):
            running.end()
            running = None
        if running is None:
            process = self._process(world, environment)
            running = None if process is None else self._start(key, process, world, environment, instance)
        with self._lock:
            if running is not None:
                self._running[instance.id] = running
            surplus = [self._running.popitem(last=False) for _ in range(len(self._running) - MOST)]
            for id_, _ in surplus:
                self._locks.pop(id_, None)
        for _, old in surplus:
            old.end()
        return running

    def _process(self, world: World, environment: Environment) -> WebProcess | None:
        bundle = None if environment.bundle is None else world.bundle(environment.bundle)
        stack = self._catalog.platforms.of(environment.solution_stack_name, environment.platform_arn)
        traits = stack.traits if stack is not None else ()
        return None if bundle is None else web_process(bundle, traits, environment.option_settings)

    def _start(
        self, key: object, process: WebProcess, world: World, environment: Environment, instance: Instance
    ) -> "_Running | None":
        disk = world.files.disk(environment.id, instance) or FRESH
        properties = {
            setting.option_name: setting.value or ""
            for setting in environment.option_settings
            if setting.namespace == PROPERTIES
        }
        sockets = TemporaryDirectory(prefix="beanpole-")
        os.chmod(sockets.name, 0o777)  # the user of the sandbox makes the socket
        sandbox = Sandbox(sockets=Path(sockets.name))
        try:
            machine = Machine(sandbox, reader(world, self._objects), properties)
            machine.serve(Tree(disk, layers(world)), process, properties, NAME)
            _wait(sandbox, process)
        except Broken as broken:
            log.warning("the web process of instance %s cannot be started: %s", instance.id, broken)
            sandbox.end()
            sockets.cleanup()
            return None
        return _Running(key, sandbox, sockets, partial(self._print, world, environment.id, instance.id))

    def _print(self, world: World, environment_id: str, instance_id: str, text: str) -> None:
        at = world.clock().now(real_now())
        self._store.output_log.add(world.keys, environment_id, instance_id, at, text)


def _end_all(running: "OrderedDict[str, _Running]") -> None:
    while running:
        running.popitem()[1].end()


def _wait(sandbox: Sandbox, process: WebProcess) -> None:
    """Wait some seconds, until a process answers or has ended."""
    end = real_now() + STARTING
    while sandbox.served().status is None and real_now() < end:
        if sandbox.get(process.port, process.health_path) is not None:
            return
        sleep(LOOK)


class _Running:
    """A web process in its sandbox."""

    def __init__(
        self, key: object, sandbox: Sandbox, sockets: "TemporaryDirectory[str]", keep: Callable[[str], None]
    ) -> None:
        self.key = key
        self._sandbox = sandbox
        self._sockets = sockets
        self._keep = keep

    def connect(self) -> socket.socket | None:
        """A connection; None if the process does not listen."""
        connection = socket.socket(socket.AF_UNIX)
        try:
            connection.connect(os.path.join(self._sockets.name, NAME))
        except OSError:
            connection.close()
            return None
        return connection

    def look(self) -> bool:
        """Tell whether the process runs, and write its new output.

        If the process or its sandbox has ended, it is started again, as the supervisor of a platform does.
        """
        try:
            served = self._sandbox.printed()
        except Broken:
            return False
        self._keep(served.output)
        return served.status is None

    def end(self) -> None:
        """End the process."""
        with suppress(StoreError):  # the last output is lost with the process
            self.look()
        self._sandbox.end()
        self._sockets.cleanup()
