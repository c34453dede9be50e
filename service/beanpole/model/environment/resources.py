"""The AWS resources behind an environment: their logical names, the names they get, and the words for them.

Forms of names are those of api.md 5; a name, once given, is kept in the environment.
"""

from collections.abc import Callable

from msgspec import Struct

from beanpole.model.events.messages import CREATING_DATABASE, Sentence
from beanpole.model.names.ids import Ids
from beanpole.model.names.naming import domain
from beanpole.model.platforms.catalog import partition


class Resource(Struct, frozen=True, omit_defaults=True):
    """A resource by its kind here and the name AWS gave it; `endpoint` is where it answers, if it does."""

    kind: str
    name: str
    endpoint: str | None = None


class Place(Struct, frozen=True):
    """What a name is made of: where, for whom, in which environment, and of which Auto Scaling group."""

    region: str
    account_id: str
    environment_id: str
    group: str = ""

    @property
    def stack(self) -> str:
        """The environment's CloudFormation stack."""
        return f"awseb-{self.environment_id}-stack"

    @property
    def temporary_stack(self) -> str:
        """The stack of the temporary group, which is its own."""
        return f"awseb-{self.environment_id}-immutable-stack"


class Kind(Struct, frozen=True):
    """How a kind of resource is named, and how events speak of it; a kind without a noun comes and goes unsaid.

    `beginning` is said before its creation, which takes a while.
    """

    make: Callable[[Place, Ids], Resource]
    noun: str | None = None
    beginning: Sentence | None = None


def _in_stack(kind: str, logical_id: str) -> Callable[[Place, Ids], Resource]:
    return lambda place, ids: Resource(kind, f"{place.stack}-{logical_id}-{ids.suffix()}")


def _arn(place: Place, service: str, rest: str) -> str:
    return f"arn:{partition(place.region)}:{service}:{place.region}:{place.account_id}:{rest}"


def _balancer_endpoint(place: Place, ids: Ids, name: str) -> str:
    return f"{name}-{ids.number(10**8, 10**9)}.{place.region}.elb.{domain(place.region)}"


def _elastic_ip(place: Place, ids: Ids) -> Resource:
    """An address of 203.0.113.0/24, the block reserved for documentation, and so nobody's."""
    address = f"203.0.113.{ids.number(1, 254)}"
    return Resource("elastic-ip", address, address)


def _classic_load_balancer(place: Place, ids: Ids) -> Resource:
    name = f"awseb-{place.environment_id[:3]}-AWSEBLoa-{ids.suffix(13)}"
    return Resource("load-balancer", name, _balancer_endpoint(place, ids, name))


def _balancer_of(kind: str) -> Callable[[Place, Ids], Resource]:
    def make(place: Place, ids: Ids) -> Resource:
        name = f"awseb-AWSEB-{ids.suffix(13)}"
        arn = _arn(place, "elasticloadbalancing", f"loadbalancer/{kind}/{name}/{ids.hexadecimal(16)}")
        return Resource("load-balancer", arn, _balancer_endpoint(place, ids, name))

    return make


def _listener_of(kind: str) -> Callable[[Place, Ids], Resource]:
    def make(place: Place, ids: Ids) -> Resource:
        path = f"{kind}/awseb-AWSEB-{ids.suffix(13)}/{ids.hexadecimal(16)}/{ids.hexadecimal(16)}"
        return Resource("listener", _arn(place, "elasticloadbalancing", f"listener/{path}"))

    return make


def _target_group(place: Place, ids: Ids) -> Resource:
    path = f"targetgroup/awseb-AWSEB-{ids.suffix(13)}/{ids.hexadecimal(16)}"
    return Resource("target-group", _arn(place, "elasticloadbalancing", path))


def _policy(kind: str, direction: str) -> Callable[[Place, Ids], Resource]:
    def make(place: Place, ids: Ids) -> Resource:
        group = f"autoScalingGroupName/{place.group}"
        name = f"policyName/{place.stack}-AWSEBAutoScalingScale{direction}Policy-{ids.suffix()}"
        return Resource(kind, _arn(place, "autoscaling", f"scalingPolicy:{ids.request_id()}:{group}:{name}"))

    return make


def _temporary_group(place: Place, ids: Ids) -> Resource:
    """The group of the new side while instances are replaced immutably; it has a stack of its own."""
    return Resource("temporary-group", f"{place.temporary_stack}-AWSEBAutoScalingGroup-{ids.suffix()}")


