"""What events tell of health: fleets that fall ill and recover, and basic health; each against its golden timeline."""

import pytest

from afflicted import afflict, lose, remake
from environments import STACK
from mould import moulded
from options import ALB, GROUP, HEALTH_REPORTING, SINGLE, option
from scenarios.deployments import open_shop

WINDOWS = "64bit Windows Server 2025 v2.23.4 running IIS 10.0"


@pytest.fixture
def tell(beanstalk, golden):
    """`tell(name, acts)` holds what is told from the end of a launch on, while acts follow each other."""

    def tell(story, acts, *settings, stack=STACK, since_launch=False):
        moulded(beanstalk, "shop", lambda: open_shop(beanstalk.client))
        moulded(beanstalk, f"launch {stack} {settings}", lambda: launch(stack, settings))
        mark = beanstalk.now
        if not since_launch:
            beanstalk.advance(90)
            mark = beanstalk.now
        for act in acts:
            act(beanstalk)
        golden(story, [event for event in beanstalk.events("shop-web") if event.at >= mark])

    def launch(stack, settings):
        beanstalk.client.create_environment(
            ApplicationName="shop",
            EnvironmentName="shop-web",
            SolutionStackName=stack,
            VersionLabel="v1",
            OptionSettings=list(settings),
        )
        beanstalk.until_ready("shop-web")

    return tell


def ill(places, **members):
    return lambda world: afflict(world, "shop-web", places, **{"passes_health_checks": False, **members})


def well(world):
    afflict(world, "shop-web", passes_health_checks=True, sends_data=True, in_service=True, client_errors=0.0)


def wait(seconds):
    return lambda world: world.advance(seconds)


def test_instances_that_do_not_pass_their_checks(tell):
    acts = [ill([0]), wait(120), ill([0, 1]), wait(120), well, wait(120)]
    tell("health-checks-fail", acts, ALB, option(GROUP, "MinSize", "2"))


def test_one_of_many_is_worth_a_word(tell):
    acts = [ill([3]), wait(120), ill([4]), wait(120), ill([5, 6]), wait(120), well, wait(120)]
    tell("health-of-many", acts, ALB, option(GROUP, "MinSize", "12"), option(GROUP, "MaxSize", "12"))


def test_an_instance_without_a_load_balancer_fails_its_requests(tell):
    tell("health-requests-fail", [ill([0]), wait(120), well, wait(120)], SINGLE)


def test_instances_that_send_no_data(tell):
    silent = ill(None, passes_health_checks=True, sends_data=False)
    acts = [silent, wait(120), ill(None), wait(120), well, wait(120)]
    tell("health-no-data", acts, ALB, option(GROUP, "MinSize", "2"))


def test_a_fleet_of_two_versions(tell):
    ahead = ill([0], passes_health_checks=True, version_label="v2", deployment_id=2)
    everywhere = ill(None, passes_health_checks=True, version_label="v2", deployment_id=2)
    acts = [ahead, wait(120), everywhere, wait(120)]
    tell("health-of-two-versions", acts, ALB, option(GROUP, "MinSize", "5"), option(GROUP, "MaxSize", "5"))


def test_a_command_that_failed(tell):
    failing = ill([0], passes_health_checks=True, failed=True, in_service=False)
    tell("health-command-failed", [failing, wait(120)], ALB, option(GROUP, "MinSize", "2"))


def test_the_story_of_health_with_errors_of_clients(tell):
    acts = [ill(None, passes_health_checks=True, client_errors=0.3), wait(120), well, wait(120)]
    tell("health-requests-err", acts, ALB)


def test_a_rule_that_is_switched_off_tells_nothing(tell):
    acts = [ill(None, passes_health_checks=True, client_errors=0.6), wait(120)]
    rules = '{"Environment":{"Application":{"ApplicationRequests4xx":{"Enabled":false}}}}'
    tell("health-rule-off", acts, ALB, option(HEALTH_REPORTING, "ConfigDocument", f'{{"Rules":{rules},"Version":1}}'))


def test_a_group_that_is_too_small_or_empty(tell):
    acts = [
        lambda world: lose(world, "shop-web", [0]),
        wait(120),
        lambda world: lose(world, "shop-web", [0]),
        wait(120),
    ]
    tell("health-instances-gone", acts, ALB, option(GROUP, "MinSize", "2"))


def test_a_group_that_is_gone(tell):
    tell("health-suspended", [lambda world: remake(world, "shop-web", resources=()), wait(120)], SINGLE)


def test_the_story_of_basic_health(tell):
    acts = [
        wait(120),
        ill([0]),
        wait(240),
        ill([1]),
        wait(240),
        well,
        wait(120),
        lambda world: world.client.update_environment(EnvironmentName="shop-web", VersionLabel="v2"),
        wait(240),
        lambda world: world.client.terminate_environment(EnvironmentName="shop-web"),
        lambda world: world.until("shop-web", "Terminated"),
    ]
    settings = [ALB, option(GROUP, "MinSize", "2")]
    tell("health-basic", acts, *settings, stack=WINDOWS, since_launch=True)


def test_basic_health_that_begins_badly(tell):
    settings = [ALB, option(GROUP, "MinSize", "2")]
    tell("health-basic-bad", [ill([1]), wait(240), ill([0]), wait(240)], *settings, stack=WINDOWS, since_launch=True)


def test_basic_health_sees_no_application_where_there_is_no_load_balancer(tell):
    acts = [wait(120), ill([0]), wait(240), ill([0], sends_data=False), wait(360)]
    tell("health-basic-single", acts, SINGLE, stack=WINDOWS, since_launch=True)
