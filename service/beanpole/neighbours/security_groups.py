"""EC2's view of security groups: those that an environment creates, and those that its options name."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from beanpole.model.environment.ingress import Ingress, Source, effective
from beanpole.model.environment.resources import KINDS, Resource
from beanpole.model.options.namespaces import LAUNCH_CONFIGURATION, LOAD_BALANCER
from beanpole.neighbours import derived
from beanpole.neighbours.listing import Item, Listing, Pages
from beanpole.neighbours.owners import Owner
from beanpole.wire.errors import ProtocolError
from beanpole.wire.schemas import Request

_EVERYWHERE = "0.0.0.0/0"
EGRESS = Ingress("", "-1", None, None, "cidr", _EVERYWHERE)  # everything may go out
SOURCES: dict[Source, tuple[str, str]] = {  # the member of a permission for each kind of source, and that of its name
    "group": ("user_id_group_pairs", "group_id"),
    "cidr": ("ip_ranges", "cidr_ip"),
    "cidr6": ("ipv6_ranges", "cidr_ipv6"),
    "prefix-list": ("prefix_list_ids", "prefix_list_id"),
}
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
    option_groups = [name.strip() for name in named if name.strip().startswith("sg-")]
    return own + [{"group_id": name, "group_name": name} for name in option_groups]


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
        "ip_permissions": merged(owner, rules_of(owner, resource)),
        "ip_permissions_egress": merged(owner, [EGRESS]),
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


def rules_of(owner: Owner, resource: Resource) -> tuple[Ingress, ...]:
    """The rules of a security group: those of the options, with the changes by clients."""
    changes = [rule for rule in owner.environment.ingress if rule.group == resource.name]
    return effective(of_options(owner, resource), changes)


def of_options(owner: Owner, resource: Resource) -> Iterator[Ingress]:
    """The rules of the options: HTTP from the load balancer, or from everywhere; SSH if there is a key pair; to a
    database, connections of the instances.

    The sources of SSH are in the option SSHSourceRestriction (developer guide, command-options-general).
    """
    balancer = owner.environment.resource("load-balancer-security-group")
    if resource.kind == "database-security-group":
        port, own = derived.database_port(owner), owner.environment.resource("security-group")
        if own is not None:
            yield Ingress(resource.name, "tcp", port, port, "group", derived.security_group_id(own))
    elif resource.kind == "security-group" and (groups := _of_shared_balancer(owner)):
        yield from (Ingress(resource.name, "tcp", 80, 80, "group", group) for group in groups)
    elif resource.kind == "load-balancer-security-group" or balancer is None:
        yield Ingress(resource.name, "tcp", 80, 80, "cidr", _EVERYWHERE)
    else:
        yield Ingress(resource.name, "tcp", 80, 80, "group", derived.security_group_id(balancer))
    if resource.kind == "security-group" and owner.value(LAUNCH_CONFIGURATION, "EC2KeyName") is not None:
        yield _ssh(owner, resource)


def _of_shared_balancer(owner: Owner) -> tuple[str, ...]:
    """The security groups of the shared load balancer: those of the options, else its own; none if none is known."""
    shared = owner.environment.shared_balancer
    if shared is None or owner.environment.balancer is None:
        return ()
    options = (owner.value(LOAD_BALANCER, name) for name in ("ManagedSecurityGroup", "SecurityGroups"))
    named = next((value for value in options if value is not None), "")
    return tuple(name.strip() for name in named.split(",") if name.strip().startswith("sg-")) or shared.security_groups


def _ssh(owner: Owner, resource: Resource) -> Ingress:
    restriction = owner.value(LAUNCH_CONFIGURATION, "SSHSourceRestriction") or ""
    protocol, first, last, source = (part.strip() for part in restriction.split(",", 3))
    kind: Source = "group" if source.startswith("sg-") else "cidr"
    return Ingress(resource.name, protocol, int(first), int(last), kind, source)


def merged(owner: Owner, rules: Iterable[Ingress]) -> list[dict[str, Any]]:
    """Rules as EC2's permissions: one for each protocol and its ports, with all sources."""
    permissions: dict[tuple[object, ...], dict[str, Any]] = {}
    for rule in rules:
        permission = permissions.setdefault((rule.protocol, rule.first, rule.last), _permission(rule))
        member, name = SOURCES[rule.source]
        source = {name: rule.name}
        if rule.source == "group":
            source["user_id"] = owner.environment.account_id
        permission[member].append(source)
    return list(permissions.values())


def _permission(rule: Ingress) -> dict[str, Any]:
    ends = {"ip_protocol": rule.protocol, "from_port": rule.first, "to_port": rule.last}
    return ends | {member: [] for member, _ in SOURCES.values()}


def missing_group(id_: str) -> ProtocolError:
    return ProtocolError("InvalidGroup.NotFound", f"The security group '{id_}' does not exist")


LISTING = Listing(
    security_groups,
    "security_groups",
    "GroupId",
    {"group_ids": missing_group, "group_names": missing_group},
    Pages(),
)
