"""The calls about health."""

WINDOWS = "64bit Windows Server 2025 v2.23.4 running IIS 10.0"


def whole(world, *names, **named):
    answer = world.client.describe_environment_health(
        **(named or {"EnvironmentName": "web1"}), AttributeNames=list(names or ["All"])
    )
    del answer["ResponseMetadata"]
    return answer


def of_instances(world, *names, **more):
    answer = world.client.describe_instances_health(
        EnvironmentName="web1", AttributeNames=list(names or ["All"]), **more
    )
    del answer["ResponseMetadata"]
    return answer
