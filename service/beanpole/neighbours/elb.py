"""Elastic Load Balancing's view of environments with a classic load balancer."""

from collections.abc import Iterator, Sequence
from typing import Any

from beanpole.model.changes.change import Change
from beanpole.model.environment.instance import Instance
from beanpole.model.environment.resources import Resource
from beanpole.model.health import causes
from beanpole.model.options.namespaces import (
    CLASSIC_HEALTH_CHECK,
    CLASSIC_LISTENER,
    CLASSIC_LOAD_BALANCER,
    CLASSIC_POLICIES,
)
from beanpole.neighbours import derived
from beanpole.neighbours.listing import Item, Listing, Pages, missing
from beanpole.neighbours.owners import Owner
from beanpole.wire.schemas import Request

NOT_FOUND = missing("LoadBalancerNotFound", "There is no ACTIVE Load Balancer named '{name}'")


def load_balancers_of(owners: Sequence[Owner]) -> Iterator[tuple[Owner, Resource]]:
    """The classic load balancers of environments, which have names instead of ARNs."""
    for owner in owners:
        resource = owner.environment.resource("load-balancer")
        if resource is not None and not resource.name.startswith("arn:"):
            yield owner, resource


def load_balancers(owners: Sequence[Owner], request: Request) -> Iterator[Item]:
    """The load balancers with the instances that are registered."""
    for owner, resource in load_balancers_of(owners):
        group = owner.environment.resource("load-balancer-security-group")
        members = {
            "load_balancer_name": resource.name,
            "dns_name": resource.endpoint,
            "canonical_hosted_zone_name": resource.endpoint,
            "listener_descriptions": [{"listener": _listener(owner), "policy_names": []}],
            "availability_zones": derived.zones(owner),
            "subnets": [derived.subnet(owner, zone) for zone in derived.zones(owner)],
            "vpc_id": derived.vpc(owner),
            "instances": [{"instance_id": instance.id} for instance in owner.fleet if instance.is_registered],
            "health_check": _health_check(owner),
            "security_groups": [] if group is None else [derived.security_group_id(group)],
            "created_time": owner.environment.date_created,
            "scheme": "internet-facing",
        }
        yield Item(resource.name, members, {"load_balancer_names": (resource.name,)})


def instance_health(owners: Sequence[Owner], request: Request) -> Iterator[Item]:
    """The state of each registered instance, or of the requested instances."""
    ids = {instance.instance_id for instance in request.instances or ()}
    for owner, resource in load_balancers_of(owners):
        for instance in owner.fleet:
            if instance.id in ids or (not ids and instance.is_registered):
                yield Item(instance.id, _state(instance), {"load_balancer_name": (resource.name,)})


def _state(instance: Instance) -> dict[str, str]:
    if instance.in_service:
        state, code, description = "InService", "N/A", "N/A"
    elif not instance.is_registered:
        state, code = "OutOfService", "Instance"
        description = "Instance is not currently registered with the LoadBalancer."
    else:
        state, code = "OutOfService", "Instance"
        description = causes.THRESHOLD_REACHED
    return {"instance_id": instance.id, "state": state, "reason_code": code, "description": description}


def tags(owners: Sequence[Owner], request: Request) -> Iterator[Item]:
    """The tags of the load balancers."""
    for owner, resource in load_balancers_of(owners):
        own = derived.as_tags(derived.tags_of(owner, "AWSEBLoadBalancer"))
        members = {"load_balancer_name": resource.name, "tags": own}
        yield Item(resource.name, members, {"load_balancer_names": (resource.name,)})


def describe_attributes(owners: Sequence[Owner], request: Request, names: Sequence[str]) -> tuple[list[Change], Any]:
    """The attributes of a load balancer."""
    ((owner, _),) = (pair for pair in load_balancers_of(owners) if pair[1].name in names)
    configuration = owner.configuration
    draining = configuration.boolean(CLASSIC_POLICIES, "ConnectionDrainingEnabled")
    return [], {
        "load_balancer_attributes": {
            "cross_zone_load_balancing": {"enabled": configuration.boolean(CLASSIC_LOAD_BALANCER, "CrossZone")},
            "access_log": {"enabled": False},
            "connection_draining": {
                "enabled": draining,
                "timeout": configuration.integer(CLASSIC_POLICIES, "ConnectionDrainingTimeout", 20),
            },
            "connection_settings": {
                "idle_timeout": configuration.integer(CLASSIC_POLICIES, "ConnectionSettingIdleTimeout", 60)
            },
            "additional_attributes": [{"key": "elb.http.desyncmitigationmode", "value": "defensive"}],
        }
    }


def by_name(owners: Sequence[Owner], request: Request) -> Iterator[Item]:
    """The load balancers by their names alone."""
    for _, resource in load_balancers_of(owners):
        yield Item(resource.name, {}, {"load_balancer_name": (resource.name,)})


def _listener(owner: Owner) -> dict[str, Any]:
    protocol = owner.value(CLASSIC_LISTENER, "ListenerProtocol") or "HTTP"
    usual = "HTTP" if protocol in ("HTTP", "HTTPS") else "TCP"
    return {
        "protocol": protocol,
        "load_balancer_port": 80,
        "instance_protocol": owner.value(CLASSIC_LISTENER, "InstanceProtocol") or usual,
        "instance_port": owner.configuration.integer(CLASSIC_LISTENER, "InstancePort", 80),
        "ssl_certificate_id": owner.value(CLASSIC_LISTENER, "SSLCertificateId"),
    }


def _health_check(owner: Owner) -> dict[str, Any]:
    def number(name: str) -> int:
        return owner.configuration.integer(CLASSIC_HEALTH_CHECK, name)

    return {
        "target": owner.value(CLASSIC_HEALTH_CHECK, "Target"),
        "interval": number("Interval"),
        "timeout": number("Timeout"),
        "unhealthy_threshold": number("UnhealthyThreshold"),
        "healthy_threshold": number("HealthyThreshold"),
    }


def _names(owners: Sequence[Owner], member: str) -> Iterator[str]:
    return (resource.name for _, resource in load_balancers_of(owners))


LISTINGS = {
    "DescribeLoadBalancers": Listing(
        load_balancers,
        "load_balancer_descriptions",
        "LoadBalancerName",
        {"load_balancer_names": NOT_FOUND},
        Pages("page_size", "marker", "next_marker", 400),
        None,
    ),
    "DescribeInstanceHealth": Listing(
        instance_health, "instance_states", "InstanceId", {"load_balancer_name": NOT_FOUND}, None, None, _names
    ),
    "DescribeTags": Listing(
        tags, "tag_descriptions", "LoadBalancerName", {"load_balancer_names": NOT_FOUND}, None, None
    ),
}
