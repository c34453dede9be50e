"""A launch without an instance profile: taken, unless the server, the catalogue or the fixture requires one."""

import pytest
from click.testing import CliRunner

from beanpole.catalog import catalog
from beanpole.catalog.catalog import Catalog
from beanpole.command import assembly
from beanpole.command.cli import main
from beanpole.testing import Beanstalk
from environments import STACK, describe, messages_of
from options import LAUNCH, option

REFUSED = ["Environment must have instance profile associated with it.", "Failed to launch environment."]
PROFILE = option(LAUNCH, "IamInstanceProfile", "aws-elasticbeanstalk-ec2-role")


@pytest.fixture
def strict():
    world = Beanstalk()
    world.require_instance_profile()
    world.client.create_application(ApplicationName="shop")
    return world


def create(world, *options):
    world.client.create_environment(
        ApplicationName="shop", EnvironmentName="web1", SolutionStackName=STACK, OptionSettings=list(options)
    )
    world.advance(400)


def test_a_launch_that_names_no_profile_is_refused_where_one_is_required(strict):
    create(strict)
    assert [event.message for event in strict.events("web1") if event.severity == "ERROR"] == REFUSED
    assert describe(strict)["Status"] == "Terminated"


def test_a_launch_that_names_one_is_not(strict):
    create(strict, PROFILE)
    assert describe(strict)["Health"] == "Green"


def test_no_launch_is_refused_by_default():
    world = Beanstalk()
    world.client.create_application(ApplicationName="shop")
    create(world)
    assert "Successfully launched environment: web1" in messages_of(world)


def test_the_catalogue_requires_it_too():
    assert not catalog.load().requirements.instance_profile
    assert Catalog(overrides={"requirements": {"instance_profile": True}}).requirements.instance_profile


def test_the_option_of_the_server_leaves_the_other_rows_of_the_user_as_they_are():
    try:
        catalog.lay_over({"quotas": {"applications": 3}})
        assembly.require_profile(True)
        assert catalog.load().requirements.instance_profile
        assert catalog.load().quotas.applications == 3
    finally:
        catalog.lay_over({})


@pytest.mark.parametrize("command", ["serve", "worker"])
def test_the_server_and_its_workers_have_the_option(command):
    assert "--require-instance-profile" in CliRunner().invoke(main, [command, "--help"]).output
