"""A launch whose instance profile the companion does not have, held against its golden timeline."""

import boto3
import pytest

from beanpole.api.app import create_app
from beanpole.api.handling import CompanionCalls
from beanpole.gateway import roles
from beanpole.other_services.botocore_wire import Wire
from beanpole.testing import Beanstalk
from clients_environment import CREDENTIALS
from environments import STACK

IAM = {"beanpole.service": "iam"}
PROFILES = ("web", "arn:aws:iam::123456789012:instance-profile/folder/web")


def launch(moto, profile):
    """A world in which an environment was launched with an instance profile that its companion must have."""
    world = Beanstalk()
    world.app = create_app(
        world.store, world.catalog, companion=CompanionCalls(has_profile=roles.instance_profiles(moto.companion()))
    )
    namespace, name = "aws:autoscaling:launchconfiguration", "IamInstanceProfile"
    options = [{"Namespace": namespace, "OptionName": name, "Value": profile}]
    world.client.create_application(ApplicationName="shop")
    parameters = {"ApplicationName": "shop", "SolutionStackName": STACK, "OptionSettings": options}
    world.client.create_environment(EnvironmentName="shop-web", **parameters)
    world.advance(600)
    (environment,) = world.client.describe_environments(EnvironmentNames=["shop-web"])["Environments"]
    return world, f"{environment['Status']} / {environment['Health']}\n"


@pytest.mark.parametrize("profile", PROFILES)
def test_a_launch_whose_instance_profile_is_not_there_is_refused(golden, moto, profile):
    world, left = launch(moto, profile)
    golden("profile-not-there", world.events("shop-web"), left)


@pytest.mark.parametrize("profile", PROFILES)
def test_one_that_was_made_in_iam_will_do(moto, profile):
    iam = boto3.client(
        "iam",
        endpoint_url="http://iam.amazonaws.com",
        region_name="us-east-1",
        aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key="secret",
    )
    iam.meta.events.register("before-send.iam", Wire(lambda environ, start: moto({**environ, **IAM}, start)))
    iam.create_instance_profile(InstanceProfileName="web")
    assert launch(moto, profile)[1] == "Ready / Green\n"
