"""The tags of the resources of environments, each an element of a list."""

from collections.abc import Iterator, Mapping, Sequence

from beanpole.model.environment.resources import KINDS
from beanpole.neighbours import autoscaling, derived, devices, ec2
from beanpole.neighbours.listing import Item, Listing, Pages
from beanpole.neighbours.owners import Owner
from beanpole.neighbours.security_groups import DESCRIPTIONS
from beanpole.wire.schemas import Request


def of_ec2(owners: Sequence[Owner], request: Request) -> Iterator[Item]:
    """The tags of instances, security groups, launch templates and Elastic IP addresses."""
    for owner in owners:
        terminated = [(loss.id, "instance", ec2.instance_tags(owner, loss.instance)) for loss in owner.terminated]
        for id_, type_, tags in (*tagged_in_ec2(owner), *terminated):
            for key, value in sorted(tags.items()):
                members = {"key": key, "resource_id": id_, "resource_type": type_, "value": value}
                fields = {"resource-id": (id_,), "resource-type": (type_,)}
                yield Item(f"{id_} {key}", members, {}, fields, {key: value})


def tagged_in_ec2(owner: Owner) -> Iterator[tuple[str, str, Mapping[str, str]]]:
    """The id, the type and the tags of each resource of an environment in EC2."""
    for instance in owner.fleet:
        yield instance.id, "instance", ec2.instance_tags(owner, instance)
        propagated = devices.propagated_tags(owner)
        yield from ((volume.id, "volume", propagated) for volume in devices.volumes_of(owner, instance))
        yield devices.interface_id(instance), "network-interface", propagated
    for resource in owner.environment.resources:
        if resource.kind in DESCRIPTIONS:
            id_, type_ = derived.security_group_id(resource), "security-group"
        elif resource.kind == "launch-template":
            id_, type_ = resource.name, "launch-template"
        elif resource.kind == "elastic-ip":
            id_, type_ = derived.allocation_id(resource), "elastic-ip"
        else:
            continue
        yield id_, type_, derived.tags_of(owner, KINDS[resource.kind].logical_id)


def of_auto_scaling(owners: Sequence[Owner], request: Request) -> Iterator[Item]:
    """The tags of groups."""
    for owner in owners:
        for group in autoscaling.groups_of(owner):
            tags = derived.tags_of(owner, derived.GROUP, derived.stack_of(group.name))
            for members in autoscaling.tags_of(group, tags):
                fields = {"auto-scaling-group": (group.name,), "propagate-at-launch": ("true",)}
                key, value = str(members["key"]), str(members["value"])
                yield Item(f"{group.name} {key}", members, {}, fields, {key: value})


OF_EC2 = {"DescribeTags": Listing(of_ec2, "tags", "ResourceId", {}, Pages())}
OF_AUTO_SCALING = {
    "DescribeTags": Listing(of_auto_scaling, "tags", "ResourceId", {}, Pages(size="max_records", usual=50))
}
