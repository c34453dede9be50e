"""The AWS resources behind an environment: their logical names, the names they get, and the words for them.

Forms of names are those of docs/facts.md#names; a name, once given, is kept in the environment.
"""

from collections.abc import Callable

from msgspec import Struct

from beanpole.model.environment.shared_balancer import SharedBalancer
from beanpole.model.events.messages import CREATING_DATABASE, Sentence
from beanpole.model.names.ids import Ids
from beanpole.model.names.naming import domain
from beanpole.model.platforms.catalog import partition


class Resource(Struct, frozen=True, omit_defaults=True):
    """A resource by its kind here and the name AWS gave it; `endpoint` is where it answers, if it does."""

    kind: str
    name: str
    endpoint: str | None = None

    @property
    def physical_id(self) -> str:
        """The name by which its stack and the events know it: a queue by its URL."""
        return self.endpoint if self.kind.endswith("-queue") and self.endpoint else self.name


class ResourceScope(Struct, frozen=True):
    """The region, account and environment that the names of resources are made of, and the other resources.

    A policy names its Auto Scaling group, a listener its load balancer, and a rule the listener of the `shared` one.
    `in_vpc`: the options name a VPC.
    """

    region: str
    account_id: str
    environment_id: str
    resources: tuple[Resource, ...] = ()
    in_vpc: bool = False
    shared: SharedBalancer | None = None

    def name(self, kind: str) -> str:
        """The name of the environment's resource of a kind; ValueError if it has none."""
        for resource in self.resources:
            if resource.kind == kind:
                return resource.name
        raise ValueError(f"{self.environment_id} has no {kind} that another resource could name")

    @property
    def stack(self) -> str:
        """The environment's CloudFormation stack."""
        return f"awseb-{self.environment_id}-stack"

    @property
    def temporary_stack(self) -> str:
        """The stack of the temporary group, which is its own."""
        return f"awseb-{self.environment_id}-immutable-stack"

    def arn(self, service: str, rest: str) -> str:
        """The ARN of a resource in the environment's account and region."""
        return f"arn:{partition(self.region)}:{service}:{self.region}:{self.account_id}:{rest}"

    def global_arn(self, service: str, rest: str) -> str:
        """The ARN of a resource of the environment's account that is in no region."""
        return f"arn:{partition(self.region)}:{service}::{self.account_id}:{rest}"

    def id_of(self, stack: str) -> str:
        """The ARN of a stack."""
        return self.arn("cloudformation", f"stack/{stack}/{Ids('stack', stack).request_id()}")


Names = tuple[str, str | None]  # the name of a new resource, and its endpoint if it has one
NewNames = Callable[[ResourceScope, Ids, str], Names]  # of a resource with this logical id


class Kind(Struct, frozen=True):
    """A kind of resource: its names in the account, in templates and in events.

    `logical_id` is its name in a template. `noun` is the word for it in events, None if events do not mention it.
    `family` is the kind under which an environment keeps it, where several kinds share one. `beginning` is the event
    before its creation, where that takes a while.
    """

    logical_id: str
    names: NewNames
    noun: str | None = None
    family: str | None = None
    beginning: Sentence | None = None


def _in_stack(scope: ResourceScope, ids: Ids, logical_id: str) -> Names:
    return f"{scope.stack}-{logical_id}-{ids.suffix()}", None


def _in_temporary_stack(scope: ResourceScope, ids: Ids, logical_id: str) -> Names:
    """The group of the new side while instances are replaced immutably has a stack of its own."""
    return f"{scope.temporary_stack}-{logical_id}-{ids.suffix()}", None


def _in_ec2(prefix: str) -> NewNames:
    return lambda scope, ids, logical_id: (f"{prefix}-{ids.hexadecimal(17)}", None)


def _security_group(scope: ResourceScope, ids: Ids, logical_id: str) -> Names:
    """In a VPC that the options name, security groups are known by their ids (docs/facts.md#names)."""
    return (_in_ec2("sg") if scope.in_vpc else _in_stack)(scope, ids, logical_id)


def _balancer_endpoint(scope: ResourceScope, ids: Ids, name: str) -> str:
    return f"{name}-{ids.number(10**8, 10**9)}.{scope.region}.elb.{domain(scope.region)}"


