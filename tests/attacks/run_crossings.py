"""Ways to cross each limit of commands that are run and of what processes print, with a sandbox in this process."""

import io
import tarfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from threading import Barrier, BrokenBarrierError
from types import SimpleNamespace
from typing import Any

import pytest

from archives import zipped
from beanpole.files.bundle import archive
from beanpole.files.object_store import Shelf
from beanpole.model.bundles.bundle import Bundle
from beanpole.model.changes.change import Change
from beanpole.model.instance.content import Member
from beanpole.model.instance.nodes import Folder
from beanpole.model.instance.request import Request
from beanpole.model.instance.tree import fresh
from beanpole.model.instance.web_process import WebProcess
from beanpole.model.names import naming
from beanpole.model.plan.rules import Deployed
from beanpole.store.world import World
from beanpole.tables import limits
from beanpole.testing import ACCOUNT, REGION, Beanstalk
from beanpole_workers.play import build_layers, bundle_bytes, runs
from beanpole_workers.play.build_layers import keeper
from beanpole_workers.play.runner import layers
from beanpole_workers.sandbox.sandbox import Ran, Served

BUILT = "/srv/built"
LOST = "too large for an instance's disk"


class Sandbox:
    """A sandbox in which a command leaves files of these sizes in a new folder, and a process ends with an output."""

    def __init__(self, sizes: Sequence[int] = (), output: str = "") -> None:
        self._sizes = sizes
        self._output = output

    def load(self, packed: bytes) -> None:
        """Nothing of it is looked at."""

    def mark(self, roots: Sequence[str]) -> None:
        """What was there before is never among the changes."""

    def run(self, *_: object) -> Ran:
        return Ran(0, "", None)

    def changes(self, *_: object) -> tuple[bytes, list[str], list[str]]:
        return _packed(self._sizes), [], []

    def serve(self, *_: object) -> None:
        """The process has ended at once."""

    def served(self) -> Served:
        return Served(1, "", None)

    def printed(self) -> Served:
        return Served(1, self._output, None)

    def end(self) -> None:
        """Nothing runs."""


def _packed(sizes: Sequence[int]) -> bytes:
    written, folder = io.BytesIO(), tarfile.TarInfo(BUILT.lstrip("/"))
    folder.type = tarfile.DIRTYPE
    with tarfile.open(fileobj=written, mode="w:", format=tarfile.USTAR_FORMAT) as packed:
        packed.addfile(folder)
        for number, size in enumerate(sizes):
            file = tarfile.TarInfo(f"{folder.name}/{number}")
            file.size = size
            packed.addfile(file, io.BytesIO(bytes(size)))
    return written.getvalue()


def world_of_runs() -> World:
    return Beanstalk().store.world(ACCOUNT, REGION)


