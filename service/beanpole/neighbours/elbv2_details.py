"""Details in Elastic Load Balancing: the rules of listeners, and the attributes of load balancers and their parts."""

from collections.abc import Iterator, Mapping, Sequence

from beanpole.model.environment.resources import Resource
from beanpole.model.options.namespaces import LOAD_BALANCER, PROCESS
from beanpole.neighbours import elbv2
from beanpole.neighbours.listing import Item, Listing, Pages, missing
from beanpole.neighbours.owners import Owner
from beanpole.wire.schemas import Request

# The attributes that no option changes (Elastic Load Balancing's API reference: LoadBalancerAttribute,
# TargetGroupAttribute, ListenerAttribute), by the type of the load balancer where they differ.
OF_EVERY_BALANCER = {"deletion_protection.enabled": "false", "ipv6.deny_all_igw_traffic": "false"}
OF_BALANCERS = {
    "app": {
        "client_keep_alive.seconds": "3600",
        "connection_logs.s3.enabled": "false",
        "connection_logs.s3.bucket": "",
        "connection_logs.s3.prefix": "",
        "load_balancing.cross_zone.enabled": "true",
        "routing.http.desync_mitigation_mode": "defensive",
        "routing.http.drop_invalid_header_fields.enabled": "false",
        "routing.http.preserve_host_header.enabled": "false",
        "routing.http.x_amzn_tls_version_and_cipher_suite.enabled": "false",
        "routing.http.xff_client_port.enabled": "false",
        "routing.http.xff_header_processing.mode": "append",
        "routing.http2.enabled": "true",
        "waf.fail_open.enabled": "false",
        "zonal_shift.config.enabled": "false",
    },
    "net": {
        "dns_record.client_routing_policy": "any_availability_zone",
        "load_balancing.cross_zone.enabled": "false",
        "zonal_shift.config.enabled": "false",
    },
}
OF_TARGET_GROUPS = {
    "app": {
        "load_balancing.algorithm.anomaly_mitigation": "off",
        "load_balancing.algorithm.type": "round_robin",
        "slow_start.duration_seconds": "0",
        "stickiness.app_cookie.cookie_name": "",
        "stickiness.app_cookie.duration_seconds": "86400",
    },
    "net": {
        "deregistration_delay.connection_termination.enabled": "false",
        "preserve_client_ip.enabled": "true",
        "proxy_protocol_v2.enabled": "false",
    },
}
OF_EVERY_TARGET_GROUP = {
    "load_balancing.cross_zone.enabled": "use_load_balancer_configuration",
    "target_group_health.dns_failover.minimum_healthy_targets.count": "1",
    "target_group_health.dns_failover.minimum_healthy_targets.percentage": "off",
    "target_group_health.unhealthy_state_routing.minimum_healthy_targets.count": "1",
    "target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage": "off",
}
OF_LISTENERS = {"app": {"routing.http.response.server.enabled": "true"}, "net": {"tcp.idle_timeout.seconds": "350"}}


def rules(owners: Sequence[Owner], request: Request) -> Iterator[Item]:
    """The default rule of each listener, which cannot be deleted, and the rules of shared listeners.

    Each forwards to the target group.
    """
    for owner, listener in elbv2.of_kind(owners, "listener"):
        group = owner.environment.resource("target-group")
        arn = rule_arn(listener.name)
        action = {"type": "forward", "target_group_arn": group and group.name, "order": 1}
        members = {"rule_arn": arn, "priority": "default", "conditions": [], "actions": [action], "is_default": True}
        yield Item(arn, members, {"listener_arn": (listener.name,), "rule_arns": (arn,)})

    for owner, rule in elbv2.of_kind(owners, "listener-rule"):
        yield from _of_shared(owner, rule)


def _of_shared(owner: Owner, rule: Resource) -> Iterator[Item]:
    """The rule of a shared listener, which takes the requests for the CNAME of the environment."""
    balancer, group = owner.environment.shared_balancer, owner.environment.resource("target-group")
    if balancer is None:
        return
    hosts = [owner.environment.cname] if owner.environment.cname else []
    condition = {"field": "host-header", "values": hosts, "host_header_config": {"values": hosts}}
    action = {"type": "forward", "target_group_arn": group and group.name, "order": 1}
    members = {
        "rule_arn": rule.name,
        "priority": str(balancer.priority),
        "conditions": [condition],
        "actions": [action],
        "is_default": False,
    }
    yield Item(rule.name, members, {"listener_arn": (balancer.listener,), "rule_arns": (rule.name,)})


