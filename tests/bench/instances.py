"""What deployments cost on instances: a bundle of 10,000 files with five commands, in this process."""

from collections.abc import Iterator
from statistics import median
from time import perf_counter
from types import SimpleNamespace
from typing import Any

import msgspec
from msgspec.structs import replace

from beanpole.model.bundles.bundle import Bundle
from beanpole.model.bundles.configuration_file import Command, ConfigurationFile
from beanpole.model.bundles.directory import Directory, Entry
from beanpole.model.changes.change import Change
from beanpole.model.environment.environment import Environment
from beanpole.model.environment.instance import CommandRecord, Instance
from beanpole.model.plan.steps import Deploy
from beanpole.testing import ACCOUNT, REGION, Beanstalk
from beanpole_workers.engine import deployments
from beanpole_workers.play.runner import Enacting
from bench.row import Row

_FILES = 10_000
_ROUNDS = 15
_AT = 1_764_300_000_000
_COMMANDS = ConfigurationFile(
    ".ebextensions/a.config",
    commands=(Command("01", "touch hello_world.txt", cwd="/home/ec2-user"), Command("02", "mkdir -p /var/app/log")),
    container_commands=(
        Command("01", "echo Hello World > index.html"),
        Command("02", "cp -r static /srv/static && chmod -R 755 /srv/static/css"),
        Command("03", "python manage.py migrate", leader_only=True),
    ),
)


def instances_prepared() -> Iterator[Row]:
    """The whole of what a step carries out, and what is kept of it for each instance."""
    story = _story()
    for size in (10, 1_000):
        fleet = tuple(Instance(f"i-{number:017x}", _AT, "group") for number in range(size))
        step = Deploy(instances=tuple(instance.id for instance in fleet), **_DEPLOYS)
        spent = []
        for _ in range(_ROUNDS):
            began = perf_counter()
            done = deployments.results(step, story, fleet)
            spent.append(perf_counter() - began)
            assert len(done) == size
        work = f"{size:,} instances prepared, a bundle of {_FILES:,} files"
        yield Row(work, f"{median(spent) * 1000:.1f} ms", "", median(spent), 0.2, "s", most=True)
    left = done[fleet[0].id]
    record = CommandRecord(_AT, "deploy", "v1", 1, began=_AT)
    bare = replace(fleet[0], history=(record,))
    deployed = replace(bare, disk=left.disk, history=(replace(record, report=left.report),))
    more = len(msgspec.json.encode(deployed)) - len(msgspec.json.encode(bare))
    yield Row("kept of it for each instance", f"{more} bytes", "", more, 50, "bytes", most=True)
    contents = {digest: content for one in done.values() for digest, content in one.files}
    files = sum(map(len, contents.values()))
    yield Row("kept of it once, for the leader and the others", f"{files} bytes", "", files, 10_000, "bytes", most=True)


_DEPLOYS: dict[str, Any] = {"version_label": "v1", "deployment_id": 1, "bundle": "d1", "leader": f"i-{0:017x}"}


def _story() -> Any:
    """What the engine sees of a story, in a world that has the bundle."""
    world = Beanstalk(with_objects=True)
    region = world.store.world(ACCOUNT, REGION)
    paths = ("index.html", *(f"static/{number % 100}/{number}.css" for number in range(_FILES - 2)), "static/css/a.css")
    directory = Directory(tuple(Entry(path, "file", 0o644, 2_000, 0, 900, 8) for path in paths))
    region.commit(Change(bundles=(Bundle("d1", 9_000_000, directory, configuration_files=(_COMMANDS,)),)))
    environment = Environment("e-1", "web1", "shop", "", "", "", _AT, _AT, ACCOUNT, REGION)
    runner = Enacting(world.store, region)

    def carry_out(bundle: str, deployment: Any) -> Any:
        return dict(zip(deployment, runner.carry_out(environment, bundle, deployment, lambda _: None), strict=True))

    activity = SimpleNamespace(undoing=1, changes=(), serial=1, step=0, hits=())
    members = {"environment": environment, "activity": activity, "carry_out": carry_out, "runs_commands": False}
    return SimpleNamespace(platforms=world.catalog.platforms, **members)
