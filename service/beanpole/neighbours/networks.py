"""EC2's view of the network of instances whose options name no VPC: a VPC, and a subnet in each zone.

It is the account's default VPC. A companion in this process has the same one, and then all answers about it are the
companion's. A companion at an address has a default VPC of its own and does not know ours; so ours is listed only if
the request has an id of it, for a client may create its own resources in whatever an unfiltered list shows.
"""

from collections.abc import Iterator, Sequence

from beanpole.model.names import default_network
from beanpole.model.options.namespaces import VPC
from beanpole.neighbours import derived
from beanpole.neighbours.listing import Item, by_id
from beanpole.neighbours.owners import Owner
from beanpole.wire.schemas import Request

_ADDRESSES = 2**12 - 5  # of a block of 20 bits, without AWS's own (VPC's guide, subnet-sizing)


def vpcs(owners: Sequence[Owner], request: Request) -> Iterator[Item]:
    """The VPC of the instances, one for all environments."""
    for owner in listed(owners, request, request.vpc_ids):
        id_, account_id = derived.vpc(owner), owner.environment.account_id
        members = {
            "vpc_id": id_,
            "state": "available",
            "cidr_block": default_network.BLOCK,
            "owner_id": account_id,
            "instance_tenancy": "default",
            "is_default": owner.is_alone,
            "tags": [],
        }
        fields = {
            "vpc-id": (id_,),
            "state": ("available",),
            "cidr": (default_network.BLOCK,),
            "owner-id": (account_id,),
            **_by_both_names("is-default", "isDefault", owner.is_alone),
        }
        yield Item(id_, members, {"vpc_ids": (id_,)}, fields)


def subnets(owners: Sequence[Owner], request: Request) -> Iterator[Item]:
    """The subnets of the VPC."""
    for owner in listed(owners, request, request.subnet_ids):
        for zone in derived.zones(owner):
            yield _subnet(owner, zone)


def _subnet(owner: Owner, zone: str) -> Item:
    id_, vpc_id, account_id = derived.subnet(owner, zone), derived.vpc(owner), owner.environment.account_id
    block = default_network.block(zone)
    members = {
        "subnet_id": id_,
        "state": "available",
        "vpc_id": vpc_id,
        "cidr_block": block,
        "available_ip_address_count": _ADDRESSES,
        "availability_zone": zone,
        "default_for_az": owner.is_alone,
        "map_public_ip_on_launch": True,
        "assign_ipv6_address_on_creation": False,
        "owner_id": account_id,
        "subnet_arn": derived.arn(owner.environment, "ec2", f"subnet/{id_}"),
        "tags": [],
    }
    fields = {
        "subnet-id": (id_,),
        "state": ("available",),
        "vpc-id": (vpc_id,),
        "cidr-block": (block,),
        "availability-zone": (zone,),
        "owner-id": (account_id,),
        **_by_both_names("default-for-az", "defaultForAz", owner.is_alone),
        "map-public-ip-on-launch": ("true",),
    }
    return Item(id_, members, {"subnet_ids": (id_,)}, fields)


def _by_both_names(name: str, older: str, value: bool) -> dict[str, tuple[str]]:
    """The value of a filter that EC2 takes by two names."""
    return dict.fromkeys((name, older), (str(value).lower(),))


def by_default(owners: Sequence[Owner]) -> Sequence[Owner]:
    """One of the owners whose options name no VPC, for all of them have the same; none if the options of all do.

    There is none either if the companion has that VPC.
    """
    return [owner for owner in in_default(owners) if not owner.shares_network][:1]


def in_default(owners: Sequence[Owner]) -> list[Owner]:
    """The owners whose options name no VPC."""
    return [owner for owner in owners if owner.value(VPC, "VPCId") is None]


def listed(owners: Sequence[Owner], request: Request, ids: Sequence[str] | None) -> Sequence[Owner]:
    """The owner whose default VPC, or a part of it, is listed in the answer to a request with these ids, if any is."""
    has_id = bool(ids) or any((condition.name or "").endswith("-id") for condition in request.filters or ())
    return by_default([owner for owner in owners if owner.is_alone or has_id])


def subnets_of(owner: Owner) -> list[str]:
    """The ids of the subnets of that VPC."""
    return [derived.subnet(owner, zone) for zone in derived.zones(owner)]


LISTINGS = {
    "DescribeVpcs": by_id(
        vpcs, "vpcs", "VpcId", "vpc_ids", "InvalidVpcID.NotFound", "The vpc ID '{name}' does not exist"
    ),
    "DescribeSubnets": by_id(
        subnets,
        "subnets",
        "SubnetId",
        "subnet_ids",
        "InvalidSubnetID.NotFound",
        "The subnet ID '{name}' does not exist",
    ),
}