def rule_arn(listener: str) -> str:
    """The ARN of the rule of a listener."""
    return f"{listener.replace(':listener/', ':listener-rule/')}/{listener.rpartition('/')[2]}"


def of_load_balancers(owners: Sequence[Owner], request: Request) -> Iterator[Item]:
    """The attributes of load balancers."""
    for owner, resource in elbv2.of_kind(owners, "load-balancer"):
        type_ = _type(owner)
        own = {
            "access_logs.s3.enabled": _flag(owner, LOAD_BALANCER, "AccessLogsS3Enabled"),
            "access_logs.s3.bucket": owner.value(LOAD_BALANCER, "AccessLogsS3Bucket") or "",
            "access_logs.s3.prefix": owner.value(LOAD_BALANCER, "AccessLogsS3Prefix") or "",
        }
        if type_ == "app":
            own["idle_timeout.timeout_seconds"] = owner.value(LOAD_BALANCER, "IdleTimeout") or "60"
        yield from _items(resource, "load_balancer_arn", {**OF_EVERY_BALANCER, **OF_BALANCERS[type_], **own})


def of_target_groups(owners: Sequence[Owner], request: Request) -> Iterator[Item]:
    """The attributes of target groups, with the settings of the process `default`."""
    for owner, resource in elbv2.of_kind(owners, "target-group"):
        own = {
            "deregistration_delay.timeout_seconds": owner.value(PROCESS, "DeregistrationDelay") or "20",
            "stickiness.enabled": _flag(owner, PROCESS, "StickinessEnabled"),
            "stickiness.type": "source_ip",
        }
        if _type(owner) == "app":
            own["stickiness.type"] = owner.value(PROCESS, "StickinessType") or "lb_cookie"
            own["stickiness.lb_cookie.duration_seconds"] = owner.value(PROCESS, "StickinessLBCookieDuration") or "86400"
        yield from _items(
            resource, "target_group_arn", {**OF_EVERY_TARGET_GROUP, **OF_TARGET_GROUPS[_type(owner)], **own}
        )


def of_listeners(owners: Sequence[Owner], request: Request) -> Iterator[Item]:
    """The attributes of listeners."""
    for owner, resource in elbv2.of_kind(owners, "listener"):
        yield from _items(resource, "listener_arn", OF_LISTENERS[_type(owner)])


def certificates(owners: Sequence[Owner], request: Request) -> Iterator[Item]:
    """The certificates of listeners, of which the first one is the default one."""
    for owner, listener in elbv2.of_kind(owners, "listener"):
        for index, arn in enumerate(elbv2.certificates_of(owner)):
            members = {"certificate_arn": arn, "is_default": index == 0}
            yield Item(arn, members, {"listener_arn": (listener.name,)})


def _listeners(owners: Sequence[Owner], member: str) -> Iterator[str]:
    return (listener.name for _, listener in elbv2.of_kind(owners, "listener"))


def _items(resource: Resource, member: str, attributes: Mapping[str, str]) -> Iterator[Item]:
    for key, value in attributes.items():
        yield Item(key, {"key": key, "value": value}, {member: (resource.name,)})


def _type(owner: Owner) -> str:
    """The type of the environment's load balancer, as it stands in its ARN."""
    balancer = owner.environment.resource("load-balancer")
    return "net" if balancer is not None and "/net/" in balancer.name else "app"


def _flag(owner: Owner, namespace: str, name: str) -> str:
    return str(owner.configuration.boolean(namespace, name)).lower()


LISTINGS = {
    "DescribeRules": Listing(
        rules,
        "rules",
        "RuleArn",
        {"listener_arn": elbv2.NO_LISTENER, "rule_arns": missing("RuleNotFound", "One or more rules not found")},
        Pages("page_size", "marker", "next_marker", 400),
        None,
        shared=elbv2.shared,
    ),
    "DescribeLoadBalancerAttributes": Listing(
        of_load_balancers, "attributes", "Key", {"load_balancer_arn": elbv2.NO_BALANCER}, None, None
    ),
    "DescribeTargetGroupAttributes": Listing(
        of_target_groups, "attributes", "Key", {"target_group_arn": elbv2.NO_GROUP}, None, None
    ),
    "DescribeListenerCertificates": Listing(
        certificates,
        "certificates",
        "CertificateArn",
        {"listener_arn": elbv2.NO_LISTENER},
        Pages("page_size", "marker", "next_marker", 400),
        None,
        _listeners,
    ),
    "DescribeListenerAttributes": Listing(
        of_listeners, "attributes", "Key", {"listener_arn": elbv2.NO_LISTENER}, None, None
    ),
}
