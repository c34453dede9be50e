"""Elastic Load Balancing's view of environments with an application or a network load balancer."""

from collections.abc import Iterator, Sequence
from typing import Any

from beanpole.model.environment.instance import Instance
from beanpole.model.environment.resources import Resource
from beanpole.model.options.namespaces import DEFAULT_LISTENER, LISTENER, LOAD_BALANCER, PROCESS
from beanpole.neighbours import derived
from beanpole.neighbours.listing import Item, Listing, Pages, missing
from beanpole.neighbours.owners import Owner
from beanpole.wire.schemas import Request

NO_BALANCER = missing("LoadBalancerNotFound", "One or more load balancers not found")
_NO_NAME = missing("LoadBalancerNotFound", "Load balancers '[{name}]' not found")
NO_GROUP = missing("TargetGroupNotFound", "One or more target groups not found")
NO_LISTENER = missing("ListenerNotFound", "One or more listeners not found")
NOT_REGISTERED = {
    "state": "unused",
    "reason": "Target.NotRegistered",
    "description": "Target is not registered to the target group",
}


def of_kind(owners: Sequence[Owner], kind: str) -> Iterator[tuple[Owner, Resource]]:
    """The resources of a kind that have an ARN; a classic load balancer has none."""
    for owner in owners:
        resource = owner.environment.resource(kind)
        if resource is not None and resource.name.startswith("arn:"):
            yield owner, resource


def load_balancers(owners: Sequence[Owner], request: Request) -> Iterator[Item]:
    """The load balancers."""
    for owner, resource in of_kind(owners, "load-balancer"):
        type_, name = resource.name.split("/")[1:3]
        group = owner.environment.resource("load-balancer-security-group")
        members = {
            "load_balancer_arn": resource.name,
            "dns_name": resource.endpoint,
            "created_time": owner.environment.date_created,
            "load_balancer_name": name,
            "scheme": "internet-facing",
            "vpc_id": derived.vpc(owner),
            "state": {"code": "active"},
            "type": {"app": "application", "net": "network"}[type_],
            "availability_zones": [
                {"zone_name": zone, "subnet_id": derived.subnet(owner, zone)} for zone in derived.zones(owner)
            ],
            "security_groups": [] if group is None else [derived.security_group_id(group)],
            "ip_address_type": owner.value(LOAD_BALANCER, "IpAddressType") or "ipv4",
        }
        yield Item(resource.name, members, {"load_balancer_arns": (resource.name,), "names": (name,)})


def listeners(owners: Sequence[Owner], request: Request) -> Iterator[Item]:
    """The listeners of load balancers."""
    for owner, resource in of_kind(owners, "listener"):
        balancer, group = (owner.environment.resource(kind) for kind in ("load-balancer", "target-group"))
        if balancer is None:
            continue
        port, protocol = _port(owner)
        action = {"type": "forward", "target_group_arn": group and group.name, "order": 1}
        members = {
            "listener_arn": resource.name,
            "load_balancer_arn": balancer.name,
            "port": port,
            "protocol": protocol,
            "default_actions": [action],
            "certificates": [{"certificate_arn": arn} for arn in certificates_of(owner)],
            "ssl_policy": owner.value(f"{LISTENER}:{port}", "SSLPolicy"),
        }
        yield Item(resource.name, members, {"listener_arns": (resource.name,), "load_balancer_arn": (balancer.name,)})


def certificates_of(owner: Owner) -> list[str]:
    """The ARNs of the certificates of the listener."""
    arns = (owner.value(f"{LISTENER}:{_port(owner)[0]}", "SSLCertificateArns") or "").split(",")
    return [arn for arn in arns if arn]


def _port(owner: Owner) -> tuple[int, str]:
    """The port and the protocol of the listener: those of the default listener, unless it is disabled."""
    if owner.configuration.boolean(DEFAULT_LISTENER, "ListenerEnabled"):
        return 80, owner.value(DEFAULT_LISTENER, "Protocol") or "HTTP"
    namespaces = (setting.namespace for setting in owner.environment.option_settings)
    ports = [name.removeprefix(f"{LISTENER}:") for name in namespaces if name.startswith(f"{LISTENER}:")]
    port = next((port for port in ports if port.isdigit()), "80")
    return int(port), owner.value(f"{LISTENER}:{port}", "Protocol") or "HTTP"


def target_groups(owners: Sequence[Owner], request: Request) -> Iterator[Item]:
    """The target groups, with the settings of the process `default`."""
    for owner, resource in of_kind(owners, "target-group"):
        name, balancer = resource.name.split("/")[1], owner.environment.balancer
        members = {
            "target_group_arn": resource.name,
            "target_group_name": name,
            "port": owner.configuration.integer(PROCESS, "Port", 80),
            "vpc_id": derived.vpc(owner),
            "load_balancer_arns": [] if balancer is None else [balancer.name],
            "target_type": "instance",
            **_checks(owner),
        }
        names = {
            "target_group_arns": (resource.name,),
            "names": (name,),
            "load_balancer_arn": () if balancer is None else (balancer.name,),
        }
        yield Item(resource.name, members, names)


