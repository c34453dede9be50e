"""Ids that need not come again: the only room that asks the machine for chance."""

import uuid


def request_id() -> str:
    """The id of a call that changes nothing; one that does draws its id from the account's seed."""
    return str(uuid.uuid4())
