"""Ids that are never drawn again; no other module asks the machine for random numbers."""

import secrets
import uuid


def request_id() -> str:
    """The id of a call that only reads; a call that writes draws its id from the account's seed."""
    return str(uuid.uuid4())


def seed() -> int:
    """A seed that no account has had."""
    return secrets.randbits(31)
