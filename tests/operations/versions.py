"""Application versions of the shop."""

from environments import STACK

BUNDLE = {"S3Bucket": "bucket", "S3Key": "shop/v1.zip"}
GOOD = {"app.py": "", ".ebextensions/a.config": "option_settings: [{option_name: COLOUR, value: green}]"}


def create(world, label="v1", **more):
    parameters = {"ApplicationName": "shop", "VersionLabel": label} | more
    return world.client.create_application_version(**parameters)["ApplicationVersion"]


def launch_web1(world):
    world.client.create_environment(
        ApplicationName="shop",
        EnvironmentName="web1",
        VersionLabel="v1",
        SolutionStackName=STACK,
    )
