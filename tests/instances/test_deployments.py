"""The results of deployments on instances: files, the changed page, and the migration on the leader alone."""

import pytest

from archives import zipped
from beanpole.testing import ACCOUNT, REGION
from environments import messages_of
from instances.walk import (
    INDEX,
    MIGRATIONS,
    SINGLE,
    balanced,
    endings,
    files,
    fleet,
    launch,
    reports,
    text,
    update,
    version,
)
from options import COMMAND, GROUP, PROPERTIES, option


@pytest.fixture
def world(beanstalk_with_objects):
    beanstalk_with_objects.client.create_application(ApplicationName="shop")
    for label in ("v1", "v2"):
        version(beanstalk_with_objects, label, files(label))
    return beanstalk_with_objects


def migrated_instances(world, name="shop-web"):
    return [instance.id for instance in fleet(world, name) if text(world, instance, MIGRATIONS, name) is not None]


def test_a_launch_leaves_the_file_and_the_page_on_each_instance_and_migrates_once(world):
    launch(world, balanced(4))
    instances = fleet(world)
    assert [text(world, instance, "/home/ec2-user/hello_world.txt") for instance in instances] == [""] * 4
    assert [text(world, instance, INDEX) for instance in instances] == ["Hello World v1\n"] * 4
    (leader,) = migrated_instances(world)
    for instance in instances:
        report = reports(world, instance)[-1]
        assert report.is_leader == (instance.id == leader)
        assert endings(report) == {
            "create_hello_world_file": "enacted",
            "01_modify_index": "enacted",
            "02_migrate": "enacted" if instance.id == leader else "not-leader",
        }


@pytest.mark.parametrize(
    "policy", ["AllAtOnce", "Rolling", "RollingWithAdditionalBatch", "Immutable", "TrafficSplitting"]
)
def test_a_deployment_changes_the_page_and_migrates_once_more(world, policy):
    launch(world, balanced(4, policy))
    first = migrated_instances(world)
    update(world, VersionLabel="v2")
    world.advance(200)  # the surplus of an additional batch goes after the update
    assert {text(world, instance, INDEX) for instance in fleet(world)} == {"Hello World v2\n"}
    leaders = [instance.id for instance in fleet(world) if reports(world, instance)[-1].is_leader]
    if policy == "TrafficSplitting":
        assert leaders == migrated_instances(world) == []  # elastic-beanstalk-roadmap#65
    elif policy == "Immutable":
        assert migrated_instances(world) == leaders
        assert len(leaders) == 1
    elif policy == "RollingWithAdditionalBatch":
        assert len(leaders) <= 1  # it may be one of those that are terminated at the end
    else:
        assert len(leaders) == 1
        assert set(migrated_instances(world)) == {*first, *leaders}


def test_a_configuration_deployment_runs_no_command(world):
    launch(world, SINGLE)
    before = fleet(world)[0].disk
    update(world, OptionSettings=[option(PROPERTIES, "COLOUR", "green")])
    (instance,) = fleet(world)
    assert instance.history[-1].command == "configure"
    assert reports(world, instance)[-1].outcomes == ()
    assert instance.disk == before


def test_an_instance_that_joins_later_has_the_page_and_no_migration(world):
    launch(world, balanced(2))
    old = {instance.id for instance in fleet(world)}
    update(world, OptionSettings=[option(GROUP, "MinSize", "3")])
    (new,) = (instance for instance in fleet(world) if instance.id not in old)
    assert text(world, new, INDEX) == "Hello World v1\n"
    assert text(world, new, MIGRATIONS) is None


FAILING = "container_commands:\n  01_fails:\n    command: echo broken && exit 3\n"


@pytest.mark.parametrize(
    ("path", "bad"),
    [
        (".ebextensions/a.config", FAILING),
        (".ebextensions/a.config", "commands:\n  01_fails:\n    command: cat /home/ec2-user/absent\n"),
        (".ebextensions/a.config", "files:\n  /home/ec2-user/a:\n    encoding: base64\n    content: YWJ\n"),
    ],
)
def test_a_failing_command_fails_the_deployment(world, path, bad):
    launch(world, SINGLE)
    version(world, "v3", files("v3") | {path: bad})
    mark = len(messages_of(world, "shop-web"))
    update(world, VersionLabel="v3")
    messages = messages_of(world, "shop-web")[mark:]
    assert any("Unsuccessful command execution on instance id(s)" in message for message in messages)
    assert messages[-1] == "Failed to deploy application." or "Failed to deploy application." in messages
    (instance,) = fleet(world)
    assert instance.failed
    assert instance.version_label == "v1"
    assert text(world, instance, INDEX) == "Hello World v1\n"
    assert reports(world, instance)[-1].failed


def test_an_error_that_is_ignored_fails_nothing(world):
    launch(world, SINGLE)
    version(world, "v3", files("v3") | {".ebextensions/a.config": FAILING + "    ignoreErrors: true\n"})
    update(world, VersionLabel="v3")
    (instance,) = fleet(world)
    assert instance.version_label == "v3"
    (failed,) = (outcome for outcome in reports(world, instance)[-1].outcomes if outcome.name == "01_fails")
    assert (failed.ending, failed.status, failed.output, failed.ignored) == ("failed", 3, "broken\n", True)


def test_environment_properties_are_seen_by_container_commands(world):
    config = 'container_commands:\n  01:\n    command: echo "$COLOUR $EB_IS_COMMAND_LEADER" > colour\n'
    version(world, "v3", {".ebextensions/a.config": config})
    launch(world, [*SINGLE, option(PROPERTIES, "COLOUR", "green")], "v3")
    assert text(world, fleet(world)[0], "/var/app/current/colour") == "green true\n"


def test_files_that_no_instance_uses_any_more_are_deleted(world):
    launch(world, balanced(2, "Immutable"))
    account_world = world.store.world(ACCOUNT, REGION)
    id_ = account_world.environment_named("shop-web").id
    update(world, VersionLabel="v2")
    used = {digest for instance in fleet(world) for digest in instance.digests}
    assert account_world.files.digests(id_) == used
    world.client.terminate_environment(EnvironmentName="shop-web")
    world.until("shop-web", "Terminated")
    assert account_world.files.digests(id_) == set()


def test_a_bundle_that_is_overwritten_or_deleted_changes_nothing(world):
    launch(world, balanced(2))
    world.objects.write("bucket", "v2.zip", zipped(files("other")))
    update(world, VersionLabel="v2")
    assert {text(world, instance, INDEX) for instance in fleet(world)} == {"Hello World v2\n"}
    world.objects.delete("bucket", "v1.zip")
    update(world, VersionLabel="v1")
    assert {text(world, instance, INDEX) for instance in fleet(world)} == {"Hello World v1\n"}


def test_a_deleted_version_keeps_running(world):
    launch(world, balanced(2))
    world.client.delete_application_version(ApplicationName="shop", VersionLabel="v1", DeleteSourceBundle=True)
    update(world, OptionSettings=[option(GROUP, "MinSize", "3"), option(COMMAND, "Timeout", "700")])
    assert [text(world, instance, INDEX) for instance in fleet(world)] == ["Hello World v1\n"] * 3
