"""EC2's view of the network of instances whose options name no VPC: a VPC, and a subnet in each zone.

It is the account's default VPC. A companion in this process has the same one, and then all answers about it are the
companion's. A companion at an address has a default VPC of its own and does not know ours; so ours is listed only if
the request has an id of it, for a client may create its own resources in whatever an unfiltered list shows.
"""

from collections.abc import Iterator, Sequence

from beanpole.model.names import default_network
from beanpole.model.options.namespaces import VPC
from beanpole.neighbours import derived
from beanpole.neighbours.listing import Item, Listing, Pages, missing
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
        is_default = (str(owner.is_alone).lower(),)
        fields = {
            "vpc-id": (id_,),
            "state": ("available",),
            "cidr": (default_network.BLOCK,),
            "owner-id": (account_id,),
            "is-default": is_default,
            "isDefault": is_default,
        }
        yield Item(id_, members, {"vpc_ids": (id_,)}, fields)


def subnets(owners: Sequence[Owner], request: Request) -> Iterator[Item]:
    """The subnets of the VPC."""
    for owner in listed(owners, request, request.subnet_ids):
        for zone in derived.zones(owner):
            id_, block = derived.subnet(owner, zone), default_network.block(zone)
            is_default = (str(owner.is_alone).lower(),)
            members = {
                "subnet_id": id_,
                "state": "available",
                "vpc_id": derived.vpc(owner),
                "cidr_block": block,
                "available_ip_address_count": _ADDRESSES,
                "availability_zone": zone,
                "default_for_az": owner.is_alone,
                "map_public_ip_on_launch": True,
                "assign_ipv6_address_on_creation": False,
                "owner_id": owner.environment.account_id,
                "subnet_arn": derived.arn(owner.environment, "ec2", f"subnet/{id_}"),
                "tags": [],
            }
            fields = {
                "subnet-id": (id_,),
                "state": ("available",),
                "vpc-id": (derived.vpc(owner),),
                "cidr-block": (block,),
                "availability-zone": (zone,),
                "owner-id": (owner.environment.account_id,),
                "default-for-az": is_default,
                "defaultForAz": is_default,
                "map-public-ip-on-launch": ("true",),
            }
            yield Item(id_, members, {"subnet_ids": (id_,)}, fields)


def by_default(owners: Sequence[Owner]) -> Sequence[Owner]:
    """One of the owners whose options name no VPC, for all of them have the same; none if the options of all do.

    None either if the companion has that VPC.
    """
    return [owner for owner in in_default(owners) if not owner.shares_network][:1]


def in_default(owners: Sequence[Owner]) -> list[Owner]:
    """The owners whose options name no VPC."""
    return [owner for owner in owners if owner.value(VPC, "VPCId") is None]


def listed(owners: Sequence[Owner], request: Request, ids: Sequence[str] | None) -> Sequence[Owner]:
    """The same for a request with these ids, if its answer lists that VPC or a part of it."""
    has_id = bool(ids) or any((each.name or "").endswith("-id") for each in request.filters or ())
    return by_default([owner for owner in owners if owner.is_alone or has_id])


def subnets_of(owner: Owner) -> list[str]:
    """The ids of the subnets of that VPC."""
    return [derived.subnet(owner, zone) for zone in derived.zones(owner)]


LISTINGS = {
    "DescribeVpcs": Listing(
        vpcs,
        "vpcs",
        "VpcId",
        {"vpc_ids": missing("InvalidVpcID.NotFound", "The vpc ID '{name}' does not exist")},
        Pages(),
        knows_filters=False,
    ),
    "DescribeSubnets": Listing(
        subnets,
        "subnets",
        "SubnetId",
        {"subnet_ids": missing("InvalidSubnetID.NotFound", "The subnet ID '{name}' does not exist")},
        Pages(),
        knows_filters=False,
    ),
}