def _elastic_ip(scope: ResourceScope, ids: Ids, logical_id: str) -> Names:
    """An address of 198.18.0.0/15, which is reserved for benchmarks, so that no host has it (RFC 2544).

    The blocks for documentation are so small that two environments would soon have one address.
    """
    number = ids.number(1, 2**17 - 2)
    address = f"198.{18 + number // 65536}.{number // 256 % 256}.{number % 256}"
    return address, address


def _classic_load_balancer(scope: ResourceScope, ids: Ids, logical_id: str) -> Names:
    name = f"awseb-{scope.environment_id[:3]}-AWSEBLoa-{ids.capitals()}"
    return name, _balancer_endpoint(scope, ids, name)


def _balancer_of(type_: str) -> NewNames:
    def names(scope: ResourceScope, ids: Ids, logical_id: str) -> Names:
        name = f"awseb--AWSEB-{ids.suffix()}"
        id_ = ids.hexadecimal(16)
        arn = scope.arn("elasticloadbalancing", f"loadbalancer/{type_}/{name}/{id_}")
        if type_ == "net":  # the name of a network load balancer has the id of its ARN, and the zone another place
            return arn, f"{name}-{id_}.elb.{scope.region}.{domain(scope.region)}"
        return arn, _balancer_endpoint(scope, ids, name)

    return names


def _listener(scope: ResourceScope, ids: Ids, logical_id: str) -> Names:
    """The ARN of a listener has the path of its load balancer, and an id of its own."""
    path = scope.name("load-balancer").partition(":loadbalancer/")[2]
    return scope.arn("elasticloadbalancing", f"listener/{path}/{ids.hexadecimal(16)}"), None


def _listener_rule(scope: ResourceScope, ids: Ids, logical_id: str) -> Names:
    """The ARN of a rule has that of its listener and an id of its own; the rule answers at the shared load balancer."""
    if scope.shared is None:
        raise ValueError(f"{scope.environment_id} has no shared load balancer that another resource could name")
    listener = scope.shared.listener.replace(":listener/", ":listener-rule/")
    return f"{listener}/{ids.hexadecimal(16)}", scope.shared.dns_name


def _target_group(scope: ResourceScope, ids: Ids, logical_id: str) -> Names:
    path = f"targetgroup/awseb--AWSEB-{ids.suffix()}/{ids.hexadecimal(16)}"
    return scope.arn("elasticloadbalancing", path), None


def _policy(scope: ResourceScope, ids: Ids, logical_id: str) -> Names:
    group = f"autoScalingGroupName/{scope.name('auto-scaling-group')}"
    name = f"policyName/{scope.stack}-{logical_id}-{ids.suffix()}"
    return scope.arn("autoscaling", f"scalingPolicy:{ids.request_id()}:{group}:{name}"), None


def _database(scope: ResourceScope, ids: Ids, logical_id: str) -> Names:
    """RDS knows lower case alone, in the name that the stack gives, too (docs/facts.md#names)."""
    return f"{scope.stack}-{logical_id.lower()}-{ids.label(12)}", None


def _bucket(scope: ResourceScope, ids: Ids, logical_id: str) -> Names:
    """S3 knows lower case alone."""
    return f"{scope.stack}-{logical_id.lower()}-{ids.label(12)}", None


def _queue(scope: ResourceScope, ids: Ids, logical_id: str) -> Names:
    name = f"{scope.stack}-{logical_id}-{ids.suffix()}"
    return name, f"https://sqs.{scope.region}.{domain(scope.region)}/{scope.account_id}/{name}"


_BALANCER, _LISTENER = "load-balancer", "listener"  # families

