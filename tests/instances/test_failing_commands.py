"""Faults that hit one command of a source bundle by its name, in each way in which commands are carried out."""

import pytest

from beanpole.testing import Beanstalk
from instances.walk import (
    INDEX,
    SINGLE,
    balanced,
    endings,
    fetch_logs,
    files,
    fleet,
    launch,
    reports,
    text,
    update,
    version,
)
from options import option

HOOK = ".platform/hooks/postdeploy/01_warm.sh"
MORE = {HOOK: "#!/bin/sh\ntrue\n", "Buildfile": "make: true\n", ".platform/confighooks/predeploy/a.sh": "#!/bin/sh\n"}
BOTH = ["enact", "record"]


@pytest.fixture(params=[*BOTH, "run"])
def world(request):
    if request.param == "run":
        request.getfixturevalue("works")
    return make_world(request.param)


@pytest.fixture
def enacting_world():
    return make_world("enact")


def make_world(commands):
    world = Beanstalk(with_objects=True, commands=commands)
    world.client.create_application(ApplicationName="shop")
    for label in ("v1", "v2"):
        version(world, label, files(label, **MORE))
    return world


def last_outcome(world, instance):
    """The outcome of the last command on an instance."""
    return reports(world, instance)[-1].outcomes[-1]


@pytest.mark.parametrize(
    ("command", "phase"),
    [
        ("create_hello_world_file", "commands"),
        ("01_modify_index", "container_commands"),
        ("make", "build"),
        (HOOK, "postdeploy"),
    ],
)
def test_the_command_fails_as_ordered_and_the_deployment_with_it(world, command, phase):
    launch(world, SINGLE)
    world.arm("command-fails", where={"command": command}, exit_status=42, output="out of luck", times=1)
    update(world, VersionLabel="v2")
    (instance,) = fleet(world)
    end = last_outcome(world, instance)
    assert (end.phase, end.name, end.ending, end.status, end.output) == (phase, command, "failed", 42, "out of luck")
    assert (instance.failed, instance.version_label) == (True, "v1")
    assert world.faults()[0]["fired"] == 1
    assert "Failed to deploy application." in [event.message for event in world.events("shop-web")]


def test_commands_before_the_fault_are_carried_out_and_later_ones_are_not(enacting_world):
    launch(enacting_world, SINGLE)
    enacting_world.arm("command-fails", where={"command": "02_migrate"})
    update(enacting_world, VersionLabel="v2")
    report = endings(reports(enacting_world, fleet(enacting_world)[0])[-1])  # the leader's command comes first
    assert report == {"create_hello_world_file": "enacted", "make": "enacted", "02_migrate": "failed"}
    assert text(enacting_world, fleet(enacting_world)[0], INDEX) == "Hello World v1\n"


def test_a_command_of_the_leader_is_hit_on_the_leader_alone(enacting_world):
    launch(enacting_world, balanced(4))
    enacting_world.arm("command-fails", where={"command": "02_migrate"})
    update(enacting_world, VersionLabel="v2")
    bad = [instance for instance in fleet(enacting_world) if instance.failed]
    assert [last_outcome(enacting_world, instance).name for instance in bad] == ["02_migrate"]
    assert enacting_world.faults()[0]["fired"] == 1


def test_a_hit_on_one_of_several_instances_fails_that_instance(enacting_world):
    launch(enacting_world, balanced(3))
    enacting_world.arm("command-fails", where={"command": "01_modify_index", "instance": 1}, message="No luck.")
    update(enacting_world, VersionLabel="v2")
    assert [instance.failed for instance in fleet(enacting_world)] == [False, True, False]
    assert "No luck." in [event.message for event in enacting_world.events("shop-web")]


def test_a_hit_on_a_command_whose_errors_are_ignored_does_not_fail_the_deployment(world):
    launch(world, SINGLE)
    ignoring = "container_commands: {01_lint: {command: 'true', ignoreErrors: true}}"
    version(world, "v3", files("v3") | {".ebextensions/x.config": ignoring})
    world.arm("command-fails", where={"command": "01_lint"}, exit_status=2)
    update(world, VersionLabel="v3")
    (instance,) = fleet(world)
    (lint,) = (outcome for outcome in reports(world, instance)[-1].outcomes if outcome.name == "01_lint")
    assert (lint.ending, lint.status, lint.ignored, instance.version_label) == ("failed", 2, True, "v3")


@pytest.mark.parametrize(
    ("more", "options", "fails"),
    [
        ({}, (), True),
        ({}, [("aws:elasticbeanstalk:environment:proxy", "ProxyServer", "nginx")], True),
        ({}, [("aws:elasticbeanstalk:environment:proxy", "ProxyServer", "apache")], False),
        ({"docker-compose.yml": "services: {}"}, (), False),
    ],
)
def test_nginx_does_not_start_with_a_configuration_that_it_refuses(enacting_world, more, options, fails):
    version(enacting_world, "v3", files("v3") | more | {".platform/nginx/conf.d/x.conf": "location / {\n}\n"})
    launch(enacting_world, [*SINGLE, *(option(*values) for values in options)])
    update(enacting_world, VersionLabel="v3")
    (instance,) = fleet(enacting_world)
    assert instance.failed is fails
    if fails:
        log = fetch_logs(enacting_world)[0]["eb-engine.log"]
        assert (
            "An error occurred during execution of command [app-deploy] - [start proxy with new configuration]. Stop "
            "running the command. Error: copy proxy conf from staging failed with error validate nginx configuration "
            "failed with error Command /bin/sh -c /usr/sbin/nginx -t -c /var/proxy/staging/nginx/nginx.conf failed "
            'with error exit status 1. Stderr:nginx: [emerg] "location" directive is not allowed here in '
            "/var/proxy/staging/nginx/conf.d/x.conf:1"
        ) in log


@pytest.mark.parametrize("command", ["03_absent", ".platform/confighooks/predeploy/a.sh", ".platform/hooks"])
def test_an_unknown_name_of_a_command_has_no_hit(enacting_world, command):
    launch(enacting_world, SINGLE)
    enacting_world.arm("command-fails", where={"command": command})
    update(enacting_world, VersionLabel="v2")
    assert (fleet(enacting_world)[0].version_label, enacting_world.faults()[0]["fired"]) == ("v2", 0)


def test_the_logs_are_those_of_any_failed_command(enacting_world):
    launch(enacting_world, SINGLE)
    enacting_world.arm("command-fails", where={"command": "01_modify_index"}, exit_status=9, output="no disk")
    update(enacting_world, VersionLabel="v2")
    (logs,) = fetch_logs(enacting_world)
    assert "[PostBuildEbExtension]. Stop running the command. Error: Container commands" in logs["eb-engine.log"]
    assert "Error encountered during build of postbuild_0_shop: Command 01_modify_index failed" in logs["cfn-init.log"]
    assert "\tno disk" in logs["cfn-init-cmd.log"]
    assert "Exited with error code 9" in logs["cfn-init-cmd.log"]


@pytest.mark.parametrize(
    ("what", "command", "reason"),
    [
        ("command-times-out", "01", "command-times-out does not look at it."),
        ("command-fails", "", "Length must be between 1 and 200."),
        ("command-fails", "x" * 201, "Length must be between 1 and 200."),
    ],
)
def test_a_fault_that_cannot_hit_a_command_is_refused(enacting_world, what, command, reason):
    with pytest.raises(ValueError, match=reason):
        enacting_world.arm(what, where={"command": command})
