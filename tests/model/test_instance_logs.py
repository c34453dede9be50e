"""What the logs of an instance tell: its records, their failures, and what the versions brought."""

import json
from io import BytesIO
from typing import get_args
from zipfile import ZipFile

import pytest

from beanpole.catalog import catalog
from beanpole.model.applications.contents import Contents
from beanpole.model.environment.environment import Environment
from beanpole.model.environment.instance import CommandRecord, Instance
from beanpole.model.environment.tiers import WORKER
from beanpole.model.events import failures
from beanpole.model.logs import instance_logs
from beanpole.model.logs.engine_log import STOPS, lines
from beanpole.model.logs.view import View
from beanpole.model.time.clock import LATEST, MANUAL_EPOCH

STACKS = catalog.load().platforms.stacks
START = MANUAL_EPOCH
CONTENTS = {
    "v1": Contents(
        hooks=(".platform/hooks/predeploy/02-b.sh", ".platform/hooks/predeploy/01-a.sh", ".platform/confighooks/x"),
        commands=("00_install",),
        container_commands=("01_migrate",),
    )
}


def environment(**more):
    names = {"environment_id": "e-abcdefghij", "environment_name": "web1", "application_name": "shop"}
    places = {"environment_arn": "", "solution_stack_name": "", "platform_arn": "", "account_id": "", "region": ""}
    return Environment(date_created=START, date_updated=START, **names, **places, **more)


def view(*records, traits=("python", "linux"), at=START + 600_000, **more):
    instance = Instance("i-1", START, "group", history=records, deployed_at=START + 60_000, in_service=True)
    return View(environment(**more), instance, traits, at, CONTENTS)


def test_a_failed_deployment_says_where_it_stopped():
    log = list(lines(view(CommandRecord(START + 60_000, "deploy", "v1", 1, failed=True))))
    assert any("[ERROR] An error occurred during execution of command [app-deploy]" in line for line in log)
    assert any('"status":"FAILURE"' in line for line in log)
    assert not any("FlipApplication" in line for line in log)


def test_every_defect_of_a_bundle_stops_a_deployment_somewhere():
    assert STOPS.keys() == failures.DEFECTS.keys() == set(get_args(failures.Defect))


@pytest.mark.parametrize("cause", STOPS)
def test_a_deployment_that_its_source_bundle_fails_says_why(cause):
    stop = STOPS[cause]
    log = [
        line.partition("] ")[2]
        for line in lines(view(CommandRecord(START + 60_000, "deploy", "v1", 1, failed=True, cause=cause)))
    ]
    assert log[-4] == (
        f"An error occurred during execution of command [app-deploy] - [{stop.instruction}]. Stop running the command. "
        f"Error: {stop.error}"
    )
    assert log[-5].endswith(("/var/app/staging/", f"Executing instruction: {stop.instruction}"))
    response = json.loads(log[-2].removeprefix("CommandService Response: "))
    assert [event["msg"] for event in response["results"][0]["events"]] == [
        failures.DEFECTS[cause]().text,
        failures.INSTANCE_DEPLOYMENT_FAILED().text,
    ]


def test_a_deployment_runs_the_hooks_of_its_version_in_order():
    log = [line.partition("] ")[2] for line in lines(view(CommandRecord(START + 60_000, "deploy", "v1", 1)))]
    assert "Following platform hooks will be executed in order: [01-a.sh, 02-b.sh]" in log
    assert log.index("Executing instruction: PostBuildEbExtension") < log.index(
        "Running platform hook: .platform/hooks/predeploy/01-a.sh"
    )
    assert "The dir .platform/hooks/postdeploy/ does not exist" in log


@pytest.mark.parametrize(
    ("does", "command"),
    [
        ("boot", "self-startup"),
        ("deploy", "app-deploy"),
        ("configure", "config-deploy"),
        ("restart", "restart-app-server"),
    ],
)
def test_every_deed_has_its_command(does, command):
    log = "\n".join(lines(view(CommandRecord(START + 60_000, does, "v1", 1))))
    assert f"finished execution on command: {command}" in log


@pytest.mark.parametrize("traits", sorted({stack.traits for stack in STACKS}))
@pytest.mark.parametrize("worker", [False, True])
def test_every_platform_has_logs_in_every_form(traits, worker):
    records = (
        CommandRecord(START + 50_000, "boot"),
        CommandRecord(START + 60_000, "deploy", "v1", 1),
        CommandRecord(START, "restart", "v1", 1),
    )
    tier = {"tier": WORKER} if worker else {}
    source = view(*records, traits=traits, **tier)
    count = 8 if "windows" in traits else 5 + worker
    tail = instance_logs.tail(source).decode()
    assert tail.count("-" * 40) == 2 * count == 2 * len(instance_logs.files("tail", traits, worker))
    with ZipFile(BytesIO(instance_logs.bundle(source))) as archive:
        assert archive.namelist() == list(instance_logs.files("bundle", traits, worker))
        assert all(archive.read(name).endswith(b"\n") for name in archive.namelist() if archive.read(name))


@pytest.mark.parametrize("at", [0, START, LATEST])
def test_logs_are_written_at_any_time_a_clock_shows(at):
    source = view(CommandRecord(at, "boot"), CommandRecord(at, "deploy", "v1", 1), at=at)
    assert instance_logs.tail(source)
    assert instance_logs.bundle(source)


def test_an_analysis_points_at_what_failed():
    failing = Instance(
        "i-2", START, "group", failed=True, history=(CommandRecord(START, "deploy", "v2", 2, failed=True),)
    )
    well = Instance("i-1", START, "group", history=(CommandRecord(START, "deploy", "v2", 2),))
    text = instance_logs.analysis(view(), (well, failing)).decode()
    assert "1 of 2 commands failed; see eb-engine.log of i-2." in text
    assert instance_logs.representative((well, failing)) is failing
    assert instance_logs.representative((well,)) is well
    assert instance_logs.representative(()) is None