@contextmanager
def shell(world: World, sandbox: Sandbox) -> Iterator[runs.Shell]:
    """The shell of an instance with that sandbox, and a world that keeps what commands leave."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(runs, "Sandbox", lambda: sandbox)
        with runs.Shell(lambda *_: b"", Request("deploy", "run"), keeper(world, Shelf())) as opened:
            yield opened


def is_kept(sizes: Sequence[int]) -> bool:
    """Whether all files that a command leaves are on the tree after it; the log must say so if they are not."""
    world = world_of_runs()
    with shell(world, Sandbox(sizes)) as opened:
        ran = opened.run(fresh(layers(world)), "make", "/srv", {})
    is_lost = ran.tree.disk.is_open  # so that its content is unknown
    size = 0 if is_lost else len(ran.tree.names(BUILT))
    text = b"".join(piece.data for piece in ran.output)  # type: ignore[union-attr]  # an output is a text
    assert (LOST in text.decode()) is is_lost
    assert size == (0 if is_lost else len(sizes))
    return not is_lost


def files_beyond_what_is_kept_of_a_command() -> None:
    """Its effect is shown with a twentieth of the limit, in which the folder itself counts."""
    keep, most = keeper(world_of_runs(), Shelf()), limits.most("build_files")
    layer = {str(number): Folder() for number in range(most + 1)}
    assert keep(layer) is None
    del layer["0"]
    assert keep(layer) is not None
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(build_layers, "MOST_FILES", most // 20)
        assert is_kept([0] * (most // 20 - 1))
        assert not is_kept([0] * (most // 20))


def bytes_beyond_what_is_kept_of_a_command() -> None:
    most, small = limits.most("build_bytes"), 1_000
    assert is_kept([small, most - small])
    assert not is_kept([small, most - small + 1])


def the_last_of_what_an_application_printed_is_kept() -> None:
    most = limits.most("printed_output")
    for before in ("", "x"):
        with shell(world_of_runs(), Sandbox(output=before + "y" * most)) as opened:
            assert not opened.answers(fresh({}.get), WebProcess("start", 8000))
            assert opened.printed == "y" * most


def instances_beyond_those_that_run_at_once_wait() -> None:
    """As many as may run meet while they run; one more never joins them, for which it has a quarter of a second."""
    most, world = limits.most("instances_run_at_once"), world_of_runs()
    together, beyond = Barrier(most, timeout=60), Barrier(most + 1)
    world.commit(Change(bundles=(Bundle("d", 0),)))
    ended: list[str] = []

    def run(_: object, environment: object, bundle: object, before: object, request: Request, tries: int) -> Deployed:
        if not ended:
            together.wait()
        with suppress(BrokenBarrierError):
            beyond.wait(0.25)
        ended.append(request.instance)
        return Deployed()

    store: Any = SimpleNamespace(commands="run")
    environment: Any = SimpleNamespace(id="e-1")
    requests = [(Request("deploy", instance=f"i-{number}"), None) for number in range(most + 1)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(runs.Running, "_run", run)
        runner = runs.Running(store, world, SimpleNamespace(), None)  # type: ignore[arg-type]  # nothing is read of it
        assert runner.carry_out(environment, "d", requests, lambda _: None) == [Deployed()] * (most + 1)
    assert beyond.broken
    assert sorted(ended) == [request.instance for request, _ in requests]


class Counting(Shelf):
    """Objects in memory, with the number of parts that were fetched."""

    def __init__(self) -> None:
        super().__init__()
        self.parts = 0

    def part(self, bucket: str, key: str, start: int, stop: int) -> bytes:
        self.parts += 1
        return super().part(bucket, key, start, stop)


def each_member_of_a_large_archive_is_fetched_by_itself() -> None:
    """What stands behind the archive makes it as long as it must be."""
    most, world, packed = limits.most("archive_cached"), world_of_runs(), zipped({"a": "first", "b": "second"})
    bundle = archive.read("k.zip", io.BytesIO(packed)).bundle
    world.commit(Change(bundles=(bundle,)))
    for size, parts in ((most, 0), (most + 1, 4)):  # the header and the content of each member
        objects = Counting()
        objects.write(*naming.bundle_copy(REGION, ACCOUNT, bundle.digest), packed + bytes(size - len(packed)))
        read = bundle_bytes.reader(world, objects)
        assert [read(Member(bundle.digest, name, 0), 100) for name in "ab"] == [b"first", b"second"]
        assert objects.parts == parts


def the_latest_lines_of_an_output_are_kept() -> None:
    most = limits.most("output_lines")
    lines = [str(number) for number in range(most + 1)]
    assert printed("\n".join(lines[1:])) == printed("\n".join(lines)) == lines[1:]


def a_long_line_of_an_output_is_cut() -> None:
    most = limits.most("output_line")
    assert printed(f"{'x' * most}\n{'y' * (most + 1)}\nlast") == ["x" * most, "y" * most, "last"]


def printed(text: str) -> list[str]:
    """The lines that are kept of what a web process prints, in two pieces."""
    embedded = Beanstalk()
    log, keys = embedded.store.output_log, embedded.store.world(ACCOUNT, REGION).keys
    first, _, rest = text.partition("\n")
    log.add(keys, "e-1", "i-1", 1, first)
    log.add(keys, "e-1", "i-1", 2, rest)
    return [line.line for line in log.latest(keys, "e-1")]


HAD: Mapping[str, Callable[[], None]] = {
    "build_files": files_beyond_what_is_kept_of_a_command,
    "build_bytes": bytes_beyond_what_is_kept_of_a_command,
    "printed_output": the_last_of_what_an_application_printed_is_kept,
    "instances_run_at_once": instances_beyond_those_that_run_at_once_wait,
    "archive_cached": each_member_of_a_large_archive_is_fetched_by_itself,
    "output_lines": the_latest_lines_of_an_output_are_kept,
    "output_line": a_long_line_of_an_output_is_cut,
}
