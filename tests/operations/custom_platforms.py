"""Custom platforms: builds, descriptions and events."""

import io
import zipfile

from beanpole.testing import ACCOUNT

BUNDLE = {"S3Bucket": "definitions", "S3Key": "nodejs.zip"}
OWN = f"arn:aws:elasticbeanstalk:us-east-1:{ACCOUNT}:platform"
ARN = f"{OWN}/NodeJS/1.0.0"
DEFINITION = """
version: "1.0"
provisioner: {type: packer, template: packer.json, flavor: ubuntu1604}
metadata:
  maintainer: somebody
  description: Node.js as we like it.
  operating_system_name: Ubuntu
  operating_system_version: 16.04
  programming_language_name: ECMAScript
  programming_language_version: ECMA-262
  framework_name: NodeJs
  framework_version: 4.4.4
"""


BARE = {"PlatformOwner": "self", "PlatformCategory": "custom", "SupportedTierList": [], "SupportedAddonList": []}
LONG = 1200  # simulated seconds, longer than any build


def ask(world, name="NodeJS", version="1.0.0", **more):
    parameters = {"PlatformName": name, "PlatformVersion": version, "PlatformDefinitionBundle": BUNDLE, **more}
    return world.client.create_platform_version(**parameters)


def build(world, name="NodeJS", version="1.0.0", **more):
    arn = ask(world, name, version, **more)["PlatformSummary"]["PlatformArn"]
    world.advance(LONG)
    return arn


def platform_rows(world, *filters):
    requested_filters = [{"Type": kind, "Operator": sign, "Values": [filter_]} for kind, sign, filter_ in filters]
    own = {"Type": "PlatformOwner", "Operator": "=", "Values": ["self"]}
    return world.client.list_platform_versions(Filters=[own, *requested_filters])["PlatformSummaryList"]


def archive(**files):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as file:
        for name, content in files.items():
            file.writestr(name.replace("_", "."), content)
    return packed.getvalue()
