"""The service role of an environment where a companion knows the IAM of the account."""

import pytest

from beanpole.api.app import create_app
from beanpole.api.handling import CompanionCalls
from beanpole.gateway import roles
from beanpole.gateway.companion import Companion
from beanpole.testing import ACCOUNT, Beanstalk
from environments import STACK
from options import SINGLE, option

ENVIRONMENT = "aws:elasticbeanstalk:environment"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/folder/eb"
CAUSE = f'Unable to assume role "{ROLE}". Verify that the role exists and is configured correctly.'


class World(Beanstalk):
    """A world whose companion is moto."""

    def __init__(self, moto):
        super().__init__()
        calls = CompanionCalls(has_role=roles.service_roles(moto.companion()))
        self.app = create_app(self.store, self.catalog, companion=calls)
        self.client.create_application(ApplicationName="shop")
        self.iam = self.clients(service="iam")

    def create(self, *options):
        self.client.create_environment(
            ApplicationName="shop", EnvironmentName="web1", SolutionStackName=STACK, OptionSettings=[SINGLE, *options]
        )
        self.until_ready("web1")
        self.advance(240)

    def update(self, *options):
        self.client.update_environment(EnvironmentName="web1", OptionSettings=list(options))
        self.until_ready("web1")
        self.advance(240)

    @property
    def lacks_role(self):
        status, causes = self.health
        return status in ("No Data", "Severe") and CAUSE in causes

    @property
    def health(self):
        answer = self.client.describe_environment_health(EnvironmentName="web1", AttributeNames=["All"])
        return answer["HealthStatus"], answer["Causes"]


@pytest.fixture
def world(moto):
    return World(moto)


def role(value):
    return option(ENVIRONMENT, "ServiceRole", value)


def note(value):
    return option("aws:elasticbeanstalk:application:environment", "NOTE", value)


def test_a_role_that_is_not_there_cannot_be_assumed_until_it_is(world):
    world.create(role(ROLE))
    assert world.lacks_role
    world.update(note("still not"))
    assert world.lacks_role
    assert len(world.faults()) == 1
    world.iam.create_role(RoleName="eb", Path="/folder/", AssumeRolePolicyDocument="{}")
    world.update(note("now"))
    assert world.health[0] == "Ok"
    assert world.faults() == []


@pytest.mark.parametrize("value", [None, "AWSServiceRoleForElasticBeanstalk"])
def test_no_role_and_the_one_that_the_service_makes_are_as_they_were(world, value):
    world.create(*([] if value is None else [role(value)]))
    assert world.health[0] == "Ok"
    assert world.faults() == []


def test_another_role_or_the_end_of_the_environment_takes_the_fault_away(world):
    world.create(role(ROLE))
    world.iam.create_role(RoleName="other", AssumeRolePolicyDocument="{}")
    world.update(role("other"))
    assert world.health[0] == "Ok"
    world.update(role("eb"))
    assert len(world.faults()) == 1
    world.client.terminate_environment(EnvironmentName="web1")
    assert world.faults() == []


def test_without_a_companion_no_role_is_looked_up():
    assert roles.service_roles(Companion()) is None
    world = Beanstalk()
    world.client.create_application(ApplicationName="shop")
    World.create(world, role(ROLE))
    assert World.health.fget(world)[0] == "Ok"
