"""EC2's view of environments: their instances, and the addresses of single ones."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from beanpole.model.environment.instance import Instance, State
from beanpole.model.environment.losses import Loss
from beanpole.model.options.namespaces import LAUNCH_CONFIGURATION
from beanpole.neighbours import autoscaling, derived, devices, launch_templates, security_groups
from beanpole.neighbours.listing import Item, Listing, Pages, missing
from beanpole.neighbours.owners import Owner
from beanpole.wire.errors import ProtocolError
from beanpole.wire.schemas import Request

# The state of an instance, by the state here: its code and its name (EC2's API reference, InstanceState).
STATES: dict[State, tuple[int, str]] = {
    "pending": (0, "pending"),
    "running": (16, "running"),
    "deploying": (16, "running"),
    "terminating": (32, "shutting-down"),
}
TERMINATED = (48, "terminated")
# The members that every instance of an environment has alike.
_USUAL = {
    "ami_launch_index": 0,
    "root_device_type": "ebs",
    "virtualization_type": "hvm",
    "hypervisor": "xen",
    "ena_support": True,
    "source_dest_check": True,
    "ebs_optimized": False,
}


def no_such_instance(id_: str) -> ProtocolError:
    """The refusal of an unknown or malformed instance id."""
    if not id_.startswith("i-"):
        return ProtocolError("InvalidInstanceID.Malformed", f'Invalid id: "{id_}"')
    return ProtocolError("InvalidInstanceID.NotFound", f"The instance ID '{id_}' does not exist")


def instances(owners: Sequence[Owner], request: Request) -> Iterator[Item]:
    """A reservation for each instance; instances that a call terminated in the last hour are among them."""
    for owner in owners:
        endings = {loss.id: _ending(loss) for loss in owner.terminated}
        for instance in owner.listed:
            members = describe(owner, instance) | endings.get(instance.id, {})
            reservation = {
                "reservation_id": f"r-{instance.id[2:]}",
                "owner_id": owner.environment.account_id,
                "groups": [],
                "instances": [members],
            }
            tags = instance_tags(owner, instance)
            yield Item(instance.id, reservation, {"instance_ids": (instance.id,)}, _fields(members), tags)


def describe(owner: Owner, instance: Instance) -> dict[str, Any]:
    """An instance as DescribeInstances shows it."""
    code, state = STATES[instance.state]
    return {
        "instance_id": instance.id,
        "image_id": derived.image(owner),
        "state": {"code": code, "name": state},
        **_addresses(owner, instance),
        **_transition(autoscaling.ended(owner, instance) if instance.state == "terminating" else None),
        "key_name": owner.value(LAUNCH_CONFIGURATION, "EC2KeyName"),
        "instance_type": instance.instance_type,
        "launch_time": instance.launched_at // 1000 * 1000,
        "placement": {"availability_zone": instance.availability_zone, "group_name": "", "tenancy": "default"},
        "monitoring": {"state": derived.monitoring(owner)},
        "architecture": architecture(instance.instance_type),
        "root_device_name": devices.ROOT,
        **_USUAL,
        "iam_instance_profile": derived.profile(owner),
        "security_groups": security_groups.of_instances(owner),
        "block_device_mappings": devices.mappings(owner, instance),
        "network_interfaces": [devices.interface(owner, instance)],
        "metadata_options": _metadata_options(owner),
        "tags": derived.as_tags(instance_tags(owner, instance)),
        "platform": "windows" if "windows" in (owner.configuration.traits.platform or ()) else None,
    }


def _addresses(owner: Owner, instance: Instance) -> dict[str, Any]:
    """The addresses of the instance, and its subnet."""
    address = derived.public_address(owner, instance)
    return {
        "private_dns_name": derived.private_name(owner, instance),
        "public_dns_name": derived.public_name(owner, address),
        "private_ip_address": derived.private_address(instance),
        "public_ip_address": address,
        "subnet_id": derived.subnet(owner, instance.availability_zone),
        "vpc_id": derived.vpc(owner),
    }


def states_of(owner: Owner) -> Iterator[tuple[Instance, tuple[int, str]]]:
    """The instances of an environment that are listed, each with the code and the name of its state."""
    yield from ((instance, STATES[instance.state]) for instance in owner.fleet)
    yield from ((loss.instance, TERMINATED) for loss in owner.terminated)


def listed(owners: Sequence[Owner], request: Request) -> Iterator[Item]:
    """The listed instances by their ids alone."""
    for owner in owners:
        for instance in owner.listed:
            yield Item(instance.id, {}, {"instance_ids": (instance.id,), "instance_id": (instance.id,)})


def known(owners: Sequence[Owner], member: str) -> Iterator[str]:
    """The ids of all listed instances, with those that a list leaves out, as of those that do not run."""
    return (instance.id for owner in owners for instance in owner.listed if member == "instance_ids")


def _ending(loss: Loss) -> dict[str, Any]:
    """The members that differ in a terminated instance (EC2's API reference, StateReason)."""
    return {
        "state": {"code": TERMINATED[0], "name": TERMINATED[1]},
        **_transition(loss.at),
        "private_dns_name": "",
        "public_dns_name": "",
        "private_ip_address": None,
        "public_ip_address": None,
        "subnet_id": None,
        "vpc_id": None,
        "security_groups": [],
        "block_device_mappings": [],
        "network_interfaces": [],
    }


def _metadata_options(owner: Owner) -> dict[str, Any]:
    """The access to the instance metadata; images of Amazon Linux 2023 require a token (developer guide, IMDSv1)."""
    wants_token = owner.configuration.boolean(LAUNCH_CONFIGURATION, "DisableIMDSv1")
    return {
        "state": "applied",
        "http_tokens": "required" if wants_token else "optional",
        "http_put_response_hop_limit": 2,
        "http_endpoint": "enabled",
    }


def _transition(at: int | None) -> dict[str, Any]:
    """The reason of the state; it is empty until a call terminates the instance."""
    if at is None:
        return {"state_transition_reason": ""}
    when, code = datetime.fromtimestamp(at / 1000, UTC), "Client.UserInitiatedShutdown"
    return {
        "state_transition_reason": f"User initiated ({when:%Y-%m-%d %H:%M:%S} GMT)",
        "state_reason": {"code": code, "message": f"{code}: User initiated shutdown"},
    }


def instance_tags(owner: Owner, instance: Instance) -> dict[str, str]:
    """The tags of the environment, of its stack and of the group of the instance."""
    tags = derived.tags_of(owner, derived.GROUP, derived.stack_of(instance.group))
    return {**tags, "aws:autoscaling:groupName": instance.group}


def statuses(owners: Sequence[Owner], request: Request) -> Iterator[Item]:
    """The status checks of EC2; those of running instances alone, unless the request includes all."""
    for owner in owners:
        for instance, (code, state) in states_of(owner):
            if state != "running" and not request.include_all_instances:
                continue
            status = _checks(instance)
            members = {
                "instance_id": instance.id,
                "availability_zone": instance.availability_zone,
                "instance_state": {"code": code, "name": state},
                "instance_status": status,
                "system_status": status,
            }
            fields = {
                "availability-zone": (instance.availability_zone,),
                "instance-state-code": (str(code),),
                "instance-state-name": (state,),
                "instance-status.status": (str(status["status"]),),
                "system-status.status": (str(status["status"]),),
            }
            yield Item(instance.id, members, {"instance_ids": (instance.id,)}, fields)


def address_association_id(instance: Instance) -> str:
    """The id of the association of an instance with an Elastic IP address."""
    return f"eipassoc-{instance.id[2:]}"


def addresses(owners: Sequence[Owner], request: Request) -> Iterator[Item]:
    """The Elastic IP address of each single instance."""
    for owner in owners:
        resource = owner.environment.resource("elastic-ip")
        if resource is None:
            continue
        instance = derived.single_instance(owner)
        members = {
            "public_ip": resource.name,
            "allocation_id": derived.allocation_id(resource),
            "association_id": None if instance is None else address_association_id(instance),
            "domain": "vpc",
            "instance_id": None if instance is None else instance.id,
            "private_ip_address": None if instance is None else derived.private_address(instance),
        }
        tags = derived.tags_of(owner, "AWSEBEIP")
        names = {"public_ips": (resource.name,), "allocation_ids": (str(members["allocation_id"]),)}
        fields = {name.replace("_", "-"): _values(value) for name, value in members.items()}
        yield Item(resource.name, {**members, "tags": derived.as_tags(tags)}, names, fields, tags)


def _fields(members: dict[str, Any]) -> dict[str, Iterable[str]]:
    """The values by the names of the filters of DescribeInstances."""
    plain = (
        "image_id", "instance_type", "key_name", "launch_time", "private_dns_name", "private_ip_address", "subnet_id",
        "vpc_id", "architecture", "root_device_type", "virtualization_type", "hypervisor", "platform", "instance_id",
    )  # fmt: skip  # a list of names
    groups = members["security_groups"]
    return {
        **{name.replace("_", "-"): _values(members[name]) for name in plain},
        "availability-zone": (members["placement"]["availability_zone"],),
        "dns-name": (members["public_dns_name"],),
        "ip-address": _values(members["public_ip_address"]),
        "instance-state-code": (str(members["state"]["code"]),),
        "instance-state-name": (members["state"]["name"],),
        "instance.group-id": [group["group_id"] for group in groups],
        "instance.group-name": [group["group_name"] for group in groups],
        "iam-instance-profile.arn": _values((members["iam_instance_profile"] or {}).get("arn")),
        "block-device-mapping.volume-id": [volume["ebs"]["volume_id"] for volume in members["block_device_mappings"]],
        "network-interface.network-interface-id": [
            interface["network_interface_id"] for interface in members["network_interfaces"]
        ],
        "reservation-id": (f"r-{members['instance_id'][2:]}",),
        "tenancy": ("default",),
    }


def _values(value: object) -> tuple[str, ...]:
    return () if value is None else (str(value),)


def _checks(instance: Instance) -> dict[str, Any]:
    """The status checks: they are not complete while an instance boots, and do not depend on the application."""
    status, detail = {
        "pending": ("initializing", "initializing"),
        "running": ("ok", "passed"),
        "deploying": ("ok", "passed"),
        "terminating": ("not-applicable", None),
    }[instance.state]
    details = [] if detail is None else [{"name": "reachability", "status": detail}]
    return {"status": status, "details": details}


def architecture(instance_type: str) -> str:
    """The architecture of a type: Graviton types have a g after the generation (EC2's guide to instance type names)."""
    family = instance_type.partition(".")[0]
    return "arm64" if "g" in family.lstrip("abcdefghijklmnopqrstuvwxyz") or family == "a1" else "x86_64"


_PAGES = Pages()
LISTINGS = {
    "DescribeInstances": Listing(instances, "reservations", "Instances", {"instance_ids": no_such_instance}, _PAGES),
    "DescribeInstanceStatus": Listing(
        statuses, "instance_statuses", "InstanceId", {"instance_ids": no_such_instance}, _PAGES, known=known
    ),
    "DescribeSecurityGroups": security_groups.LISTING,
    "DescribeAddresses": Listing(
        addresses,
        "addresses",
        "PublicIp",
        {
            "public_ips": missing("InvalidAddress.NotFound", "Address '{name}' not found."),
            "allocation_ids": missing("InvalidAllocationID.NotFound", "The allocation ID '{name}' does not exist"),
        },
    ),
    **launch_templates.LISTINGS,
}