def _queue(kind: str, logical_id: str) -> Callable[[Place, Ids], Resource]:
    def make(place: Place, ids: Ids) -> Resource:
        name = f"{place.stack}-{logical_id}-{ids.suffix()}"
        return Resource(kind, name, f"https://sqs.{place.region}.{domain(place.region)}/{place.account_id}/{name}")

    return make


KINDS: dict[str, Kind] = {
    "security-group": Kind(_in_stack("security-group", "AWSEBSecurityGroup"), "security group"),
    "load-balancer-security-group": Kind(
        lambda place, ids: Resource("load-balancer-security-group", f"sg-{ids.hexadecimal(17)}"), "security group"
    ),
    "elastic-ip": Kind(_elastic_ip, "EIP"),
    "classic-load-balancer": Kind(_classic_load_balancer, "load balancer"),
    "application-load-balancer": Kind(_balancer_of("app"), "load balancer"),
    "network-load-balancer": Kind(_balancer_of("net"), "load balancer"),
    "application-listener": Kind(_listener_of("app"), "Load Balancer listener"),
    "network-listener": Kind(_listener_of("net"), "Load Balancer listener"),
    "target-group": Kind(_target_group, "target group"),
    "launch-template": Kind(lambda place, ids: Resource("launch-template", f"lt-{ids.hexadecimal(17)}")),
    "auto-scaling-group": Kind(_in_stack("auto-scaling-group", "AWSEBAutoScalingGroup"), "Auto Scaling group"),
    "scale-up-policy": Kind(_policy("scale-up-policy", "Up"), "Auto Scaling group policy"),
    "scale-down-policy": Kind(_policy("scale-down-policy", "Down"), "Auto Scaling group policy"),
    "alarm-high": Kind(_in_stack("alarm-high", "AWSEBCloudwatchAlarmHigh"), "CloudWatch alarm"),
    "alarm-low": Kind(_in_stack("alarm-low", "AWSEBCloudwatchAlarmLow"), "CloudWatch alarm"),
    "temporary-group": Kind(_temporary_group, "temporary auto scaling group"),
    "worker-queue": Kind(_queue("worker-queue", "AWSEBWorkerQueue"), "SQS queue"),
    "database": Kind(lambda place, ids: Resource("database", f"aa{ids.label(13)}"), "RDS database", CREATING_DATABASE),
    "dead-letter-queue": Kind(_queue("dead-letter-queue", "AWSEBWorkerDeadLetterQueue"), "SQS queue"),
}

# What a kind may be called: by its own name, or by that which it shares, as load balancers of all types do.
WORDS = tuple(dict.fromkeys(word for it in KINDS for word in (it, it.partition("-")[2]) if word))

# What templates call a kind; those that are not here are never spoken of by that name.
LOGICAL_IDS: dict[str, str] = {
    "security-group": "AWSEBSecurityGroup",
    "load-balancer-security-group": "AWSEBLoadBalancerSecurityGroup",
    "elastic-ip": "AWSEBEIP",
    "classic-load-balancer": "AWSEBLoadBalancer",
    "application-load-balancer": "AWSEBV2LoadBalancer",
    "network-load-balancer": "AWSEBV2LoadBalancer",
    "application-listener": "AWSEBV2LoadBalancerListener",
    "network-listener": "AWSEBV2LoadBalancerListener",
    "target-group": "AWSEBV2LoadBalancerTargetGroup",
    "launch-template": "AWSEBEC2LaunchTemplate",
    "auto-scaling-group": "AWSEBAutoScalingGroup",
    "temporary-group": "AWSEBAutoScalingGroup",
    "scale-up-policy": "AWSEBAutoScalingScaleUpPolicy",
    "scale-down-policy": "AWSEBAutoScalingScaleDownPolicy",
    "alarm-high": "AWSEBCloudwatchAlarmHigh",
    "alarm-low": "AWSEBCloudwatchAlarmLow",
    "worker-queue": "AWSEBWorkerQueue",
    "dead-letter-queue": "AWSEBWorkerDeadLetterQueue",
    "database": "AWSEBRDSDatabase",
}

# What every sort of load balancer and listener is called once it is there.
_SHARED = {"load-balancer": "classic-load-balancer", "listener": "application-listener"}


def noun(kind: str) -> str | None:
    """The word for a resource that is there, by its own kind; None for what comes and goes unsaid."""
    return KINDS[_SHARED.get(kind, kind)].noun
