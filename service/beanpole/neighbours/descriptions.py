"""The calls that describe one resource of an environment, and so answer with no list of resources."""

from collections.abc import Mapping

from beanpole.neighbours import (
    attributes,
    cloudformation,
    cloudwatch,
    datapoints,
    elb,
    group_details,
    logs,
    rds,
    templates,
)
from beanpole.neighbours.listing import Listing
from beanpole.neighbours.verb import Verb

DESCRIPTIONS: Mapping[str, Mapping[str, Verb]] = {
    "cloudwatch": {
        "GetMetricStatistics": Verb(datapoints.STATISTICS, datapoints.statistics, only_reads=True),
        "ListTagsForResource": Verb(cloudwatch.BY_ARN, cloudwatch.list_tags, only_reads=True),
    },
    "logs": {
        "DescribeLogStreams": Verb(logs.BY_EITHER_NAME, logs.describe_streams, only_reads=True),
        "GetLogEvents": Verb(logs.BY_EITHER_NAME, logs.get_events, only_reads=True),
        "FilterLogEvents": Verb(logs.BY_EITHER_NAME, logs.filter_events, only_reads=True),
        "ListTagsForResource": Verb(logs.BY_ARN, logs.list_tags, only_reads=True),
        "ListTagsLogGroup": Verb(logs.BY_NAME, logs.list_tags, only_reads=True),
    },
    "ec2": {
        "DescribeInstanceAttribute": Verb(attributes.ONE_INSTANCE, attributes.instance_attribute, only_reads=True),
        "DescribeVpcAttribute": Verb(attributes.ONE_VPC, attributes.vpc_attribute, only_reads=True),
        "GetConsoleOutput": Verb(attributes.ONE_INSTANCE, attributes.console_output, only_reads=True),
    },
    "autoscaling": {
        "DescribeWarmPool": Verb(group_details.ONE_GROUP, group_details.warm_pool, only_reads=True),
    },
    "rds": {"ListTagsForResource": Verb(rds.BY_ARN, rds.list_tags, only_reads=True)},
    "cloudformation": {
        "GetTemplate": Verb(templates.ONE_STACK, templates.get_template, only_reads=True),
        "GetTemplateSummary": Verb(templates.ONE_STACK, templates.get_summary, only_reads=True),
        "GetStackPolicy": Verb(templates.ONE_STACK, templates.get_policy, only_reads=True),
        "DescribeStackResource": Verb(
            Listing(cloudformation.stack_names, "", "", {"stack_name": cloudformation.NO_STACK}, None, None),
            cloudformation.describe_resource,
            only_reads=True,
        ),
    },
    "elb": {
        "DescribeLoadBalancerAttributes": Verb(
            Listing(elb.by_name, "", "", {"load_balancer_name": elb.NOT_FOUND}, None, None),
            elb.describe_attributes,
            only_reads=True,
        ),
    },
}
