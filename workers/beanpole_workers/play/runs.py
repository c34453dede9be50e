"""Runs: the commands of a member's deployment, carried out in sandboxes by a separate job on a separate queue.

A run takes real time, so a worker that plays plans does not wait for it: it requests the run, and looks again later.
The run plays the member's plan itself, only to find the next commands, and stores their results; it commits nothing.
"""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from threading import Event, Thread

from msgspec.structs import replace

from beanpole.catalog.catalog import Catalog
from beanpole.files.object_store import ObjectStore
from beanpole.machine.clock import real_now, sleep
from beanpole.model.bundles.bundle import Bundle
from beanpole.model.bundles.configuration_file import Words
from beanpole.model.environment import option_layers
from beanpole.model.environment.environment import Environment
from beanpole.model.instance import content
from beanpole.model.instance.content import Read
from beanpole.model.instance.deployment import carry_out
from beanpole.model.instance.disk import Disk
from beanpole.model.instance.outcomes import MOST_PRINTED
from beanpole.model.instance.request import Request
from beanpole.model.instance.shell.script import Ran
from beanpole.model.instance.tree import Tree
from beanpole.model.instance.web_process import WebProcess, web_process
from beanpole.model.plan.rules import Deployed
from beanpole.store import conditions, keys
from beanpole.store.due import parts
from beanpole.store.store import Store
from beanpole.store.world import World
from beanpole.tables import limits
from beanpole_workers.play import kinds
from beanpole_workers.play.build_layers import MOST_BYTES, MOST_FILES, keeper
from beanpole_workers.play.bundle_bytes import reader
from beanpole_workers.play.planner import rules_of
from beanpole_workers.play.run_queue import LEASE
from beanpole_workers.play.runner import Asking, File, Key, deployed_of, disk_of, encode, layers, name_of, tries_of
from beanpole_workers.sandbox.layers import Keep
from beanpole_workers.sandbox.machine import Machine
from beanpole_workers.sandbox.sandbox import Broken, Sandbox

STARTING = 3_000  # milliseconds that an application may take to answer
LOOK = 0.05  # seconds between two looks
AT_ONCE = limits.most("instances_run_at_once")
NOT_KEPT = (
    "\nThe changes of the command are too large for an instance's disk, so none of them is kept: a command may leave "
    f"{MOST_FILES} files and {MOST_BYTES} bytes in new folders."
)
_KILLED = 137  # the status of a command that ends its sandbox


def run(store: Store, catalog: Catalog, objects: ObjectStore | None, member: str, worker: str) -> None:
    """Run the next commands of a member, unless another worker does."""
    account_id, region, _, _ = parts(member)
    with _locked(store, member, worker) as is_ours:
        if not is_ours:
            return
        world = store.world(account_id, region)
        clock = world.clock()
        runner = Running(store, world, catalog, objects)
        faults = conditions.read(store.redis, world).faults
        rules = replace(rules_of(store, world, clock, faults, catalog), runner=runner)
        entity = kinds.load(store, member)
        due = kinds.due(entity)
        if due is not None:
            kinds.change(store, member, entity, rules, max(due, clock.now(real_now()) if clock.mode == "wall" else due))
    if world.clock().mode == "wall":
        store.due.hasten(member, real_now())


