"""The instance profiles and the roles of an account, as the companion's IAM knows them."""

from collections.abc import Callable
from http import HTTPStatus
from urllib.parse import urlencode

from beanpole.gateway import inside
from beanpole.gateway.companion import Application, Companion

LINKED = "AWSServiceRoleFor"  # begins the names of roles that a service makes for itself


def instance_profiles(companion: Companion) -> Callable[[str, str], bool] | None:
    """A function that tells whether an account has an instance profile of a name; None without IAM."""
    iam = companion.application("iam")
    if iam is None:
        return None
    return lambda account_id, name: _has(iam, account_id, "GetInstanceProfile", InstanceProfileName=name)


def service_roles(companion: Companion) -> Callable[[str, str], bool] | None:
    """A function that tells whether an account has a role of a name; None without IAM."""
    iam = companion.application("iam")
    if iam is None:
        return None
    return lambda account_id, name: name.startswith(LINKED) or _has(iam, account_id, "GetRole", RoleName=name)


def _has(iam: Application, account_id: str, action: str, **parameters: str) -> bool:
    """Tell whether a role or profile may exist: only a 404 of IAM denies it."""
    form = urlencode({"Action": action, "Version": "2010-05-08", **parameters}).encode()
    return inside.answer(iam, account_id, "iam", form).status != HTTPStatus.NOT_FOUND
