"""EC2's answers about one instance or one VPC: attributes, credits of the processor, instance profiles, the console."""

from base64 import b64encode
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from beanpole.model.changes.change import Change
from beanpole.model.environment.instance import Instance
from beanpole.model.logs import server_logs
from beanpole.neighbours import derived, devices, ec2, networks, security_groups
from beanpole.neighbours.listing import Item, Listing, Pages, missing
from beanpole.neighbours.owners import Owner
from beanpole.wire.errors import ProtocolError
from beanpole.wire.schemas import Request

# The member of the answer and its value, by the name of the attribute (EC2's API reference, DescribeInstanceAttribute).
# The user data is Elastic Beanstalk's own, and no page has it.
ATTRIBUTES: dict[str, Callable[[Owner, Instance], tuple[str, Any]]] = {
    "blockDeviceMapping": lambda owner, instance: ("block_device_mappings", devices.mappings(owner, instance)),
    "disableApiStop": lambda owner, instance: ("disable_api_stop", {"value": False}),
    "disableApiTermination": lambda owner, instance: ("disable_api_termination", {"value": False}),
    "ebsOptimized": lambda owner, instance: ("ebs_optimized", {"value": False}),
    "enaSupport": lambda owner, instance: ("ena_support", {"value": True}),
    "enclaveOptions": lambda owner, instance: ("enclave_options", {"enabled": False}),
    "groupSet": lambda owner, instance: ("groups", security_groups.of_instances(owner)),
    "instanceInitiatedShutdownBehavior": lambda owner, instance: (
        "instance_initiated_shutdown_behavior",
        {"value": "terminate"},
    ),
    "instanceType": lambda owner, instance: ("instance_type", {"value": instance.instance_type}),
    "kernel": lambda owner, instance: ("kernel_id", {}),
    "productCodes": lambda owner, instance: ("product_codes", []),
    "ramdisk": lambda owner, instance: ("ramdisk_id", {}),
    "rootDeviceName": lambda owner, instance: ("root_device_name", {"value": devices.ROOT}),
    "sourceDestCheck": lambda owner, instance: ("source_dest_check", {"value": True}),
    "sriovNetSupport": lambda owner, instance: ("sriov_net_support", {}),
    "userData": lambda owner, instance: ("user_data", {}),
}
# Those of what a terminated instance has no more.
OF_A_LIVING_INSTANCE = ("blockDeviceMapping", "groupSet")
# Those of a default VPC (VPC's guide, vpc-dns).
OF_VPCS = {
    "enableDnsHostnames": ("enable_dns_hostnames", True),
    "enableDnsSupport": ("enable_dns_support", True),
    "enableNetworkAddressUsageMetrics": ("enable_network_address_usage_metrics", False),
}


def instance_attribute(owners: Sequence[Owner], request: Request, ids: Sequence[str]) -> tuple[list[Change], Any]:
    """One attribute of an instance."""
    owner, instance = _instance(owners, ids)
    attribute = ATTRIBUTES.get(request.attribute)
    if attribute is None:
        raise _no_attribute(request.attribute)
    member, value = attribute(owner, instance)
    if request.attribute in OF_A_LIVING_INSTANCE and any(loss.id == instance.id for loss in owner.terminated):
        value = []
    return [], {"instance_id": instance.id, member: value}


def vpc_attribute(owners: Sequence[Owner], request: Request, ids: Sequence[str]) -> tuple[list[Change], Any]:
    """One attribute of the VPC of instances."""
    if request.attribute not in OF_VPCS:
        raise _no_attribute(request.attribute)
    member, value = OF_VPCS[request.attribute]
    return [], {"vpc_id": ids[0], member: {"value": value}}


def console_output(owners: Sequence[Owner], request: Request, ids: Sequence[str]) -> tuple[list[Change], Any]:
    """The output of the console of an instance, which the first start writes to."""
    owner, instance = _instance(owners, ids)
    lines = () if owner.view is None else server_logs.cloud_init(owner.view(instance))
    output = "".join(f"{line}\n" for line in lines)
    return [], {
        "instance_id": instance.id,
        "output": b64encode(output.encode()).decode(),
        "timestamp": owner.now // 1000 * 1000,
    }


def credits(owners: Sequence[Owner], request: Request) -> Iterator[Item]:
    """The credits of burstable instances (EC2's guide, burstable-performance-instances)."""
    for owner in owners:
        for instance in owner.listed:
            family = instance.instance_type.partition(".")[0]
            if family.startswith("t"):
                members = {"instance_id": instance.id, "cpu_credits": "standard" if family == "t2" else "unlimited"}
                yield Item(instance.id, members, {"instance_ids": (instance.id,)})


def association_id(instance: Instance) -> str:
    """The id of the association of an instance with its instance profile."""
    return f"iip-assoc-{derived.hexadecimal('profile-association', instance.id)}"


def profile_associations(owners: Sequence[Owner], request: Request) -> Iterator[Item]:
    """The association of each instance with the instance profile of the options."""
    for owner in owners:
        profile = derived.profile(owner)
        for instance in owner.fleet if profile is not None else ():
            id_ = association_id(instance)
            members = {
                "association_id": id_,
                "instance_id": instance.id,
                "iam_instance_profile": profile,
                "state": "associated",
            }
            fields = {"instance-id": (instance.id,), "state": ("associated",)}
            yield Item(id_, members, {"association_ids": (id_,)}, fields)


def _instance(owners: Sequence[Owner], ids: Sequence[str]) -> tuple[Owner, Instance]:
    return next((owner, instance) for owner in owners for instance in owner.listed if instance.id in ids)


def vpcs(owners: Sequence[Owner], request: Request) -> Iterator[Item]:
    """The VPC of the instances by its id alone."""
    for owner in networks.by_default(owners):
        yield Item(derived.vpc(owner), {}, {"vpc_id": (derived.vpc(owner),)})


def _no_attribute(name: str) -> ProtocolError:
    return ProtocolError("InvalidParameterValue", f"Value ({name}) for parameter attribute is invalid.")


ONE_INSTANCE = Listing(ec2.listed, "", "", {"instance_id": ec2.no_such_instance}, None, None)
ONE_VPC = Listing(
    vpcs, "", "", {"vpc_id": missing("InvalidVpcID.NotFound", "The vpc ID '{name}' does not exist")}, None, None
)
LISTINGS = {
    "DescribeInstanceCreditSpecifications": Listing(
        credits,
        "instance_credit_specifications",
        "InstanceId",
        {"instance_ids": ec2.no_such_instance},
        Pages(),
        known=ec2.known,
    ),
    "DescribeIamInstanceProfileAssociations": Listing(
        profile_associations,
        "iam_instance_profile_associations",
        "AssociationId",
        {"association_ids": missing("InvalidAssociationID.NotFound", "The association ID '{name}' does not exist")},
        Pages(),
    ),
}
