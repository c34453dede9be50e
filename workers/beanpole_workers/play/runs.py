"""Runs: the commands of a member's deployment, carried out in sandboxes by a job of its own, on a queue of its own.

A run takes real time, so no worker that plays plans waits for it: it asks for the run, and looks again later. The run
plays the member's plan itself, only to see which commands are next, and keeps what came of them; it commits nothing.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from threading import Event, Thread

from msgspec.structs import replace

from beanpole import log_lines
from beanpole.catalog import Catalog
from beanpole.clock import real_now
from beanpole.files.bundle import members
from beanpole.files.object_store import ObjectReader, Unreadable
from beanpole.model.bundles.bundle import Bundle
from beanpole.model.bundles.configuration_file import Words
from beanpole.model.environment.environment import Environment
from beanpole.model.instance import content
from beanpole.model.instance.content import Member
from beanpole.model.instance.deployment import carry_out
from beanpole.model.instance.disk import Disk
from beanpole.model.instance.request import Request
from beanpole.model.instance.shell.script import Ran
from beanpole.model.instance.tree import Tree
from beanpole.model.names import naming
from beanpole.model.plan.rules import Deployed
from beanpole.store import keys
from beanpole.store.due import parts
from beanpole.store.store import Store
from beanpole.store.world import World
from beanpole_workers.play import kinds
from beanpole_workers.play.planner import rules_of
from beanpole_workers.play.run_queue import LEASE
from beanpole_workers.play.runner import Asking, File, Key, deployed_of, encoded, name_of
from beanpole_workers.sandbox.machine import Machine
from beanpole_workers.sandbox.sandbox import Broken, Sandbox

_KILLED = 137  # the status of a command that ends its sandbox

log = log_lines.logger(__name__)


def run(store: Store, catalog: Catalog, objects: ObjectReader | None, member: str, worker: str) -> None:
    """Run the commands of a member that are next, unless another worker does."""
    account_id, region, _, _ = parts(member)
    with _locked(store, member, worker) as is_ours:
        if not is_ours:
            return
        world = store.world(account_id, region)
        clock = world.clock()
        runner = Running(store, world, objects)
        rules = replace(rules_of(store, world, clock, catalog), runner=runner)
        entity = kinds.load(store, [member]).get(member)
        due = kinds.due(entity)
        if due is not None:
            kinds.change(store, member, entity, rules, max(due, clock.now(real_now()) if clock.mode == "wall" else due))
    if world.clock().mode == "wall":
        store.due.hasten(member, real_now())


class Running(Asking):
    """Runs what was not run yet, and keeps the result."""

    def __init__(self, store: Store, world: World, objects: ObjectReader | None) -> None:
        super().__init__(store, world)
        self._objects = objects

    def _result(self, environment: Environment, key: Key, file: File) -> Deployed | None:
        known = super()._result(environment, key, file)
        if known is not None:
            return known
        result = super(Asking, self)._result(environment, key, file)
        if result is not None:
            self.world.keep_run(environment.id, name_of(key), encoded(result))
        return result

    def _done(self, bundle: Bundle, before: Disk, request: Request) -> Deployed:
        with Shell(self._read, request) as shell:
            return deployed_of(carry_out(bundle, before, request, self.layer, shell.run))

    def _read(self, member: Member, most: int) -> bytes:
        """The bytes of a member of a bundle; none where the object store has it no more."""
        bundle = self.world.bundle(member.bundle)
        entry = None if bundle is None else bundle.directory.by_path.get(member.path)
        if entry is None or self._objects is None:
            return b""
        bucket, key = naming.bundle_copy(self.world.region, self.world.account_id, member.bundle)
        try:
            return members.read(self._objects, bucket, key, entry, most)
        except (Unreadable, members.Unusable) as trouble:
            log.warning("%s of bundle %s cannot be read: %s", member.path, member.bundle, trouble)
            return b""


class Shell:
    """The shell of one instance: a sandbox that is made when the first command is run."""

    def __init__(self, read: Callable[[Member, int], bytes], request: Request) -> None:
        self._read = read
        self._request = request
        self._machine: Machine | None = None
        self._sandbox: Sandbox | None = None

    def __enter__(self) -> "Shell":
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    def run(self, tree: Tree, words: Words, folder: str, variables: Mapping[str, str]) -> Ran:
        """Run a command; one that ends the sandbox fails, and the next one gets another."""
        try:
            ran, left = self._there().run(tree, words, folder, variables, self._request.timeout)
        except Broken as broken:
            self._end()
            return Ran(tree, _KILLED, content.text(f"The sandbox has ended: {broken}".encode()))
        said = ran.output
        if ran.stopped is not None:
            said += f"\nThe command was stopped: it exceeded the limit on {ran.stopped}."
        if not left.is_whole:
            said += "\nThe command has changed more than is kept of an instance's disk."
        return Ran(left.tree, ran.status, content.text(said.encode(errors="replace")))

    def _there(self) -> Machine:
        if self._machine is None:
            self._sandbox = Sandbox()
            self._machine = Machine(self._sandbox, self._read, dict(self._request.properties))
        return self._machine

    def _end(self) -> None:
        if self._sandbox is not None:
            self._sandbox.end()
        self._sandbox = self._machine = None


@contextmanager
def _locked(store: Store, member: str, worker: str) -> Iterator[bool]:
    """Hold the lock of a member's runs; it lives as long as the work, and a while longer if the worker is killed."""
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
