"""moto's policies that AWS manages: read once in a process when IAM first needs them, and named as AWS names them.

moto reads all 1,500 of them anew for each account, and each account is looked up in IAM at its first call of any
service. That takes a tenth of a second and some megabytes; few calls need a policy.
"""

import threading
from collections.abc import Callable
from importlib import import_module
from typing import Any

from beanpole.model.names import naming

MEMBERS = (
    "aws_managed_policies",
    "managed_policies",
)  # of a backend of IAM, made when they are needed
_LATER: Any = object()  # what moto is given for them when it makes a backend
_lock = threading.RLock()


def share() -> None:
    """Have moto read the policies once for all accounts, and keep the id of each; done once in a process."""
    models: Any = import_module("moto.iam.models")
    class_ = models.IAMBackend
    read, by_arn = class_._init_aws_policies, class_._init_managed_policies
    if read.__module__ == __name__:
        return
    models.AWSManagedPolicy.id = property(lambda policy: naming.policy_id(policy.arn), lambda *_: None)

    policies: dict[str, list[Any]] = {}  # by region, each made for no account

    def of_account(backend: Any) -> list[Any]:
        if backend.region_name not in policies:
            policies[backend.region_name] = read(backend)
            for policy in policies[backend.region_name]:
                policy.account_id = "aws"
        return [_copy(policy, backend.account_id) for policy in policies[backend.region_name]]

    def init_aws_policies(_: Any) -> Any:
        return _LATER

    class_._init_aws_policies, class_._init_managed_policies = init_aws_policies, init_aws_policies
    for name, make in zip(MEMBERS, (of_account, by_arn), strict=True):
        setattr(class_, name, _Late(name, make))


class _Late:
    """A member of a backend that is made when it is first needed."""

    def __init__(self, name: str, make: Callable[[Any], Any]) -> None:
        self._name = name
        self._make = make

    def __get__(self, backend: Any, _: type) -> Any:
        members = vars(backend)
        if self._name not in members:
            with _lock:
                if self._name not in members:
                    members[self._name] = self._make(backend)
        return members[self._name]

    def __set__(self, backend: Any, value: Any) -> None:
        if value is not _LATER:
            vars(backend)[self._name] = value


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
