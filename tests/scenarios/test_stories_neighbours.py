"""What clients of EC2, Auto Scaling and load balancers do to an environment, told to its end.

Each story leaves the environment Ready, Ok, and of the size that its group is to have.
"""

from collections.abc import Callable
from typing import Any

import pytest

from environments import STACK
from mould import moulded
from neighbours.callers import instance_ids, neighbour_of, resources
from options import ALB, ENVIRONMENT, GROUP, option
from scenarios.aftermath import aftermath

POLICY = "aws:elasticbeanstalk:command"
SINGLE = [option(ENVIRONMENT, "EnvironmentType", "SingleInstance")]
TWO = [ALB, option(GROUP, "MinSize", "2"), option(GROUP, "MaxSize", "4")]
ROLLING = [
    *TWO,
    option(POLICY, "DeploymentPolicy", "Rolling"),
    option(POLICY, "BatchSizeType", "Fixed"),
    option(POLICY, "BatchSize", "1"),
]


def launch(world: Any, options: list[Any]) -> None:
    def make() -> None:
        world.client.create_environment(
            ApplicationName="shop",
            EnvironmentName="shop-web",
            SolutionStackName=STACK,
            VersionLabel="v1",
            OptionSettings=options,
        )
        world.until_ready("shop-web")
        world.advance(300)

    moulded(world, f"launch {options} for neighbours", make)


def health(world: Any) -> str:
    parameters = {"EnvironmentName": "shop-web", "AttributeNames": ["HealthStatus"]}
    return str(world.client.describe_environment_health(**parameters)["HealthStatus"])


def first(world: Any) -> str:
    return next(iter(world.store.world("123456789012", "us-east-1").fleet(environment_id(world))))


def environment_id(world: Any) -> str:
    return str(world.client.describe_environments(EnvironmentNames=["shop-web"])["Environments"][0]["EnvironmentId"])


def group(world: Any) -> str:
    return str(resources(world, "shop-web")["AutoScalingGroups"][0]["Name"])


def kill(world: Any) -> None:
    neighbour_of(world, "ec2").terminate_instances(InstanceIds=[first(world)])


def kill_all(world: Any) -> None:
    neighbour_of(world, "ec2").terminate_instances(InstanceIds=instance_ids(world, "shop-web"))


def kill_in_group(world: Any) -> None:
    neighbour_of(world, "autoscaling").terminate_instance_in_auto_scaling_group(
        InstanceId=first(world), ShouldDecrementDesiredCapacity=False
    )


def grow(world: Any) -> None:
    neighbour_of(world, "autoscaling").set_desired_capacity(AutoScalingGroupName=group(world), DesiredCapacity=3)


def grow_and_shrink(world: Any) -> None:
    grow(world)
    world.advance(600)
    neighbour_of(world, "autoscaling").terminate_instance_in_auto_scaling_group(
        InstanceId=first(world), ShouldDecrementDesiredCapacity=True
    )


def shrink(world: Any) -> None:
    grow(world)
    world.advance(600)
    neighbour_of(world, "autoscaling").set_desired_capacity(AutoScalingGroupName=group(world), DesiredCapacity=2)


def kill_while_deploying(world: Any) -> None:
    world.client.update_environment(EnvironmentName="shop-web", VersionLabel="v2")
    world.advance(25)
    kill(world)
    world.until_ready("shop-web")


def kill_and_deploy(world: Any) -> None:
    kill(world)
    world.advance(100)
    world.client.update_environment(EnvironmentName="shop-web", VersionLabel="v2")
    world.until_ready("shop-web")


def take_out(world: Any) -> None:
    elbv2, target = neighbour_of(world, "elbv2"), {"Id": first(world)}
    arn = elbv2.describe_target_groups()["TargetGroups"][0]["TargetGroupArn"]
    elbv2.deregister_targets(TargetGroupArn=arn, Targets=[target])
    world.advance(100)
    assert health(world) not in ("Ok", "Info")
    health_of_targets = elbv2.describe_target_health(TargetGroupArn=arn)["TargetHealthDescriptions"]
    assert [target["TargetHealth"]["State"] for target in health_of_targets] == ["healthy"]
    elbv2.register_targets(TargetGroupArn=arn, Targets=[target])


STORIES: dict[str, tuple[list[Any], Callable[[Any], None], int]] = {
    "neighbour-ec2-terminates": (TWO, kill, 2),
    "neighbour-ec2-terminates-all": (TWO, kill_all, 2),
    "neighbour-ec2-terminates-single": (SINGLE, kill, 1),
    "neighbour-group-terminates": (TWO, kill_in_group, 2),
    "neighbour-group-grows": (TWO, grow, 3),
    "neighbour-group-shrinks": (TWO, shrink, 2),
    "neighbour-group-terminates-and-shrinks": (TWO, grow_and_shrink, 2),
    "neighbour-ec2-terminates-while-deploying": (ROLLING, kill_while_deploying, 2),
    "neighbour-deploys-while-replacing": (ROLLING, kill_and_deploy, 2),
    "neighbour-target-leaves": (TWO, take_out, 2),
}


@pytest.mark.parametrize("story", STORIES)
def test_a_fact_of_a_neighbour_has_its_story(shop: Any, golden: Callable[..., None], story: str) -> None:
    options, act, size = STORIES[story]
    launch(shop, options)
    mark = shop.now
    act(shop)
    assert shop.client.describe_environments(EnvironmentNames=["shop-web"])["Environments"][0]["Status"] == "Ready"
    shop.advance(900)
    assert health(shop) == "Ok"
    assert len(instance_ids(shop, "shop-web")) == size
    golden(story, [event for event in shop.events() if event.at >= mark], aftermath(shop, "shop-web"))
