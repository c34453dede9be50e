"""EC2's view of the parts of the VPC of instances: its main route table, its internet gateway and its network ACL.

A default VPC has one of each (VPC's guide, default-vpc-components).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from beanpole.model.names import default_network
from beanpole.neighbours import derived, networks
from beanpole.neighbours.listing import Item, by_id
from beanpole.neighbours.owners import Owner
from beanpole.wire.schemas import Request

LAST_RULE = 32767  # the number of the rule that denies the rest (VPC's guide, nacl-basics)


def ids_of(owner: Owner) -> Iterator[str]:
    """The ids of that VPC and of all that is in it."""
    vpc_id, subnets = derived.vpc(owner), networks.subnets_of(owner)
    yield from (
        vpc_id,
        *subnets,
        default_network.gateway_id(vpc_id),
        default_network.table_id(vpc_id),
        default_network.table_association_id(vpc_id),
        default_network.acl_id(vpc_id),
    )
    yield from map(default_network.acl_association_id, subnets)


def route_tables(owners: Sequence[Owner], request: Request) -> Iterator[Item]:
    """The main route table."""
    for owner in networks.listed(owners, request, request.route_table_ids):
        yield _route_table(owner, derived.vpc(owner))


def _route_table(owner: Owner, vpc_id: str) -> Item:
    id_, association_id = default_network.table_id(vpc_id), default_network.table_association_id(vpc_id)
    gateway_id = default_network.gateway_id(vpc_id)
    association = {
        "main": True,
        "route_table_association_id": association_id,
        "route_table_id": id_,
        "association_state": {"state": "associated"},
    }
    routes = [
        _route(default_network.BLOCK, "local", "CreateRouteTable"),
        _route(default_network.EVERYWHERE, gateway_id, "CreateRoute"),
    ]
    fields = {
        "association.main": ("true",),
        "association.route-table-association-id": (association_id,),
        "association.route-table-id": (id_,),
        "route-table-id": (id_,),
        "route.gateway-id": ("local", gateway_id),
        "route.destination-cidr-block": (default_network.BLOCK, default_network.EVERYWHERE),
        "vpc-id": (vpc_id,),
    }
    members = {"associations": [association], "routes": routes, "vpc_id": vpc_id}
    return _item(owner, "route_table", id_, members, fields)


def _route(block: str, gateway: str, origin: str) -> dict[str, str]:
    return {"destination_cidr_block": block, "gateway_id": gateway, "origin": origin, "state": "active"}


def internet_gateways(owners: Sequence[Owner], request: Request) -> Iterator[Item]:
    """The internet gateway."""
    for owner in networks.listed(owners, request, request.internet_gateway_ids):
        vpc_id = derived.vpc(owner)
        id_ = default_network.gateway_id(vpc_id)
        members = {"attachments": [{"state": "available", "vpc_id": vpc_id}]}
        fields = {
            "attachment.state": ("available",),
            "attachment.vpc-id": (vpc_id,),
            "internet-gateway-id": (id_,),
        }
        yield _item(owner, "internet_gateway", id_, members, fields)


def network_acls(owners: Sequence[Owner], request: Request) -> Iterator[Item]:
    """The network ACL, which lets everything pass."""
    for owner in networks.listed(owners, request, request.network_acl_ids):
        yield _network_acl(owner, derived.vpc(owner))


def _network_acl(owner: Owner, vpc_id: str) -> Item:
    id_, subnets = default_network.acl_id(vpc_id), networks.subnets_of(owner)
    associations = [
        {
            "network_acl_association_id": default_network.acl_association_id(subnet),
            "network_acl_id": id_,
            "subnet_id": subnet,
        }
        for subnet in subnets
    ]
    fields = {
        "association.network-acl-id": (id_,),
        "association.subnet-id": subnets,
        "default": ("true",),
        "network-acl-id": (id_,),
        "vpc-id": (vpc_id,),
    }
    entries = [
        _entry(is_egress, *rule) for is_egress in (True, False) for rule in (("allow", 100), ("deny", LAST_RULE))
    ]
    members = {"associations": associations, "entries": entries, "is_default": True, "vpc_id": vpc_id}
    return _item(owner, "network_acl", id_, members, fields)


def _entry(is_egress: bool, action: str, number: int) -> dict[str, Any]:
    return {
        "cidr_block": default_network.EVERYWHERE,
        "egress": is_egress,
        "protocol": "-1",
        "rule_action": action,
        "rule_number": number,
    }


def _item(owner: Owner, kind: str, id_: str, members: dict[str, Any], fields: Mapping[str, Iterable[str]]) -> Item:
    """A resource of that VPC with its id and its account; it has no tags."""
    account_id = owner.environment.account_id
    own = {f"{kind}_id": id_, "owner_id": account_id, "tags": []}
    return Item(id_, {**members, **own}, {f"{kind}_ids": (id_,)}, {**fields, "owner-id": (account_id,)})


LISTINGS = {
    "DescribeRouteTables": by_id(
        route_tables,
        "route_tables",
        "RouteTableId",
        "route_table_ids",
        "InvalidRouteTableID.NotFound",
        "The routeTable ID '{name}' does not exist",
    ),
    "DescribeInternetGateways": by_id(
        internet_gateways,
        "internet_gateways",
        "InternetGatewayId",
        "internet_gateway_ids",
        "InvalidInternetGatewayID.NotFound",
        "The internetGateway ID '{name}' does not exist",
    ),
    "DescribeNetworkAcls": by_id(
        network_acls,
        "network_acls",
        "NetworkAclId",
        "network_acl_ids",
        "InvalidNetworkAclID.NotFound",
        "The networkAcl ID '{name}' does not exist",
    ),
}
