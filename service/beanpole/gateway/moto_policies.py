"""moto's policies that AWS manages: read once in a process, and named as AWS names them.

moto reads all 1,500 of them anew for each account, which takes a tenth of a second and some megabytes.
"""

from importlib import import_module
from typing import Any

from beanpole.model.names import naming


def share() -> None:
    """Have moto read the policies once for all accounts, and keep the id of each; done once in a process."""
    models: Any = import_module("moto.iam.models")
    read = models.IAMBackend._init_aws_policies
    if read.__module__ == __name__:
        return
    models.AWSManagedPolicy.id = property(lambda policy: naming.policy_id(policy.arn), lambda *_: None)

    policies: dict[str, list[Any]] = {}  # by region, each made for no account

    def init_aws_policies(self: Any) -> list[Any]:
        if self.region_name not in policies:
            policies[self.region_name] = [_copy(policy, "aws") for policy in read(self)]
        return [_copy(policy, self.account_id) for policy in policies[self.region_name]]

    models.IAMBackend._init_aws_policies = init_aws_policies


def _copy(policy: Any, account_id: str) -> Any:
    """The policy as an account has it: whatever a call changes belongs to the account alone."""
    own = _alike(policy)
    own.account_id = account_id
    own.tags, own.versions = dict(policy.tags), [_alike(version) for version in policy.versions]
    return own


def _alike(value: Any) -> Any:
    """An object of the same class with the same members; `copy` takes four times as long."""
    other = object.__new__(type(value))
    vars(other).update(vars(value))
    return other
