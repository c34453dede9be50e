"""The same seed leaves the same disks and the same logs, byte for byte, however the clock is moved."""

from functools import cache

import pytest

from archives import zipped
from beanpole.testing import Beanstalk
from beanpole_workers.play import runs
from instances.walk import MIGRATIONS, balanced, fetch_logs, files, fleet, launch, text

Story = tuple[list[tuple[str, str | None]], list[dict[str, str]]]
ONCE, TWICE = "migrated\n", "migrated\nmigrated\n"
MIGRATED = {
    "record": [["None", "None"]],
    "enact": [["None", TWICE], [ONCE, ONCE]],
    "run": [["None", TWICE], [ONCE, ONCE]],
}


class Killed(BaseException):
    """The sudden end of a worker."""


@cache
def bundle(label: str) -> bytes:
    """The bundle of a version; an archive has the time at which it was made."""
    return zipped(files(label, Buildfile="make: cat index.html >> built\n"))


def story(commands: str, steps: int) -> Story:
    """The disks of all instances after a launch and a rolling deployment, and their logs."""
    world = Beanstalk(with_objects=True, commands=commands)
    world.client.create_application(ApplicationName="shop")
    for label in ("v1", "v2"):
        world.objects.write("bucket", label, bundle(label))
        source = {"S3Bucket": "bucket", "S3Key": label}
        world.client.create_application_version(ApplicationName="shop", VersionLabel=label, SourceBundle=source)
    launch(world, balanced(2, "Rolling"))
    world.client.update_environment(EnvironmentName="shop-web", VersionLabel="v2")
    while world.client.describe_environments()["Environments"][0]["Status"] != "Ready":
        for _ in range(steps):
            world.advance(60 / steps)
    migrations = [str(text(world, instance, MIGRATIONS)) for instance in fleet(world)]
    assert sorted(migrations) in MIGRATED[commands]  # once at each deployment
    return [(instance.id, instance.disk) for instance in fleet(world)], fetch_logs(world)


@cache
def first(commands: str) -> Story:
    return story(commands, 1)


@pytest.mark.parametrize("commands", ["enact", "record", "run"])
def test_disks_and_logs_are_the_same_however_the_clock_is_moved(request, commands):
    if commands == "run":
        request.getfixturevalue("works")
    assert story(commands, 4) == first(commands)


@pytest.mark.usefixtures("works")
def test_a_worker_that_is_killed_amid_a_run_leaves_the_same_disks(monkeypatch):
    expected, logs = first("run")
    run, count = runs.Shell.run, 0

    def deadly(shell, *arguments):
        nonlocal count
        count += 1
        if count in (2, 9):
            raise Killed
        return run(shell, *arguments)

    again = runs.run

    def repeated(*arguments):
        """Another worker takes over."""
        try:
            again(*arguments)
        except Killed:
            again(*arguments)

    monkeypatch.setattr(runs.Shell, "run", deadly)
    monkeypatch.setattr(runs, "run", repeated)
    disks, after = story("run", 1)
    assert count > 9
    assert disks == expected
    repeats = [line for log in after for line in log["eb-engine.log"].splitlines() if "has begun this command" in line]
    assert len(repeats) in (1, 2)
    for before, now in zip(logs, after, strict=True):
        assert now["cfn-init-cmd.log"] == before["cfn-init-cmd.log"]
