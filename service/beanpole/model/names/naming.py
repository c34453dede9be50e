"""Names that follow from other names: ARNs, CNAMEs, buckets, an environment's own tags (docs/facts.md#names)."""

import re

from beanpole.model import errors
from beanpole.model.names.ids import Ids
from beanpole.model.platforms.catalog import partition

_NOT_IN_PROJECTS = re.compile("[^A-Za-z0-9-]")
_NAME = re.compile(r"[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?")


def arn(region: str, account_id: str, kind: str, *path: str) -> str:
    """The ARN of something in an account: kind `environment`, path application and environment."""
    return f"arn:{partition(region)}:elasticbeanstalk:{region}:{account_id}:{'/'.join((kind, *path))}"


def cname(prefix: str, region: str) -> str:
    """The domain name of a prefix; China has a domain of its own."""
    domain = "eb.amazonaws.com.cn" if region.startswith("cn-") else "elasticbeanstalk.com"
    return f"{prefix}.{region}.{domain}"


def domain(region: str) -> str:
    """The domain under which AWS answers in a region."""
    return "amazonaws.com.cn" if partition(region) == "aws-cn" else "amazonaws.com"


def role_arn(region: str, account_id: str, role: str) -> str:
    """The role's ARN; `role` may be a name or already an ARN."""
    return role if role.startswith("arn:") else f"arn:{partition(region)}:iam::{account_id}:role/{role}"


def profile_id(account_id: str, name: str) -> str:
    """The id of an instance profile, the same in EC2 and in IAM."""
    return f"AIPA{Ids('instance-profile', account_id, name).capitals(17)}"


def policy_id(arn: str) -> str:
    """The id of a policy that AWS manages."""
    return f"ANPA{Ids('managed-policy', arn).capitals(17)}"


def bucket(region: str, account_id: str) -> str:
    """The name of the bucket for an account's files."""
    return f"elasticbeanstalk-{region}-{account_id}"


def bundle_copy(region: str, account_id: str, digest: str) -> tuple[str, str]:
    """Bucket and key of the copy of a source bundle that the service keeps, whatever becomes of the original [I]."""
    return bucket(region, account_id), f"resources/_runtime/_versions/{digest}"


def build_arn(region: str, account_id: str, application: str, version: str, id_: str) -> str:
    """The ARN of a build; how the service names the project is inferred."""
    project = _NOT_IN_PROJECTS.sub("-", f"Elastic-Beanstalk-{application}-{version}")
    return f"arn:{partition(region)}:codebuild:{region}:{account_id}:build/{project}:{id_}"


def image(region: str, account_id: str, application: str, version: str) -> str:
    """The address to which a build pushes its image; the name of the repository is inferred."""
    repository, tag = (_NOT_IN_PROJECTS.sub("-", name) for name in (application, version))
    registry = f"{account_id}.dkr.ecr.{region}.amazonaws.com{'.cn' if region.startswith('cn-') else ''}"
    return f"{registry}/elastic-beanstalk/{repository.lower()}:{tag}"


def own_tags(environment_name: str, environment_id: str) -> dict[str, str]:
    """The tags that the service puts on an environment; users cannot change them."""
    return {
        "elasticbeanstalk:environment-name": environment_name,
        "elasticbeanstalk:environment-id": environment_id,
        "Name": environment_name,
    }


def check_environment_name(name: str) -> None:
    """Raise EnvironmentNameCharacters unless it is letters, digits and inner dashes; its length is the wire's."""
    if not is_label(name):
        raise errors.EnvironmentNameCharacters(environment=name)


def is_label(name: str) -> bool:
    """Tell whether a name can be a label of a domain name."""
    return _NAME.fullmatch(name) is not None


def check_cname_prefix(prefix: str) -> None:
    """Raise CnamePrefixCharacters unless it can be a label of a domain name."""
    if not is_label(prefix):
        raise errors.CnamePrefixCharacters(prefix=prefix)
