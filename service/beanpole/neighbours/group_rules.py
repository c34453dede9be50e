"""EC2's view of the rules of security groups, each a thing with an id of its own."""

from collections.abc import Iterator, Sequence
from typing import Any

from beanpole.model.environment.ingress import Ingress
from beanpole.model.environment.resources import Resource
from beanpole.neighbours import derived, security_groups
from beanpole.neighbours.listing import Item, Listing, Pages, missing
from beanpole.neighbours.owners import Owner
from beanpole.wire.schemas import Request

_MEMBERS = {"cidr": "cidr_ipv4", "cidr6": "cidr_ipv6", "prefix-list": "prefix_list_id"}


def rule_id(group_id: str, rule: Ingress, is_egress: bool = False) -> str:
    """The id of a rule, which belongs to its content."""
    content = (group_id, is_egress, rule.protocol, rule.first, rule.last, rule.source, rule.name)
    return f"sgr-{derived.hexadecimal('security-group-rule', repr(content))}"


def rules(owners: Sequence[Owner], request: Request) -> Iterator[Item]:
    """The rules of the security groups that environments created."""
    for owner in owners:
        for resource in owner.environment.resources:
            if resource.kind in security_groups.DESCRIPTIONS:
                for rule in security_groups.rules_of(owner, resource):
                    yield _item(owner, resource, rule, is_egress=False)
                yield _item(owner, resource, security_groups.EGRESS, is_egress=True)


def _item(owner: Owner, resource: Resource, rule: Ingress, *, is_egress: bool) -> Item:
    group_id = derived.security_group_id(resource)
    id_, account_id = rule_id(group_id, rule, is_egress), owner.environment.account_id
    has_ports = rule.first is not None and rule.last is not None
    members: dict[str, Any] = {
        "security_group_rule_id": id_,
        "group_id": group_id,
        "group_owner_id": account_id,
        "is_egress": is_egress,
        "ip_protocol": rule.protocol,
        "from_port": rule.first if has_ports else -1,
        "to_port": rule.last if has_ports else -1,
        "tags": [],
    }
    if rule.source == "group":
        members["referenced_group_info"] = {"group_id": rule.name, "user_id": account_id}
    else:
        members[_MEMBERS[rule.source]] = rule.name
    fields = {"group-id": (group_id,), "security-group-rule-id": (id_,)}
    return Item(id_, members, {"security_group_rule_ids": (id_,)}, fields)


NO_RULE = missing("InvalidSecurityGroupRuleId.NotFound", "The security group rule ID '{name}' does not exist")
LISTINGS = {
    "DescribeSecurityGroupRules": Listing(
        rules, "security_group_rules", "SecurityGroupRuleId", {"security_group_rule_ids": NO_RULE}, Pages()
    )
}
