"""Instance profiles as IAM and EC2 name them: IAM has those that clients make, and EC2 shows them by the same ids."""

from typing import Any
from wsgiref.types import WSGIApplication

from beanpole.api.app import create_app
from beanpole.api.handling import CompanionCalls
from beanpole.gateway import roles
from beanpole.gateway.companion import Companion
from beanpole.testing import ACCOUNT, Beanstalk
from neighbours.callers import LC, SINGLE, launched, refusal

NAME = "aws-elasticbeanstalk-ec2-role"
PROFILE = (LC, "IamInstanceProfile", NAME)


def association(world: Beanstalk) -> dict[str, Any]:
    """The profile of the only instance, as EC2 associates it."""
    answer = world.client("ec2").describe_iam_instance_profile_associations()
    profile: dict[str, Any] = answer["IamInstanceProfileAssociations"][0]["IamInstanceProfile"]
    return profile


def names(profile: dict[str, Any]) -> dict[str, Any]:
    """An instance profile of IAM as EC2 names it."""
    return {"Arn": profile["Arn"], "Id": profile["InstanceProfileId"]}


def test_iam_has_no_profile_that_only_options_name_and_gives_it_the_id_of_ec2_when_a_client_makes_it(
    moto: WSGIApplication,
) -> None:
    world = Beanstalk()
    launched(world, "web1", *SINGLE, PROFILE)
    iam = world.client("iam")
    assert iam.list_instance_profiles()["InstanceProfiles"] == iam.list_roles()["Roles"] == []
    assert refusal(iam.get_instance_profile, InstanceProfileName=NAME)[0] == "NoSuchEntity"
    profile = iam.create_instance_profile(InstanceProfileName=NAME)["InstanceProfile"]
    assert association(world) == names(profile)


def test_where_profiles_are_required_each_that_ec2_shows_is_in_iam(moto: WSGIApplication) -> None:
    world = Beanstalk()
    world.require_instance_profile()
    calls = CompanionCalls(has_profile=roles.instance_profiles(Companion(moto)))
    world.app = create_app(world.store, world.catalog, companion=calls)
    iam = world.client("iam")
    world.client.create_application(ApplicationName="shop")
    assert refusal(iam.get_instance_profile, InstanceProfileName=NAME)[0] == "NoSuchEntity"
    iam.create_role(RoleName=NAME, AssumeRolePolicyDocument="{}")
    iam.create_instance_profile(InstanceProfileName=NAME)
    iam.add_role_to_instance_profile(InstanceProfileName=NAME, RoleName=NAME)
    launched(world, "web1", *SINGLE, PROFILE)
    profile = iam.get_instance_profile(InstanceProfileName=NAME)["InstanceProfile"]
    assert association(world) == names(profile)
    assert profile["Arn"] == f"arn:aws:iam::{ACCOUNT}:instance-profile/{NAME}"
    assert [role["RoleName"] for role in profile["Roles"]] == [NAME]
