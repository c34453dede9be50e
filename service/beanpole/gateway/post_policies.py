"""Policies of forms that are posted to S3: what the fields of a form must be (Amazon S3 API reference, POST Policy).

A form may have no field that its policy does not mention, but those that carry the signature, and those to be ignored.
"""

from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Mapping
from datetime import UTC, datetime

import msgspec
from msgspec import Struct

from beanpole.gateway.signing_errors import Error, Refused
from beanpole.threads.decoders import JsonDecoder

_FREE = frozenset({"x-amz-signature", "signature", "awsaccesskeyid", "policy", "file"})
_IGNORED = "x-ignore-"
_RANGE = "content-length-range"

Condition = dict[str, str | int] | list[str | int]


class Policy(Struct, frozen=True):
    """A policy as its JSON has it."""

    expiration: datetime
    conditions: list[Condition]


def check(text: str, fields: Mapping[str, str], size: int, now: datetime) -> None:
    """Raise Refused for a form that its policy, in Base64, does not allow.

    `fields` are by names in lower case, with the bucket among them; `size` is that of the file.
    """
    policy = _read(text)
    expiration = policy.expiration if policy.expiration.tzinfo else policy.expiration.replace(tzinfo=UTC)
    if now > expiration:
        raise _denied("Policy expired.")
    mentioned = {"bucket"}
    for condition in policy.conditions:
        mentioned |= _check(condition, fields, size)
    extra = [name for name in fields if name not in mentioned | _FREE and not name.startswith(_IGNORED)]
    if extra:
        raise _denied(f"Extra input fields: {', '.join(extra)}")


_policy = JsonDecoder[Policy](Policy)


def _read(text: str) -> Policy:
    try:
        return _policy.decode(b64decode(text, validate=True))
    except (Base64Error, ValueError, msgspec.MsgspecError, RecursionError):
        raise Refused(Error("InvalidPolicyDocument", 400, "Invalid Policy: Invalid JSON.")) from None


def _check(condition: Condition, fields: Mapping[str, str], size: int) -> set[str]:
    """The names of the fields that a condition mentions; raises Refused if one of them does not fulfil it."""
    if isinstance(condition, dict):
        for name, value in condition.items():
            if fields.get(name.lower()) != str(value):
                raise _failed(["eq", f"${name}", str(value)])
        return {name.lower() for name in condition}
    match condition:
        case [str(word), int() | str() as least, int() | str() as most] if word.lower() == _RANGE:
            _check_size(str(least), str(most), size)
            return set()
        case [str(word), str(name), operand] if word.lower() in ("eq", "starts-with") and name.startswith("$"):
            value = fields.get(name[1:].lower(), "")
            if not (value == str(operand) if word.lower() == "eq" else value.startswith(str(operand))):
                raise _failed(condition)
            return {name[1:].lower()}
        case _:
            raise Refused(Error("InvalidPolicyDocument", 400, "Invalid Policy: Invalid condition."))


def _check_size(least: str, most: str, size: int) -> None:
    if not (least.isdecimal() and most.isdecimal() and len(least + most) < 40):
        raise Refused(Error("InvalidPolicyDocument", 400, "Invalid Policy: Invalid content-length-range."))
    if size > int(most):
        raise Refused(Error("EntityTooLarge", 400, "Your proposed upload exceeds the maximum allowed size"))
    if size < int(least):
        raise Refused(Error("EntityTooSmall", 400, "Your proposed upload is smaller than the minimum allowed size"))


def _failed(condition: list[str | int] | list[str]) -> Refused:
    return _denied(f"Policy Condition failed: {msgspec.json.encode(condition).decode()}")


def _denied(why: str) -> Refused:
    return Refused(Error("AccessDenied", 403, f"Invalid according to Policy: {why}"))
