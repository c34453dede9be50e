"""EC2's view of what is in the VPC of instances: its main route table, its internet gateway and its network ACL.

A default VPC has one of each (VPC's guide, default-vpc-components).
"""

from collections.abc import Iterator, Sequence

from beanpole.model.names import default_network
from beanpole.neighbours import derived, networks
from beanpole.neighbours.listing import Item, Listing, Pages, missing
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
        vpc_id, account_id = derived.vpc(owner), owner.environment.account_id
        id_, association = default_network.table_id(vpc_id), default_network.table_association_id(vpc_id)
        members = {
            "associations": [
                {
                    "main": True,
                    "route_table_association_id": association,
                    "route_table_id": id_,
                    "association_state": {"state": "associated"},
                }
            ],
            "owner_id": account_id,
            "route_table_id": id_,
            "routes": [
                _route(default_network.BLOCK, "local", "CreateRouteTable"),
                _route(default_network.EVERYWHERE, default_network.gateway_id(vpc_id), "CreateRoute"),
            ],
            "tags": [],
            "vpc_id": vpc_id,
        }
        fields = {
            "association.main": ("true",),
            "association.route-table-association-id": (association,),
            "association.route-table-id": (id_,),
            "owner-id": (account_id,),
            "route-table-id": (id_,),
            "route.gateway-id": ("local", default_network.gateway_id(vpc_id)),
            "route.destination-cidr-block": (default_network.BLOCK, default_network.EVERYWHERE),
            "vpc-id": (vpc_id,),
        }
        yield Item(id_, members, {"route_table_ids": (id_,)}, fields)


def _route(block: str, gateway: str, origin: str) -> dict[str, str]:
    return {"destination_cidr_block": block, "gateway_id": gateway, "origin": origin, "state": "active"}


def internet_gateways(owners: Sequence[Owner], request: Request) -> Iterator[Item]:
    """The internet gateway."""
    for owner in networks.listed(owners, request, request.internet_gateway_ids):
        vpc_id, account_id = derived.vpc(owner), owner.environment.account_id
        id_ = default_network.gateway_id(vpc_id)
        members = {
            "attachments": [{"state": "available", "vpc_id": vpc_id}],
            "internet_gateway_id": id_,
            "owner_id": account_id,
            "tags": [],
        }
        fields = {
            "attachment.state": ("available",),
            "attachment.vpc-id": (vpc_id,),
            "internet-gateway-id": (id_,),
            "owner-id": (account_id,),
        }
        yield Item(id_, members, {"internet_gateway_ids": (id_,)}, fields)


def network_acls(owners: Sequence[Owner], request: Request) -> Iterator[Item]:
    """The network ACL, which lets everything pass."""
    for owner in networks.listed(owners, request, request.network_acl_ids):
        vpc_id, account_id = derived.vpc(owner), owner.environment.account_id
        id_, subnets = default_network.acl_id(vpc_id), networks.subnets_of(owner)
        members = {
            "associations": [
                {
                    "network_acl_association_id": default_network.acl_association_id(subnet),
                    "network_acl_id": id_,
                    "subnet_id": subnet,
                }
                for subnet in subnets
            ],
            "entries": [
                {
                    "cidr_block": default_network.EVERYWHERE,
                    "egress": is_egress,
                    "protocol": "-1",
                    "rule_action": action,
                    "rule_number": number,
                }
                for is_egress in (True, False)
                for action, number in (("allow", 100), ("deny", LAST_RULE))
            ],
            "is_default": True,
            "network_acl_id": id_,
            "owner_id": account_id,
            "tags": [],
            "vpc_id": vpc_id,
        }
        fields = {
            "association.network-acl-id": (id_,),
            "association.subnet-id": subnets,
            "default": ("true",),
            "network-acl-id": (id_,),
            "owner-id": (account_id,),
            "vpc-id": (vpc_id,),
        }
        yield Item(id_, members, {"network_acl_ids": (id_,)}, fields)


LISTINGS = {
    "DescribeRouteTables": Listing(
        route_tables,
        "route_tables",
        "RouteTableId",
        {"route_table_ids": missing("InvalidRouteTableID.NotFound", "The routeTable ID '{name}' does not exist")},
        Pages(),
        knows_filters=False,
    ),
    "DescribeInternetGateways": Listing(
        internet_gateways,
        "internet_gateways",
        "InternetGatewayId",
        {
            "internet_gateway_ids": missing(
                "InvalidInternetGatewayID.NotFound", "The internetGateway ID '{name}' does not exist"
            )
        },
        Pages(),
        knows_filters=False,
    ),
    "DescribeNetworkAcls": Listing(
        network_acls,
        "network_acls",
        "NetworkAclId",
        {"network_acl_ids": missing("InvalidNetworkAclID.NotFound", "The networkAcl ID '{name}' does not exist")},
        Pages(),
        knows_filters=False,
    ),
}