KINDS: dict[str, Kind] = {
    "security-group": Kind("AWSEBSecurityGroup", _security_group, "security group"),
    "load-balancer-security-group": Kind("AWSEBLoadBalancerSecurityGroup", _in_ec2("sg"), "security group"),
    "elastic-ip": Kind("AWSEBEIP", _elastic_ip, "EIP"),
    "classic-load-balancer": Kind("AWSEBLoadBalancer", _classic_load_balancer, "load balancer", _BALANCER),
    "application-load-balancer": Kind("AWSEBV2LoadBalancer", _balancer_of("app"), "load balancer", _BALANCER),
    "network-load-balancer": Kind("AWSEBV2LoadBalancer", _balancer_of("net"), "load balancer", _BALANCER),
    "application-listener": Kind("AWSEBV2LoadBalancerListener", _listener, "Load Balancer listener", _LISTENER),
    "network-listener": Kind("AWSEBV2LoadBalancerListener", _listener, "Load Balancer listener", _LISTENER),
    "target-group": Kind("AWSEBV2LoadBalancerTargetGroup", _target_group, "target group"),
    "listener-rule": Kind("AWSEBV2LoadBalancerListenerRule", _listener_rule),  # [I] no event is of it
    "launch-template": Kind("AWSEBEC2LaunchTemplate", _in_ec2("lt")),
    "auto-scaling-group": Kind("AWSEBAutoScalingGroup", _in_stack, "Auto Scaling group"),
    "scale-up-policy": Kind("AWSEBAutoScalingScaleUpPolicy", _policy, "Auto Scaling group policy"),
    "scale-down-policy": Kind("AWSEBAutoScalingScaleDownPolicy", _policy, "Auto Scaling group policy"),
    "alarm-high": Kind("AWSEBCloudwatchAlarmHigh", _in_stack, "CloudWatch alarm"),
    "alarm-low": Kind("AWSEBCloudwatchAlarmLow", _in_stack, "CloudWatch alarm"),
    "temporary-group": Kind("AWSEBAutoScalingGroup", _in_temporary_stack, "temporary auto scaling group"),
    "worker-queue": Kind("AWSEBWorkerQueue", _queue, "SQS queue"),
    "database-security-group": Kind("AWSEBRDSDBSecurityGroup", _security_group, "security group"),
    "database": Kind("AWSEBRDSDatabase", _database, "RDS database", beginning=CREATING_DATABASE),
    "bucket": Kind(
        "Bucket", _bucket, "S3 bucket"
    ),  # [I] its noun; of a user's template, seen once it cannot be deleted
    "dead-letter-queue": Kind("AWSEBWorkerDeadLetterQueue", _queue, "SQS queue"),
}

WORDS = tuple(dict.fromkeys(word for name, kind in KINDS.items() for word in (name, kind.family or name)))
"""Every word for a resource: the kinds and their families."""

_NOUNS = {word: kind.noun for name, kind in KINDS.items() for word in (name, kind.family or name)}


def create(kind: str, scope: ResourceScope, ids: Ids) -> Resource:
    """A new resource of a kind, as its environment keeps it."""
    row = KINDS[kind]
    name, endpoint = row.names(scope, ids, row.logical_id)
    return Resource(row.family or kind, name, endpoint)


def family(kind: str) -> str:
    """The kind under which an environment keeps a resource; a family is its own."""
    return KINDS[kind].family or kind if kind in KINDS else kind


def kinds_of(resource: Resource) -> tuple[str, ...]:
    """The kinds that a resource may be of, as its environment keeps it; its ARN tells load balancers apart."""
    kinds = tuple(kind for kind in KINDS if family(kind) == resource.kind)
    types = {"app": "application", "net": "network"}
    type_ = next((name for path, name in types.items() if f"/{path}/" in resource.name), "classic")
    return kinds if len(kinds) == 1 else tuple(kind for kind in kinds if kind.startswith(type_))


def security_group_id(resource: Resource) -> str:
    """The id of a security group; the model has its name, or its id if the options name a VPC."""
    if resource.name.startswith("sg-"):
        return resource.name
    return f"sg-{Ids('security-group', resource.name).hexadecimal(17)}"


def balancer_of(shared: SharedBalancer | None, resources: tuple[Resource, ...]) -> Resource | None:
    """The load balancer before an environment with these resources: the shared one only where there is a rule of it."""
    kind = "load-balancer" if shared is None else "listener-rule"
    own = next((resource for resource in resources if resource.kind == kind), None)
    return own if shared is None or own is None else Resource("load-balancer", shared.arn, shared.dns_name)


def noun(kind: str) -> str | None:
    """The word for a resource in events, by its kind or family; None if events do not mention it."""
    return _NOUNS[kind]


def noun_in_errors(kind: str) -> str:
    """The word for a resource that fails: every resource has one then, and a temporary group is a group."""
    return (
        {
            "launch-template": "launch template",
            "listener-rule": "Load Balancer listener rule",
            "temporary-group": "Auto Scaling group",
        }.get(kind)
        or _NOUNS[kind]
        or kind
    )
