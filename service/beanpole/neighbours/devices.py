"""EC2's view of the devices of instances: their volumes and their network interfaces.

Which volumes an instance has follows from the options (developer guide, command-options-general: RootVolumeType and its
like, BlockDeviceMappings); their defaults are those of the image [I].
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from beanpole.model.environment.instance import Instance
from beanpole.model.options.namespaces import LAUNCH_CONFIGURATION
from beanpole.neighbours import derived, security_groups
from beanpole.neighbours.listing import Item, by_id
from beanpole.neighbours.owners import Owner
from beanpole.wire.schemas import Request

ROOT = "/dev/xvda"
USUAL_SIZE, USUAL_TYPE = 10, "gp3"  # GiB and type of the root volume of an image of Amazon Linux 2023 [I]
IOPS, THROUGHPUT = {"gp3": 3000, "gp2": 100}, {"gp3": 125}  # where no option names them (EC2's guide, ebs-volume-types)


class Volume(NamedTuple):
    """A volume of an instance at a device; an `iops` of 0 has no meaning for its type."""

    id: str
    device: str
    size: int
    type: str
    iops: int = 0
    throughput: int = 0
    is_kept: bool = False
    snapshot: str = ""


def volumes_of(owner: Owner, instance: Instance) -> list[Volume]:
    """The volumes of an instance, the root volume first."""
    type_ = owner.value(LAUNCH_CONFIGURATION, "RootVolumeType") or USUAL_TYPE
    root = Volume(
        _volume_id(instance, ROOT),
        ROOT,
        owner.configuration.integer(LAUNCH_CONFIGURATION, "RootVolumeSize", USUAL_SIZE),
        type_,
        owner.configuration.integer(LAUNCH_CONFIGURATION, "RootVolumeIOPS", IOPS.get(type_, 0)),
        owner.configuration.integer(LAUNCH_CONFIGURATION, "RootVolumeThroughput", THROUGHPUT.get(type_, 0)),
        snapshot=f"snap-{derived.hexadecimal('snapshot', derived.image(owner))}",
    )
    mappings = (owner.value(LAUNCH_CONFIGURATION, "BlockDeviceMappings") or "").split(",")
    return [root, *(volume for mapping in mappings if (volume := _mapped(instance, mapping.strip())) is not None)]


def _mapped(instance: Instance, mapping: str) -> Volume | None:
    """The volume of a mapping `device=snapshot:size:delete:type:iops`; None for another one, as of a local disk."""
    device, _, rest = mapping.partition("=")
    snapshot, size, deletes, type_, iops, *_ = (*rest.split(":"), "", "", "", "", "")
    if not device or rest.startswith("ephemeral") or not (snapshot or size):
        return None
    return Volume(
        _volume_id(instance, device),
        device,
        int(size) if size.isdecimal() else USUAL_SIZE,
        type_ or "gp2",
        int(iops) if iops.isdecimal() else IOPS.get(type_ or "gp2", 0),
        THROUGHPUT.get(type_, 0),
        deletes.lower() == "false",
        snapshot,
    )


def _volume_id(instance: Instance, device: str) -> str:
    return f"vol-{derived.hexadecimal('volume', f'{instance.id} {device}')}"


def interface_id(instance: Instance) -> str:
    """The id of the network interface of an instance."""
    return f"eni-{derived.hexadecimal('interface', instance.id)}"


def attachment_id(instance: Instance) -> str:
    """The id of the attachment of that interface."""
    return f"eni-attach-{derived.hexadecimal('attachment', instance.id)}"


def volumes(owners: Sequence[Owner], request: Request) -> Iterator[Item]:
    """The volumes of the instances that are not terminated."""
    for owner in owners:
        tags = propagated_tags(owner)
        for instance in owner.fleet:
            yield from (_volume(instance, volume, tags) for volume in volumes_of(owner, instance))


def _volume(instance: Instance, volume: Volume, tags: dict[str, str]) -> Item:
    attachment = {
        **_attachment(instance, volume),
        "device": volume.device,
        "instance_id": instance.id,
        "state": "attached",
    }
    own = {
        "availability_zone": instance.availability_zone,
        "create_time": _launch_time(instance),
        "encrypted": False,
        "multi_attach_enabled": False,
        "size": volume.size,
        "snapshot_id": volume.snapshot,
        "volume_id": volume.id,
        "volume_type": volume.type,
    }
    members = {
        **own,
        "attachments": [attachment],
        "iops": volume.iops or None,
        "state": "in-use",
        "tags": derived.as_tags(tags),
        "throughput": volume.throughput or None,
    }
    fields = {**_texts("attachment", {**attachment, "status": "attached"}), **_texts("", own), "status": ("in-use",)}
    return Item(volume.id, members, {"volume_ids": (volume.id,)}, fields, tags)


def _attachment(instance: Instance, volume: Volume) -> dict[str, Any]:
    """The members of an attachment of a volume that every answer shows."""
    return {
        "attach_time": _launch_time(instance),
        "delete_on_termination": not volume.is_kept,
        "volume_id": volume.id,
    }


def mappings(owner: Owner, instance: Instance) -> list[dict[str, Any]]:
    """The volumes of an instance, as the instance shows them."""
    return [
        {
            "device_name": volume.device,
            "ebs": {**_attachment(instance, volume), "status": "attached"},
        }
        for volume in volumes_of(owner, instance)
    ]


def interface(owner: Owner, instance: Instance) -> dict[str, Any]:
    """The network interface of an instance, as the instance shows it."""
    address, public = derived.private_address(instance), derived.public_address(owner, instance)
    association = _association(owner, public)
    name = derived.private_name(owner, instance)
    return {
        "association": association,
        "attachment": {
            "attach_time": _launch_time(instance),
            "attachment_id": attachment_id(instance),
            "delete_on_termination": True,
            "device_index": 0,
            "status": "attached",
        },
        "description": "",
        "groups": security_groups.of_instances(owner),
        "interface_type": "interface",
        "mac_address": _hardware_address(instance),
        "network_interface_id": interface_id(instance),
        "owner_id": owner.environment.account_id,
        "private_dns_name": name,
        "private_ip_address": address,
        "private_ip_addresses": [
            {"association": association, "primary": True, "private_dns_name": name, "private_ip_address": address}
        ],
        "source_dest_check": True,
        "status": "in-use",
        "subnet_id": derived.subnet(owner, instance.availability_zone),
        "vpc_id": derived.vpc(owner),
    }


def _hardware_address(instance: Instance) -> str:
    digits = derived.hexadecimal("hardware-address", instance.id)
    return "0a:" + ":".join(digits[at : at + 2] for at in range(0, 10, 2))


def interfaces(owners: Sequence[Owner], request: Request) -> Iterator[Item]:
    """The network interfaces of the instances that are not terminated."""
    for owner in owners:
        for instance in owner.fleet:
            yield _interface(owner, instance)


def _interface(owner: Owner, instance: Instance) -> Item:
    members, tags = interface(owner, instance), propagated_tags(owner)
    members["attachment"] |= {"instance_id": instance.id, "instance_owner_id": owner.environment.account_id}
    members |= {
        "availability_zone": instance.availability_zone,
        "requester_managed": False,
        "tag_set": derived.as_tags(tags),
    }
    plain = (
        *("description", "mac_address", "network_interface_id", "owner_id", "private_dns_name", "private_ip_address"),
        *("requester_managed", "source_dest_check", "status", "subnet_id", "vpc_id", "availability_zone"),
        "interface_type",
    )
    association, address = members["association"] or {}, members["private_ip_address"]
    fields = {
        **_texts("", {name: members[name] for name in plain}),
        **_texts("attachment", members["attachment"]),
        **_texts("association", association),
        "addresses.private-ip-address": (address,),
        "addresses.primary": ("true",),
        "addresses.association.public-ip": _texts("", association).get("public-ip", ()),
        "group-id": [group["group_id"] for group in members["groups"]],
        "group-name": [group["group_name"] for group in members["groups"]],
    }
    id_ = members["network_interface_id"]
    return Item(id_, members, {"network_interface_ids": (id_,)}, fields, tags)


def _association(owner: Owner, address: str | None) -> dict[str, str] | None:
    if address is None:
        return None
    elastic = owner.environment.resource("elastic-ip")
    is_elastic = elastic is not None and elastic.name == address
    return {
        "ip_owner_id": owner.environment.account_id if is_elastic else "amazon",
        "public_dns_name": derived.public_name(owner, address),
        "public_ip": address,
    }


def propagated_tags(owner: Owner) -> dict[str, str]:
    """The tags of volumes and network interfaces (developer guide, applications-tagging-resources-launch-templates)."""
    propagates = owner.configuration.boolean(LAUNCH_CONFIGURATION, "LaunchTemplateTagPropagationEnabled")
    return owner.tags if propagates else {}


def _launch_time(instance: Instance) -> int:
    return instance.launched_at // 1000 * 1000


def _texts(prefix: str, members: dict[str, Any]) -> dict[str, Iterable[str]]:
    """The members as values of filters, which EC2 names with hyphens, by a prefix."""
    start = f"{prefix}." if prefix else ""
    return {f"{start}{name.replace('_', '-')}": _text(value) for name, value in members.items()}


def _text(value: object) -> tuple[str, ...]:
    if value is None:
        return ()
    return (str(value).lower() if isinstance(value, bool) else str(value),)


LISTINGS = {
    "DescribeVolumes": by_id(
        volumes, "volumes", "VolumeId", "volume_ids", "InvalidVolume.NotFound", "The volume '{name}' does not exist."
    ),
    "DescribeNetworkInterfaces": by_id(
        interfaces,
        "network_interfaces",
        "NetworkInterfaceId",
        "network_interface_ids",
        "InvalidNetworkInterfaceID.NotFound",
        "The networkInterface ID '{name}' does not exist",
    ),
}
