"""The scopes of credentials that neighbours answer."""

from collections.abc import Mapping

# The services behind each scope of credentials, by the names of their specs; the first answers calls without a version.
SCOPES: Mapping[str, tuple[str, ...]] = {
    "ec2": ("ec2",),
    "autoscaling": ("autoscaling",),
    "elasticloadbalancing": ("elbv2", "elb"),
    "cloudformation": ("cloudformation",),
    "monitoring": ("cloudwatch",),
    "rds": ("rds",),
    "logs": ("logs",),
    "codebuild": ("codebuild",),
    "tagging": ("resourcegroupstaggingapi",),
}
