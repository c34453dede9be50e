"""The access keys that moto's IAM and STS have issued, looked up where moto holds them.

moto gives every caller of GetSessionToken and GetFederationToken the same key, and keeps none, so keys of their own are
made here. They are kept in the caller's backend of STS.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from importlib import import_module
from typing import Any

from beanpole.gateway.access_keys import AccessKey

_ISSUED = "beanpole_issued_keys"  # the member of a backend of STS: secret, token and end by the id of a key


def has_account(account_id: str) -> bool:
    """Tell whether moto holds anything of an account that may have keys; no account is made by the question."""
    return any(dict.__contains__(_accounts(package), account_id) for package in ("iam", "sts"))


def find(account_id: str, key_id: str) -> AccessKey | None:
    """The key of an id in an account; None if it is deleted, inactive, or was never issued."""
    for backend in _backends("iam", account_id):
        for user in list(backend.users.values()):
            for key in list(user.access_keys):
                if key.access_key_id == key_id:
                    return AccessKey(key.secret_access_key, account_id) if key.status == "Active" else None
    for backend in _backends("sts", account_id):
        for role in reversed(list(backend.assumed_roles)):
            if role.access_key_id == key_id:
                return _temporary(account_id, role.secret_access_key, role.session_token, role.expiration)
        if key_id in vars(backend).get(_ISSUED, {}):
            return _temporary(account_id, *vars(backend)[_ISSUED][key_id])
    return None


def issue_for_sessions() -> None:
    """Have GetSessionToken and GetFederationToken issue keys of their own."""
    responses: Any = import_module("moto.sts.responses").TokenResponse
    for name in ("get_session_token", "get_federation_token"):
        answer = getattr(responses, name)
        if answer.__module__ != __name__:
            setattr(responses, name, _issuing(answer))


def _issuing(answer: Callable[[Any], Any]) -> Callable[[Any], Any]:
    make_token = import_module("moto.sts.utils").random_session_token
    make_key: Any = import_module("moto.iam.models").AccessKey

    def issue(response: Any) -> Any:
        result = answer(response)
        key = make_key(user_name=None, prefix="ASIA", account_id=response.current_account)
        credentials = result.result["Credentials"]
        secret, token = key.secret_access_key, make_token()
        credentials |= {"AccessKeyId": key.access_key_id, "SecretAccessKey": secret, "SessionToken": token}
        issued = vars(response.backend).setdefault(_ISSUED, {})
        issued[key.access_key_id] = (secret, token, credentials["Expiration"])
        return result

    return issue


def _backends(package: str, account_id: str) -> Iterator[Any]:
    """The backends of an account, one for each partition that it has been called in."""
    yield from list(dict.values(_accounts(package)[account_id]))


def _accounts(package: str) -> Any:
    return vars(import_module(f"moto.{package}.models"))[f"{package}_backends"]


def _temporary(account_id: str, secret: str, token: str, expires: datetime) -> AccessKey:
    return AccessKey(secret, account_id, token, expires.replace(tzinfo=UTC))
