"""EC2's calls that add rules to security groups of environments or take them away, as `eb ssh` does."""

import re
from collections.abc import Callable, Iterator, Sequence
from ipaddress import ip_network
from typing import Any

from beanpole.model.changes import scaling
from beanpole.model.changes.change import Change
from beanpole.model.environment.ingress import Ingress, Source, with_added, with_revoked
from beanpole.model.environment.resources import KINDS, Resource
from beanpole.model.options.namespaces import VPC
from beanpole.neighbours import derived, group_rules, security_groups
from beanpole.neighbours.listing import Item
from beanpole.neighbours.owners import Owner
from beanpole.tables import limits
from beanpole.wire.errors import ProtocolError
from beanpole.wire.schemas import Request

MOST_RULES = limits.most("security_group_rules")
_PROTOCOLS = {"6": "tcp", "17": "udp", "1": "icmp", "58": "icmpv6", "all": "-1"}  # the names that EC2 answers
_LAST_PORT = 65535
_IDS: dict[Source, re.Pattern[str]] = {
    "group": re.compile("sg-[0-9a-f]{8,17}"),
    "prefix-list": re.compile("pl-[0-9a-f]{8,17}"),
}


def groups(owners: Sequence[Owner], request: Request) -> Iterator[Item]:
    """The security groups that environments created, by their ids and names."""
    for owner in owners:
        for resource in owner.environment.resources:
            if resource.kind in security_groups.DESCRIPTIONS:
                id_ = derived.security_group_id(resource)
                name = derived.security_group_name(owner, resource, KINDS[resource.kind].logical_id)
                yield Item(id_, {}, {"group_id": (id_,), "group_name": (name,)})


def authorize(owners: Sequence[Owner], request: Request, ids: Sequence[str]) -> tuple[list[Change], Any]:
    """Add rules; the call is refused if one of them exists."""
    owner, resource = _named(owners, ids)
    present, rules = security_groups.rules_of(owner, resource), _rules(request, resource)
    for rule in rules:
        if rule in present:
            raise ProtocolError("InvalidPermission.Duplicate", _DUPLICATE.format(rule=_peer(rule)))
    refuse_too_many([*present, *rules])
    _refuse_dry_run(request)
    environment = owner.environment
    return [scaling.set_ingress(environment, with_added(environment.ingress, rules))], {"return": True}


def revoke(owners: Sequence[Owner], request: Request, ids: Sequence[str]) -> tuple[list[Change], Any]:
    """Remove rules; an unknown rule is an error if the options name a VPC, else it is listed in the answer."""
    owner, resource = _named(owners, ids)
    present = security_groups.rules_of(owner, resource)
    rules = _rules_by_id(request, ids, present) or _rules(request, resource)
    unknown = [rule for rule in rules if rule not in present]
    if unknown and owner.value(VPC, "VPCId") is not None:
        raise ProtocolError("InvalidPermission.NotFound", _UNKNOWN)
    _refuse_dry_run(request)
    environment = owner.environment
    of_options = security_groups.of_options(owner, resource)
    change = scaling.set_ingress(environment, with_revoked(environment.ingress, rules, of_options))
    return [change], {"return": True, "unknown_ip_permissions": security_groups.merged(owner, unknown)}


def refuse_too_many(rules: Sequence[Ingress]) -> None:
    """Raise EC2's error for more rules than a security group may have."""
    if len(rules) > MOST_RULES:
        raise ProtocolError("RulesPerSecurityGroupLimitExceeded", limits.sentence("security_group_rules"))


def _named(owners: Sequence[Owner], ids: Sequence[str]) -> tuple[Owner, Resource]:
    """The owner of the security group that a call names, and the group."""
    return next(
        (owner, resource)
        for owner in owners
        for resource in owner.environment.resources
        if resource.kind in security_groups.DESCRIPTIONS and derived.security_group_id(resource) in ids
    )


def _rules(request: Request, resource: Resource) -> list[Ingress]:
    """The rules of a call: in its permissions, or a single rule in the members of the request."""
    rules = []
    for permission in request.ip_permissions or ():
        new = _rule_of(resource.name, permission.ip_protocol, permission.from_port, permission.to_port)
        for source, (member, name) in security_groups.SOURCES.items():
            rules += [new(source, getattr(one, name) or "") for one in getattr(permission, member) or ()]
    if request.cidr_ip is not None:
        new = _rule_of(resource.name, request.ip_protocol, request.from_port, request.to_port)
        rules.append(new("cidr", request.cidr_ip))
    if not rules:
        raise ProtocolError("MissingParameter", "The request must contain the parameter ipPermissions")
    return list(dict.fromkeys(rules))


def _rules_by_id(request: Request, ids: Sequence[str], present: Sequence[Ingress]) -> list[Ingress]:
    """The rules that a call names by their ids; raises ProtocolError for an id that no rule of the group has."""
    by_id = {group_rules.rule_id(id_, rule): rule for id_ in ids for rule in present}
    if unknown := [id_ for id_ in request.security_group_rule_ids or () if id_ not in by_id]:
        raise group_rules.NO_RULE(unknown[0])
    return [by_id[id_] for id_ in request.security_group_rule_ids or ()]


def _rule_of(group: str, protocol: str | None, first: int | None, last: int | None) -> Callable[[Source, str], Ingress]:
    """A function that makes a rule of a source; raises ProtocolError for ports or a protocol that EC2 refuses."""
    ip_protocol = _PROTOCOLS.get((protocol or "").lower(), (protocol or "").lower())
    if ip_protocol not in _PROTOCOLS.values() and not (ip_protocol.isdecimal() and int(ip_protocol) <= 255):  # a byte
        raise ProtocolError("InvalidParameterValue", f"Invalid value '{protocol}' for IP protocol. Unknown protocol.")
    if ip_protocol in ("tcp", "udp"):
        if first is None or last is None or not 0 <= first <= last <= _LAST_PORT:
            raise ProtocolError("InvalidParameterValue", f"Invalid value for portRange: {first}-{last}.")
    elif ip_protocol not in ("icmp", "icmpv6"):
        first = last = None  # other protocols have no ports
    return lambda source, name: Ingress(group, ip_protocol, first, last, source, _normalized(source, name))


def _normalized(source: Source, name: str) -> str:
    """The name of a source as EC2 stores it; raises ProtocolError for a malformed id or block of addresses."""
    if source not in ("cidr", "cidr6"):
        if not _IDS[source].fullmatch(name):
            raise ProtocolError("InvalidParameterValue", f'Invalid id: "{name[:60]}"')
        return name
    try:
        block = ip_network(name if "/" in name else "", strict=False)
    except ValueError:
        block = None
    if block is None or block.version != {"cidr": 4, "cidr6": 6}[source]:
        raise ProtocolError("InvalidParameterValue", f"CIDR block {name} is malformed")
    return str(block)


def _refuse_dry_run(request: Request) -> None:
    if request.dry_run:
        raise ProtocolError("DryRunOperation", "Request would have succeeded, but DryRun flag is set.", 412)


def _peer(rule: Ingress) -> str:
    ports = f", from port: {rule.first}, to port: {rule.last}" if rule.first is not None else ""
    return f"peer: {rule.name}, {rule.protocol.upper()}{ports}, ALLOW"


_DUPLICATE = 'the specified rule "{rule}" already exists'
_UNKNOWN = "The specified rule does not exist in this security group."
