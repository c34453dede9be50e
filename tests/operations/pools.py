"""Names and options from which requests are drawn: some of them are there, so that what is asked often makes sense."""

from environments import STACK

PYTHON = "arn:aws:elasticbeanstalk:us-east-1::platform/Python 3.14 running on 64bit Amazon Linux 2023/"
OWN = "arn:aws:elasticbeanstalk:us-east-1:123456789012:"
OPTIONS = [
    ("aws:autoscaling:asg", "MinSize", ["1", "2", "9", "x"]),
    ("aws:autoscaling:asg", "MaxSize", ["2", "4", "0"]),
    ("aws:autoscaling:launchconfiguration", "InstanceType", ["t3.small", "m5.large"]),
    ("aws:elasticbeanstalk:application:environment", "COLOUR", ["green", ""]),
    (
        "aws:elasticbeanstalk:command",
        "DeploymentPolicy",
        ["Rolling", "Immutable", "AllAtOnce", "TrafficSplitting", "No"],
    ),
    ("aws:elasticbeanstalk:command", "BatchSize", ["1", "50", "200"]),
    ("aws:elasticbeanstalk:environment", "EnvironmentType", ["SingleInstance", "LoadBalanced"]),
    ("aws:elasticbeanstalk:environment", "LoadBalancerType", ["application", "classic", "network"]),
    ("aws:autoscaling:updatepolicy:rollingupdate", "RollingUpdateType", ["Health", "Time", "Immutable"]),
    ("aws:autoscaling:updatepolicy:rollingupdate", "RollingUpdateEnabled", ["true", "false"]),
    ("aws:nothing:at:all", "Nothing", ["1"]),
]

POOLS = {
    "ApplicationName": ["shop", "shop", "shop", "other", "absent"],
    "EnvironmentName": ["web-1", "web-1", "jobs", "gone", "fresh-1", "fresh-2", "-bad-"],
    "VersionLabel": ["v1", "v2", "v2", "fresh", "absent"],
    "ConfigurationTemplateName": ["small", "small", "fresh", "absent"],
    "SolutionStackName": [STACK, STACK, "64bit Amazon Linux 2023 v4.13.6 running Python 3.14", "64bit Nothing"],
    "PlatformArn": [PYTHON + "4.13.7", PYTHON + "4.13.6", OWN + "platform/mine/1.0.0", "arn:nothing"],
    "DNSCnamePrefix": ["front", "taken", "-bad", "another"],
    "GroupName": ["dev", "prod"],
    "OperationsRole": ["arn:aws:iam::123456789012:role/operations"],
    "ResourceArn": [
        OWN + "application/shop",
        OWN + "applicationversion/shop/v1",
        OWN + "environment/shop/web-1",
        OWN + "configurationtemplate/shop/small",
        OWN + "platform/mine/1.0.0",
        OWN + "rocket/shop",
        "nonsense",
    ],
    "TagKey": ["colour", "team", "Name", "aws:x", "elasticbeanstalk:environment-id"],
    "TagValue": ["green", "blue"],
    "S3Bucket": ["bundles"],
    "S3Key": ["v1.zip"],
    "PlatformName": ["mine", "yours"],
    "PlatformVersion": ["1.0.0", "1.0.1", "one"],
    "SearchFilterAttribute": ["BranchName", "LifecycleState", "PlatformName", "TierType", "Nothing"],
    "SearchFilterOperator": ["=", "!=", "in", "not_in", "contains", "begins_with", "ends_with", "~"],
    "SearchFilterValue": ["Supported", "Python", "WebServer/Standard", "x"],
    "PlatformFilterType": ["PlatformName", "PlatformVersion", "PlatformOwner", "PlatformStatus", "SupportedTier", "No"],
    "PlatformFilterOperator": ["=", "!=", "<", ">=", "contains", "begins_with", "~"],
    "PlatformFilterValue": ["latest", "self", "Ready", "4.13.7", "Worker/SQS/HTTP"],
    "SourceLocation": ["bucket/key", "repository/commit"],
    "SourceRepository": ["CodeCommit", "S3"],
    "RequestId": ["00000000-0000-4000-8000-000000000000"],
    "ResourceName": ["AWSEBAutoScalingGroup", "Nightly"],
}
