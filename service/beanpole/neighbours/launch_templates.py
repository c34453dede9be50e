"""EC2's view of the launch templates of environments."""

from collections.abc import Iterator, Sequence
from typing import Any

from beanpole.model.environment.resources import Resource
from beanpole.model.options.namespaces import LAUNCH_CONFIGURATION
from beanpole.neighbours import derived, security_groups
from beanpole.neighbours.listing import Item, Listing, Pages, missing
from beanpole.neighbours.owners import Owner
from beanpole.wire.schemas import Request


def launch_templates(owners: Sequence[Owner], request: Request) -> Iterator[Item]:
    """The launch template of each group."""
    for owner, resource in _launch_templates(owners):
        name, tags = derived.launch_template_name(owner, resource), derived.tags_of(owner, "AWSEBEC2LaunchTemplate")
        members = {
            "launch_template_id": resource.name,
            "launch_template_name": name,
            "create_time": _creation_time(owner),
            "created_by": _creator(owner),
            "default_version_number": 1,
            "latest_version_number": 1,
            "tags": derived.as_tags(tags),
        }
        names = {"launch_template_ids": (resource.name,), "launch_template_names": (name,)}
        yield Item(resource.name, members, names, {"launch-template-name": (name,)}, tags)


def launch_template_versions(owners: Sequence[Owner], request: Request) -> Iterator[Item]:
    """The one version of each launch template, with the data of the present options."""
    versions = set(request.versions or ())
    for owner, resource in _launch_templates(owners):
        if versions and versions.isdisjoint({"1", "$Latest", "$Default"}):
            continue
        name = derived.launch_template_name(owner, resource)
        members = {
            "launch_template_id": resource.name,
            "launch_template_name": name,
            "version_number": 1,
            "create_time": _creation_time(owner),
            "created_by": _creator(owner),
            "default_version": True,
            "launch_template_data": _template_data(owner),
        }
        names = {"launch_template_id": (resource.name,), "launch_template_name": (name,)}
        yield Item(resource.name, members, names)


def _template_data(owner: Owner) -> dict[str, Any]:
    profile = derived.profile_name(owner)
    groups = security_groups.of_instances(owner)
    return {
        "image_id": derived.image(owner),
        "instance_type": next((instance.instance_type for instance in reversed(owner.fleet)), None),
        "key_name": owner.value(LAUNCH_CONFIGURATION, "EC2KeyName"),
        "iam_instance_profile": None if profile is None else {"name": profile},
        "security_group_ids": [group["group_id"] for group in groups],
        "monitoring": {"enabled": derived.monitoring(owner) == "enabled"},
    }


def _launch_templates(owners: Sequence[Owner]) -> Iterator[tuple[Owner, Resource]]:
    for owner in owners:
        resource = owner.environment.resource("launch-template")
        if resource is not None:
            yield owner, resource


def _creation_time(owner: Owner) -> int:
    return owner.environment.date_created // 1000 * 1000


def _creator(owner: Owner) -> str:
    """The ARN of the role with which the service creates resources (developer guide, iam-servicerole)."""
    rest = "assumed-role/aws-elasticbeanstalk-service-role/ElasticBeanstalk"
    return derived.global_arn(owner.environment, "sts", rest)


_NO_ID = missing(
    "InvalidLaunchTemplateId.NotFound", "The specified launch template, with template ID {name}, does not exist."
)
_NO_NAME = missing(
    "InvalidLaunchTemplateName.NotFoundException",
    "At least one of the launch templates specified in the request does not exist.",
)
LISTINGS = {
    "DescribeLaunchTemplates": Listing(
        launch_templates,
        "launch_templates",
        "LaunchTemplateId",
        {"launch_template_ids": _NO_ID, "launch_template_names": _NO_NAME},
        Pages(),
    ),
    "DescribeLaunchTemplateVersions": Listing(
        launch_template_versions,
        "launch_template_versions",
        "LaunchTemplateId",
        {"launch_template_id": _NO_ID, "launch_template_name": _NO_NAME},
        Pages(),
    ),
}
