"""The attributes of resources that `Fn::GetAtt` gives: those that follow from a name (CloudFormation's reference)."""

from collections.abc import Callable, Mapping

from beanpole.model.environment.custom_resources import BUCKET, LOG_GROUP, QUEUE, TABLE, TOPIC
from beanpole.model.environment.resources import Resource, ResourceScope, security_group_id
from beanpole.model.names.naming import domain
from beanpole.model.platforms.catalog import partition


def last_part(physical_id: str, scope: ResourceScope) -> str:
    """The name in a URL or an ARN."""
    return physical_id.rpartition("/")[2].rpartition(":")[2]


def _arn_of(service: str, path: str) -> Callable[[str, ResourceScope], str]:
    return lambda physical_id, scope: scope.arn(service, path.format(name=last_part(physical_id, scope)))


def _itself(physical_id: str, scope: ResourceScope) -> str:
    return physical_id


# The attributes of custom resources, by their types.
ATTRIBUTES: Mapping[tuple[str, str], Callable[[str, ResourceScope], str]] = {
    (QUEUE, "Arn"): _arn_of("sqs", "{name}"),
    (QUEUE, "QueueName"): last_part,
    (QUEUE, "QueueUrl"): _itself,
    (TOPIC, "TopicArn"): _itself,
    (TOPIC, "TopicName"): last_part,
    (TABLE, "Arn"): _arn_of("dynamodb", "table/{name}"),
    (BUCKET, "Arn"): lambda name, scope: f"arn:{partition(scope.region)}:s3:::{name}",
    (BUCKET, "DomainName"): lambda name, scope: f"{name}.s3.{domain(scope.region)}",
    (BUCKET, "RegionalDomainName"): lambda name, scope: f"{name}.s3.{scope.region}.{domain(scope.region)}",
    (LOG_GROUP, "Arn"): lambda name, scope: scope.arn("logs", f"log-group:{name}:*"),
    ("AWS::IAM::Role", "Arn"): lambda name, scope: scope.global_arn("iam", f"role/{name}"),
    ("AWS::IAM::InstanceProfile", "Arn"): lambda name, scope: scope.global_arn("iam", f"instance-profile/{name}"),
    ("AWS::Kinesis::Stream", "Arn"): _arn_of("kinesis", "stream/{name}"),
    ("AWS::KMS::Key", "Arn"): lambda name, scope: scope.arn("kms", f"key/{name}"),
    ("AWS::CloudWatch::Alarm", "Arn"): lambda name, scope: scope.arn("cloudwatch", f"alarm:{name}"),
    ("AWS::EC2::SecurityGroup", "GroupId"): _itself,
}
# The same of the environment's own resources, by their kinds.
STANDARD: Mapping[tuple[str, str], Callable[[Resource, ResourceScope], str | None]] = {
    ("load-balancer", "DNSName"): lambda resource, scope: resource.endpoint,
    ("security-group", "GroupId"): lambda resource, scope: security_group_id(resource),
    ("load-balancer-security-group", "GroupId"): lambda resource, scope: security_group_id(resource),
    ("worker-queue", "Arn"): lambda resource, scope: scope.arn("sqs", resource.name),
    ("worker-queue", "QueueName"): lambda resource, scope: resource.name,
    ("dead-letter-queue", "Arn"): lambda resource, scope: scope.arn("sqs", resource.name),
    ("dead-letter-queue", "QueueName"): lambda resource, scope: resource.name,
}
