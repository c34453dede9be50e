"""EC2's view of security groups: those that an environment creates, and those that its options name."""

from collections.abc import Iterator, Sequence
from typing import Any

from beanpole.model.environment.resources import KINDS, Resource
from beanpole.model.options.namespaces import LAUNCH_CONFIGURATION
from beanpole.neighbours import derived
from beanpole.neighbours.listing import Item, Listing, Pages
from beanpole.neighbours.owners import Owner
from beanpole.wire.errors import ProtocolError
from beanpole.wire.schemas import Request

_EVERYWHERE = "0.0.0.0/0"
DESCRIPTIONS = {  # by the kind of each security group
    "security-group": "SecurityGroup for ElasticBeanstalk environment.",
    "load-balancer-security-group": "Elastic Beanstalk created security group used when no ELB security groups are "
    "specified during ELB creation",
    "database-security-group": "Security group of the database of an ElasticBeanstalk environment.",  # [I]
}


def of_instances(owner: Owner) -> list[dict[str, str]]:
    """The security groups of the instances, by id and name: the environment's own, and those of the options."""
    own = [
        {
            "group_id": derived.security_group_id(resource),
            "group_name": derived.security_group_name(owner, resource, KINDS[resource.kind].logical_id),
        }
        for resource in owner.environment.resources
        if resource.kind == "security-group"
    ]
    named = (owner.value(LAUNCH_CONFIGURATION, "SecurityGroups") or "").split(",")
    given = [name.strip() for name in named if name.strip().startswith("sg-")]
    return own + [{"group_id": name, "group_name": name} for name in given]


def security_groups(owners: Sequence[Owner], request: Request) -> Iterator[Item]:
    """The security groups that environments created."""
    for owner in owners:
        for resource in owner.environment.resources:
            if resource.kind in DESCRIPTIONS:
                yield _item(owner, resource)


def _item(owner: Owner, resource: Resource) -> Item:
    logical_id = KINDS[resource.kind].logical_id
    id_, name = derived.security_group_id(resource), derived.security_group_name(owner, resource, logical_id)
    tags = derived.tags_of(owner, logical_id)
    members = {
        "group_id": id_,
        "group_name": name,
        "description": DESCRIPTIONS[resource.kind],
        "owner_id": owner.environment.account_id,
        "vpc_id": derived.vpc(owner),
        "ip_permissions": permissions(owner, resource.kind),
        "ip_permissions_egress": [_permission("-1", None, None, cidr=_EVERYWHERE)],
        "tags": derived.as_tags(tags),
    }
    fields = {
        "group-id": (id_,),
        "group-name": (name,),
        "description": (DESCRIPTIONS[resource.kind],),
        "owner-id": (owner.environment.account_id,),
        "vpc-id": (derived.vpc(owner),),
        "ip-permission.cidr": (_EVERYWHERE,),
    }
    return Item(id_, members, {"group_ids": (id_,), "group_names": (name,)}, fields, tags)


def permissions(owner: Owner, kind: str) -> list[dict[str, Any]]:
    """What may come in: HTTP from the load balancer, or from everywhere; SSH where there is a key pair; to a database
    what the instances send.

    The option SSHSourceRestriction says from where (developer guide, command-options-general).
    """
    if kind == "load-balancer-security-group":
        return [_permission("tcp", 80, 80, cidr=_EVERYWHERE)]
    if kind == "database-security-group":
        port, own = derived.database_port(owner), owner.environment.resource("security-group")
        return [] if own is None else [_permission("tcp", port, port, group=_source(owner, own))]
    balancer = owner.environment.resource("load-balancer-security-group")
    if balancer is None:
        rules = [_permission("tcp", 80, 80, cidr=_EVERYWHERE)]
    else:
        rules = [_permission("tcp", 80, 80, group=_source(owner, balancer))]
    if owner.value(LAUNCH_CONFIGURATION, "EC2KeyName") is not None:
        rules += _ssh(owner)
    return rules


def _source(owner: Owner, resource: Resource) -> dict[str, str]:
    return {"group_id": derived.security_group_id(resource), "user_id": owner.environment.account_id}


def _ssh(owner: Owner) -> Iterator[dict[str, Any]]:
    restriction = owner.value(LAUNCH_CONFIGURATION, "SSHSourceRestriction") or ""
    protocol, first, last, source = (part.strip() for part in restriction.split(",", 3))
    ports = int(first), int(last)
    if source.startswith("sg-"):
        yield _permission(protocol, *ports, group={"group_id": source, "user_id": owner.environment.account_id})
    else:
        yield _permission(protocol, *ports, cidr=source)


def _permission(
    protocol: str,
    first: int | None,
    last: int | None,
    cidr: str | None = None,
    group: dict[str, str] | None = None,
) -> dict[str, Any]:
    return {
        "ip_protocol": protocol,
        "from_port": first,
        "to_port": last,
        "user_id_group_pairs": [] if group is None else [group],
        "ip_ranges": [] if cidr is None else [{"cidr_ip": cidr}],
        "ipv6_ranges": [],
        "prefix_list_ids": [],
    }


def _missing_id(id_: str) -> ProtocolError:
    return ProtocolError("InvalidGroup.NotFound", f"The security group '{id_}' does not exist")


LISTING = Listing(
    security_groups,
    "security_groups",
    "GroupId",
    {"group_ids": _missing_id, "group_names": _missing_id},
    Pages(),
)
