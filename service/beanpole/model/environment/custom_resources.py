"""The custom resources of an environment: those that the configuration files of its version add to its stack.

The form of a physical id is that of `Ref` in CloudFormation's reference of the type; a type without a row has the
form of most: stack, logical id and a random suffix. That a long name is cut before its suffix is [inferred].
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct

from beanpole.model.bundles.template import Template, TemplateResource
from beanpole.model.environment.resources import ResourceScope
from beanpole.model.names.ids import Ids
from beanpole.model.names.naming import domain

QUEUE, TOPIC, SUBSCRIPTION = "AWS::SQS::Queue", "AWS::SNS::Topic", "AWS::SNS::Subscription"
TABLE, BUCKET, LOG_GROUP = "AWS::DynamoDB::Table", "AWS::S3::Bucket", "AWS::Logs::LogGroup"
Properties = Mapping[str, Any]
Form = Callable[[ResourceScope, Ids, str, Properties], str]


class CustomResource(Struct, frozen=True, omit_defaults=True):
    """A custom resource as its stack has it: its declaration, its physical id, and the instant of its creation."""

    declared: TemplateResource
    physical_id: str
    at: int


class CustomResources(Struct, frozen=True, omit_defaults=True):
    """The custom resources of a stack, with the template that they come from.

    `updated` is the instant at which a deployment of a version alone last changed the stack.
    """

    template: Template = Template()
    resources: tuple[CustomResource, ...] = ()
    updated: int | None = None


class Row(Struct, frozen=True):
    """A type of resource: its form of a physical id, made of a name.

    `named_by` is the property that gives the name; else the stack gives one, of `most` characters at most, in small
    letters where the service knows no others (`is_lower`).
    """

    form: Form
    named_by: str | None = None
    most: int = 255
    is_lower: bool = False


def _plain(scope: ResourceScope, ids: Ids, name: str, properties: Properties) -> str:
    return name


def _arn_of(service: str, path: str) -> Form:
    """The ARN of a name; the path has `{name}`, or an id that is drawn."""

    def form(scope: ResourceScope, ids: Ids, name: str, properties: Properties) -> str:
        return scope.arn(service, path.format(name=name, id=ids.hexadecimal(16), uuid=ids.request_id()))

    return form


def _global_arn_of(service: str, path: str) -> Form:
    def form(scope: ResourceScope, ids: Ids, name: str, properties: Properties) -> str:
        return scope.global_arn(service, path.format(name=name))

    return form


def _id_of(prefix: str) -> Form:
    return lambda scope, ids, name, properties: f"{prefix}-{ids.hexadecimal(17)}"


def _queue_url(scope: ResourceScope, ids: Ids, name: str, properties: Properties) -> str:
    is_fifo = str(properties.get("FifoQueue")).lower() == "true"
    name = f"{name}.fifo" if is_fifo and not name.endswith(".fifo") else name
    return f"https://sqs.{scope.region}.{domain(scope.region)}/{scope.account_id}/{name}"


def _topic_arn(scope: ResourceScope, ids: Ids, name: str, properties: Properties) -> str:
    is_fifo = str(properties.get("FifoTopic")).lower() == "true"
    return scope.arn("sns", f"{name}.fifo" if is_fifo and not name.endswith(".fifo") else name)


def _subscription_arn(scope: ResourceScope, ids: Ids, name: str, properties: Properties) -> str:
    topic = properties.get("TopicArn")
    return f"{topic if isinstance(topic, str) else scope.arn('sns', name)}:{ids.request_id()}"


def _uuid(scope: ResourceScope, ids: Ids, name: str, properties: Properties) -> str:
    return ids.request_id()


def _secret_arn(scope: ResourceScope, ids: Ids, name: str, properties: Properties) -> str:
    return scope.arn("secretsmanager", f"secret:{name}-{ids.suffix(6)}")


_ELB = "elasticloadbalancing"
TYPES: Mapping[str, Row] = {
    QUEUE: Row(_queue_url, "QueueName", 75),  # with room for `.fifo`
    TOPIC: Row(_topic_arn, "TopicName", 250),
    SUBSCRIPTION: Row(_subscription_arn),
    TABLE: Row(_plain, "TableName"),
    BUCKET: Row(_plain, "BucketName", 63, is_lower=True),
    LOG_GROUP: Row(_plain, "LogGroupName"),
    "AWS::CertificateManager::Certificate": Row(_arn_of("acm", "certificate/{uuid}")),
    "AWS::CloudWatch::Alarm": Row(_plain, "AlarmName"),
    "AWS::EC2::EIP": Row(_id_of("eip")),
    "AWS::EC2::Instance": Row(_id_of("i")),
    "AWS::EC2::InternetGateway": Row(_id_of("igw")),
    "AWS::EC2::LaunchTemplate": Row(_id_of("lt")),
    "AWS::EC2::NetworkInterface": Row(_id_of("eni")),
    "AWS::EC2::RouteTable": Row(_id_of("rtb")),
    "AWS::EC2::SecurityGroup": Row(_id_of("sg")),
    "AWS::EC2::SecurityGroupEgress": Row(_id_of("sgr")),
    "AWS::EC2::SecurityGroupIngress": Row(_id_of("sgr")),
    "AWS::EC2::Subnet": Row(_id_of("subnet")),
    "AWS::EC2::VPC": Row(_id_of("vpc")),
    "AWS::EC2::VPCEndpoint": Row(_id_of("vpce")),
    "AWS::EC2::Volume": Row(_id_of("vol")),
    "AWS::EFS::FileSystem": Row(_id_of("fs")),
    "AWS::EFS::MountTarget": Row(_id_of("fsmt")),
    "AWS::ElastiCache::CacheCluster": Row(_plain, "ClusterName", 20, is_lower=True),
    "AWS::ElastiCache::ReplicationGroup": Row(_plain, "ReplicationGroupId", 40, is_lower=True),
    "AWS::ElasticLoadBalancingV2::Listener": Row(_arn_of(_ELB, "listener/app/{name}/{id}/{id}"), None, 32),
    "AWS::ElasticLoadBalancingV2::ListenerRule": Row(_arn_of(_ELB, "listener-rule/app/{name}/{id}/{id}"), None, 32),
    "AWS::ElasticLoadBalancingV2::LoadBalancer": Row(_arn_of(_ELB, "loadbalancer/app/{name}/{id}"), "Name", 32),
    "AWS::ElasticLoadBalancingV2::TargetGroup": Row(_arn_of(_ELB, "targetgroup/{name}/{id}"), "Name", 32),
    "AWS::Events::Rule": Row(_plain, "Name", 64),
    "AWS::IAM::InstanceProfile": Row(_plain, "InstanceProfileName", 128),
    "AWS::IAM::ManagedPolicy": Row(_global_arn_of("iam", "policy/{name}"), "ManagedPolicyName", 128),
    "AWS::IAM::Role": Row(_plain, "RoleName", 64),
    "AWS::KMS::Key": Row(_uuid),
    "AWS::Kinesis::Stream": Row(_plain, "Name", 128),
    "AWS::RDS::DBCluster": Row(_plain, "DBClusterIdentifier", 63, is_lower=True),
    "AWS::RDS::DBInstance": Row(_plain, "DBInstanceIdentifier", 63, is_lower=True),
    "AWS::Route53::RecordSet": Row(_plain, "Name"),
    "AWS::SecretsManager::Secret": Row(_secret_arn, "Name"),
    "AWS::StepFunctions::StateMachine": Row(_arn_of("states", "stateMachine:{name}"), "StateMachineName", 80),
}
ANY = Row(_plain)


def row_of(type_: str) -> Row:
    """The row of a type."""
    return TYPES.get(type_, ANY)


def physical_id(scope: ResourceScope, ids: Ids, declared: TemplateResource, properties: Properties) -> str:
    """The physical id of a new resource, whose properties have no functions any more; a name without end is cut."""
    row = row_of(declared.type)
    name = properties.get(row.named_by) if row.named_by is not None else None
    if not (isinstance(name, str) and name):
        name = _name(scope, ids, declared.logical_id, row)
    return row.form(scope, ids, name[: ANY.most], properties)[: 4 * ANY.most]


def is_same(old: TemplateResource, new: TemplateResource) -> bool:
    """Tell whether a resource stays as another is declared: another type or another name replaces it."""
    named_by = row_of(new.type).named_by or ""
    return old.type == new.type and properties_of(old).get(named_by) == properties_of(new).get(named_by)


def properties_of(declared: TemplateResource) -> dict[str, Any]:
    """The properties as the template has them."""
    properties = json.loads(declared.properties or "{}")
    return properties if isinstance(properties, dict) else {}


def _name(scope: ResourceScope, ids: Ids, logical_id: str, row: Row) -> str:
    beginning = f"{scope.stack}-{logical_id}"[: row.most - 13].rstrip("-")
    return f"{beginning.lower()}-{ids.label(12)}" if row.is_lower else f"{beginning}-{ids.suffix()}"