class Running(Asking):
    """The runner that runs commands without a result, and stores the result."""

    def __init__(self, store: Store, world: World, catalog: Catalog, objects: ObjectStore | None) -> None:
        super().__init__(store, world)
        self._catalog = catalog
        self._objects = objects

    def _results(self, environment: Environment, keys: Sequence[Key], file: File) -> list[Deployed | None]:
        """The results; missing ones are run side by side, each instance in its own sandbox."""
        results = super()._results(environment, keys, file)
        missing = [(key, disk_of(key[1], file)) for key, stored in zip(keys, results, strict=True) if stored is None]
        with ThreadPoolExecutor(AT_ONCE, "instance") as pool:
            run = dict(
                zip([key for key, _ in missing], pool.map(partial(self._run_once, environment), missing), strict=True)
            )
        return [run[key] if stored is None else stored for key, stored in zip(keys, results, strict=True)]

    def _run_once(self, environment: Environment, missing: tuple[Key, Disk]) -> Deployed:
        """Run missing commands and store the result; the try is counted first, in case the worker is killed."""
        key, before = missing
        digest, _, request = key
        bundle = self.world.bundle(digest)
        tries = 1 + int(self.world.files.get(environment.id, tries_of(key)) or 0)
        self.world.files.keep_run(environment.id, tries_of(key), str(tries).encode())
        result = Deployed() if bundle is None else self._run(environment, bundle, before, request, tries)
        self.world.files.keep_run(environment.id, name_of(key), encode(result))
        return result

    def _run(self, environment: Environment, bundle: Bundle, before: Disk, request: Request, tries: int) -> Deployed:
        """Carry out a deployment, start the application, and test whether it answers the health checks."""
        bundles = layers(self.world)
        with Shell(reader(self.world, self._objects), request, keeper(self.world, self._objects)) as shell:
            prepared = carry_out(bundle, before, request, bundles, shell.run)
            process = None if prepared.report.failed else self._process(environment, bundle)
            healthy = process is None or shell.answers(Tree(prepared.disk, bundles), process)
        counted = replace(prepared, report=replace(prepared.report, tries=tries, printed=shell.printed))
        return replace(deployed_of(counted), healthy=healthy)

    def _process(self, environment: Environment, bundle: Bundle) -> WebProcess | None:
        """The web process with the settings of the deployment; None in a worker environment, which is not called."""
        if environment.is_worker:
            return None
        activity = environment.activity
        after = option_layers.with_changes(environment, activity.changes) if activity else environment
        stack = self._catalog.platforms.of(after.solution_stack_name, after.platform_arn)
        return web_process(bundle, stack.traits if stack is not None else (), after.option_settings)


class Shell:
    """The shell of one instance: a sandbox that is made when the first command is run."""

    def __init__(self, read: Read, request: Request, keep: Keep) -> None:
        self._read = read
        self._keep = keep
        self._request = request
        self.printed = ""  # by an application that did not answer
        self._machine: Machine | None = None
        self._sandbox: Sandbox | None = None

    def __enter__(self) -> "Shell":
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    def run(self, tree: Tree, words: Words, folder: str, variables: Mapping[str, str]) -> Ran:
        """Run a command; if it ends the sandbox, it fails, and the next command gets another sandbox."""
        try:
            ran, left = self._there().run(tree, words, folder, variables, self._request.timeout)
        except Broken as broken:
            self._end()
            return Ran(tree, _KILLED, content.text(f"The sandbox has ended: {broken}".encode()))
        output = ran.output
        if ran.stopped is not None:
            output += f"\nThe command was stopped: it exceeded the limit on {ran.stopped}."
        if not left.is_whole:
            output += NOT_KEPT
        return Ran(left.tree, ran.status, content.text(output.encode(errors="replace")))

    def answers(self, tree: Tree, process: WebProcess) -> bool:
        """Start the web process, and tell whether it answers its health check within some seconds."""
        try:
            sandbox = self._there().serve(tree, process, dict(self._request.properties))
            end = real_now() + STARTING
            while sandbox.served().status is None and real_now() < end:
                if sandbox.get(process.port, process.health_path) in process.healthy:
                    return True
                sleep(LOOK)
            self.printed = sandbox.printed().output[-MOST_PRINTED:]
        except Broken:
            self._end()
        return False

    def _there(self) -> Machine:
        if self._machine is None:
            self._sandbox = Sandbox()
            self._machine = Machine(self._sandbox, self._read, dict(self._request.properties), self._keep)
        return self._machine

    def _end(self) -> None:
        if self._sandbox is not None:
            self._sandbox.end()
        self._sandbox = self._machine = None


@contextmanager
def _locked(store: Store, member: str, worker: str) -> Iterator[bool]:
    """Hold the lock of a member's runs; if the worker is killed, it expires after a while."""
    account_id = parts(member)[0]
    key, requested = keys.running(account_id, member), keys.requested_runs(account_id, member)
    if not store.redis.set(key, worker, nx=True, px=LEASE):
        yield False
        return
    ended = Event()
    keeper = Thread(target=_keep, args=(store, (key, requested), ended), daemon=True)
    keeper.start()
    try:
        yield True
    finally:
        ended.set()
        keeper.join()
        store.redis.delete(key, requested)


def _keep(store: Store, names: tuple[str, ...], ended: Event) -> None:
    while not ended.wait(LEASE / 3000):
        for name in names:
            store.redis.pexpire(name, LEASE)
