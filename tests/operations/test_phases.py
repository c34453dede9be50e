"""The status and both kinds of health of an environment, phase by phase (docs/facts.md#phases-of-an-environment).

Where that table leaves a choice: basic health after a failed deployment is Yellow here, the milder of its two.
"""

import pytest

from beanpole.testing import ACCOUNT
from environments import STACK
from options import ALB, COMMAND, HEALTH_REPORTING, PROPERTIES, SINGLE, option

STACKS = {"enhanced": STACK, "basic": "64bit Windows Server 2025 v2.23.4 running IIS 10.0"}  # AL2023 is never basic
ROLLING = option(COMMAND, "DeploymentPolicy", "Rolling")
COLOUR = option(PROPERTIES, "COLOUR", "green")
TICK = 90  # seconds after which health has had its say


@pytest.fixture(params=["enhanced", "basic"])
def reporting(request):
    return request.param


def health_request(reporting, *settings):
    """What to create an environment with that reports so."""
    system = option(HEALTH_REPORTING, "SystemType", reporting)
    return {"SolutionStackName": STACKS[reporting], "OptionSettings": [system, *settings]}


def shows(world):
    """(status, colour, enhanced health) of the last environment of that name."""
    environment = world.client.describe_environments(EnvironmentNames=["web1"])["Environments"][0]
    return environment["Status"], environment["Health"], environment.get("HealthStatus")


def fail(world, what, **where):
    body = {"what": what, "where": {"environment": "web1", **where}}
    assert world.app.test_client().post(f"/_beanpole/faults?account={ACCOUNT}", json=body).status_code == 201


def update(world, **more):
    world.client.update_environment(EnvironmentName="web1", **more)
    world.advance(40)


def deploy(world):
    update(world, VersionLabel="v2")


def configure(world):
    update(world, OptionSettings=[COLOUR])


def fail_deployment(world):
    fail(world, "command-fails")
    deploy(world)
    world.until_ready("web1")
    until_health_is_worse(world)


def until_health_is_worse(world):
    """Basic health gets worse every two minutes (`sinks` in api-spec/catalog/timings.yaml)."""
    for _ in range(30):
        world.advance(10)
        if shows(world)[1] != "Green":
            return


def restart(world):
    world.client.restart_app_server(EnvironmentName="web1")
    world.advance(40)


def abort(world):
    deploy(world)
    world.client.abort_environment_update(EnvironmentName="web1")


def end_abort(world):
    abort(world)
    world.until_ready("web1")
    world.advance(TICK)


def terminate(world, seconds=70):
    world.client.terminate_environment(EnvironmentName="web1")
    world.advance(seconds)


def terminate_for_long(world):
    terminate(world)
    until_health_is_worse(world)


def end(world):
    terminate(world)
    world.until("web1", "Terminated")


def rebuild(world):
    world.client.rebuild_environment(EnvironmentName="web1")
    world.advance(70)


def restore(world):
    id_ = world.client.describe_environments(EnvironmentNames=["web1"])["Environments"][0]["EnvironmentId"]
    end(world)
    world.client.rebuild_environment(EnvironmentId=id_)
    world.advance(70)


PHASES = {
    deploy: {"enhanced": ("Updating", "Green", "Info"), "basic": ("Updating", "Grey", None)},
    configure: {"enhanced": ("Updating", "Green", "Info"), "basic": ("Updating", "Grey", None)},
    fail_deployment: {"enhanced": ("Ready", "Red", "Degraded"), "basic": ("Ready", "Yellow", None)},
    restart: {"enhanced": ("Updating", "Green", "Info"), "basic": ("Updating", "Grey", None)},
    abort: {"enhanced": ("Aborting", "Green", "Info"), "basic": ("Aborting", "Grey", None)},
    # what was aborted had one instance on the new version already, which enhanced health notices
    end_abort: {"enhanced": ("Ready", "Red", "Degraded"), "basic": ("Ready", "Green", None)},
    terminate: {"enhanced": ("Terminating", "Green", "Info"), "basic": ("Terminating", "Grey", None)},
    terminate_for_long: {"enhanced": ("Terminating", "Red", "Severe"), "basic": ("Terminating", "Grey", None)},
    end: {"enhanced": ("Terminated", "Grey", None), "basic": ("Terminated", "Grey", None)},
    rebuild: {"enhanced": ("Updating", "Grey", "Pending"), "basic": ("Updating", "Grey", None)},
    restore: {"enhanced": ("Launching", "Grey", "Pending"), "basic": ("Launching", "Grey", None)},
}


@pytest.mark.parametrize("enter", PHASES, ids=lambda function: function.__name__)
def test_what_is_shown_in_a_phase(shop, launch, reporting, enter):
    launch("web1", **health_request(reporting, ALB, ROLLING))
    shop.advance(TICK + 20)  # health looks on while a batch of 45 seconds is out
    enter(shop)
    assert shows(shop) == PHASES[enter][reporting]


def test_a_launch_is_grey_then_pending_then_green(shop, create, reporting):
    enhanced = reporting == "enhanced"
    answer = create("web1", **health_request(reporting, SINGLE))
    assert (answer["Status"], answer["Health"]) == ("Launching", "Grey")
    shop.advance(12)
    assert shows(shop) == ("Launching", "Grey", "Pending" if enhanced else None)
    shop.until_ready("web1")
    shop.advance(TICK)
    assert shows(shop) == ("Ready", "Green", "Ok" if enhanced else None)


def test_a_launch_with_errors_ends_ready_and_red(shop, create):
    fail(shop, "command-fails")
    create("web1", OptionSettings=[SINGLE])
    shop.until_ready("web1")
    shop.advance(TICK)
    status, colour, health = shows(shop)
    assert (status, colour) == ("Ready", "Red")
    assert health in ("Degraded", "Severe")
