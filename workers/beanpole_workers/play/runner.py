"""The runners of a world: they carry out deployments on instances.

Running commands takes real time. So a worker that plays plans only requests them (`Asking`), and a worker with a
sandbox runs them (`Running`); the results of runs are in Redis.
"""

from collections.abc import Callable, Sequence
from hashlib import sha256

import msgspec
from msgspec.structs import replace

from beanpole.model.bundles.bundle import Bundle
from beanpole.model.bundles.directory import Directory
from beanpole.model.environment.environment import Environment
from beanpole.model.instance import content, outcomes
from beanpole.model.instance import disk as disks
from beanpole.model.instance.command_names import command_names
from beanpole.model.instance.deployment import carry_out
from beanpole.model.instance.disk import FRESH, Disk
from beanpole.model.instance.request import Prepared, Request
from beanpole.model.instance.tree import Layers
from beanpole.model.plan.rules import Deployed, DeploymentRequest
from beanpole.store.keys import RUN
from beanpole.store.store import Store
from beanpole.store.world import World
from beanpole.threads.decoders import PackDecoder

Key = tuple[str, str | None, Request]
File = Callable[[str], bytes | None]

_encoder = msgspec.msgpack.Encoder()
_decoder = PackDecoder[Deployed](Deployed)


class Enacting:
    """The runner that enacts commands, or records them."""

    runs = False

    def __init__(self, store: Store, world: World) -> None:
        self.world = world
        self._commands = store.commands

    def carry_out(
        self, environment: Environment, bundle: str, requests: Sequence[DeploymentRequest], file: File
    ) -> list[Deployed | None]:
        """Carry out deployments; a deleted bundle has an empty result."""
        keys = [(bundle, disk, replace(request, runner=self._commands)) for request, disk in requests]
        return self._results(environment, keys, file)

    def command_names(self, request: Request, bundle: str) -> frozenset[str]:
        """The names of the commands in the deployment of a bundle."""
        read = self.world.bundle(bundle)
        return frozenset() if read is None else command_names(read, request)

    def file(self, environment: Environment, digest: str) -> bytes | None:
        """A disk or a report of an environment's instances, encoded."""
        return self.world.files.get(environment.id, digest)

    def digests(self, environment: Environment) -> set[str]:
        """The digests of all disks and reports of an environment's instances."""
        return self.world.files.digests(environment.id)

    def _results(self, _: Environment, keys: Sequence[Key], file: File) -> list[Deployed | None]:
        return [self._result(self.world.bundle(digest), disk_of(disk, file), request) for digest, disk, request in keys]

    def _result(self, bundle: Bundle | None, before: Disk, request: Request) -> Deployed:
        if bundle is None:
            return Deployed()
        return deployed_of(carry_out(bundle, before, request, layers(self.world)))


class Asking(Enacting):
    """The runner that returns the stored results of runs, and records whether one is missing."""

    runs = True

    def __init__(self, store: Store, world: World) -> None:
        super().__init__(store, world)
        self._has_missing = False

    def has_missing_results(self) -> bool:
        """Tell whether a result was missing since the last call of this method."""
        has_missing, self._has_missing = self._has_missing, False
        return has_missing

    def _results(self, environment: Environment, keys: Sequence[Key], file: File) -> list[Deployed | None]:
        stored = [self.world.files.get(environment.id, name_of(key)) for key in keys]
        self._has_missing |= None in stored
        return [None if result is None else _decoder.decode(result) for result in stored]


def layers(world: World) -> Layers:
    """The directories of the bundles of a world, by digest."""

    def layer(digest: str) -> Directory | None:
        bundle = world.bundle(digest)
        return None if bundle is None else bundle.directory

    return layer


def runner_of(store: Store, world: World) -> Enacting:
    """The runner of a world whose plans are played."""
    return Asking(store, world) if store.commands == "run" else Enacting(store, world)


def name_of(key: Key) -> str:
    """The name of the result of a run, among the files of the environment."""
    return RUN + sha256(_encoder.encode(key)).hexdigest()


def tries_of(key: Key) -> str:
    """The name of the number of times that a run was begun, among the same files."""
    return f"{RUN}tries-{name_of(key).removeprefix(RUN)}"


def encode(deployed: Deployed) -> bytes:
    """The result of a run, encoded."""
    return _encoder.encode(deployed)


def deployed_of(prepared: Prepared) -> Deployed:
    """The result of a deployment, with the digests of its files."""
    report = outcomes.encode(prepared.report)
    files = (prepared.disk.digest, prepared.disk.encoded), (content.digest(report), report)
    return Deployed(files[0][0], files[1][0], prepared.report.failed, files)


def disk_of(digest: str | None, file: File) -> Disk:
    """The disk with a digest; a fresh disk if there is none."""
    encoded = None if digest is None else file(digest)
    return FRESH if encoded is None else disks.decode(encoded)