def _checks(owner: Owner) -> dict[str, Any]:
    def number(name: str) -> int:
        return owner.configuration.integer(PROCESS, name)

    protocol = owner.value(PROCESS, "Protocol") or "HTTP"
    by_http = protocol in ("HTTP", "HTTPS")
    return {
        "protocol": protocol,
        "protocol_version": "HTTP1" if by_http else None,
        "health_check_protocol": protocol,
        "health_check_port": "traffic-port",
        "health_check_enabled": True,
        "health_check_interval_seconds": number("HealthCheckInterval"),
        "health_check_timeout_seconds": number("HealthCheckTimeout"),
        "healthy_threshold_count": number("HealthyThresholdCount"),
        "unhealthy_threshold_count": number("UnhealthyThresholdCount"),
        "health_check_path": owner.value(PROCESS, "HealthCheckPath") if by_http else None,
        "matcher": {"http_code": owner.value(PROCESS, "MatcherHTTPCode") or "200"} if by_http else None,
    }


def target_health(owners: Sequence[Owner], request: Request) -> Iterator[Item]:
    """The health of each target, or of the requested targets; a target that is terminated is draining."""
    ids = {target.id for target in request.targets or ()}
    for owner, resource in of_kind(owners, "target-group"):
        port = owner.configuration.integer(PROCESS, "Port", 80)
        for instance in owner.fleet:
            if instance.id in ids or (not ids and (instance.is_registered or instance.state == "terminating")):
                members = {
                    "target": {"id": instance.id, "port": port},
                    "health_check_port": str(port),
                    "target_health": _health(owner, instance),
                }
                yield Item(instance.id, members, {"target_group_arn": (resource.name,)})
        for id_ in sorted(ids - {instance.id for instance in owner.fleet}):
            members = {"target": {"id": id_, "port": port}, "target_health": NOT_REGISTERED}
            yield Item(id_, members, {"target_group_arn": (resource.name,)})


def _health(owner: Owner, instance: Instance) -> dict[str, str]:
    """The health of a target (Elastic Load Balancing's API reference, TargetHealth)."""
    if instance.state == "terminating":
        reason, description = "Target.DeregistrationInProgress", "Target deregistration is in progress"
        return {"state": "draining", "reason": reason, "description": description}
    if not instance.is_registered:
        return NOT_REGISTERED
    if owner.environment.balancer is None:
        reason = "Target.NotInUse"
        description = "Target group is not configured to receive traffic from the load balancer"
        return {"state": "unused", "reason": reason, "description": description}
    if instance.in_service:
        return {"state": "healthy"}
    return {"state": "unhealthy", "reason": "Target.FailedHealthChecks", "description": "Health checks failed"}


def tags(owners: Sequence[Owner], request: Request) -> Iterator[Item]:
    """The tags of load balancers, listeners, rules and target groups."""
    logical_ids = {
        "load-balancer": "AWSEBV2LoadBalancer",
        "listener": "AWSEBV2LoadBalancerListener",
        "listener-rule": "AWSEBV2LoadBalancerListenerRule",
        "target-group": "AWSEBV2LoadBalancerTargetGroup",
    }
    for kind, logical_id in logical_ids.items():
        for owner, resource in of_kind(owners, kind):
            own = derived.as_tags(derived.tags_of(owner, logical_id))
            members = {"resource_arn": resource.name, "tags": own}
            yield Item(resource.name, members, {"resource_arns": (resource.name,)})


def _known(owners: Sequence[Owner], member: str) -> Iterator[str]:
    """The ARNs of load balancers or target groups, with those that have no elements of the list."""
    kind = {"load_balancer_arn": "load-balancer", "target_group_arn": "target-group"}.get(member)
    return (resource.name for _, resource in of_kind(owners, kind)) if kind is not None else iter(())


def shared(owners: Sequence[Owner], member: str) -> Iterator[str]:
    """The load balancers and listeners of users that environments share, by member of the input."""
    for owner in owners:
        if member in ("load_balancer_arn", "listener_arn"):
            yield from derived.shared_names(owner)


_PAGES = Pages("page_size", "marker", "next_marker", 400)
LISTINGS = {
    "DescribeLoadBalancers": Listing(
        load_balancers,
        "load_balancers",
        "LoadBalancerArn",
        {"load_balancer_arns": NO_BALANCER, "names": _NO_NAME},
        _PAGES,
        None,
    ),
    "DescribeListeners": Listing(
        listeners,
        "listeners",
        "ListenerArn",
        {"load_balancer_arn": NO_BALANCER, "listener_arns": NO_LISTENER},
        _PAGES,
        None,
        _known,
    ),
    "DescribeTargetGroups": Listing(
        target_groups,
        "target_groups",
        "TargetGroupArn",
        {"load_balancer_arn": NO_BALANCER, "target_group_arns": NO_GROUP, "names": NO_GROUP},
        _PAGES,
        None,
        _known,
        shared=shared,
    ),
    "DescribeTargetHealth": Listing(
        target_health, "target_health_descriptions", "Id", {"target_group_arn": NO_GROUP}, None, None, _known
    ),
    "DescribeTags": Listing(tags, "tag_descriptions", "ResourceArn", {"resource_arns": NO_BALANCER}, None, None),
}
