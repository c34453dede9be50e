"""Announcements: the channel on which every write names the account that it has changed.

Scripts publish with the write itself, so no listener gets an announcement before the change. A message is the changed
accounts, one after the other; an empty one stands for every account. A lost message costs no more than the wait that it
would have ended.
"""

from beanpole.store import keys
from beanpole.store.connection import Connection
from beanpole.store.subscription import Subscription


class Announcements(Subscription):
    """A subscription to the announcements."""

    def __init__(self, redis: Connection) -> None:
        super().__init__(redis, keys.CHANGES)

    def wait(self, seconds: float) -> frozenset[str] | None:
        """The accounts of the next announcement, empty after `seconds` without one; None stands for every account."""
        return _accounts(self.message(max(seconds, 0.001)))

    def waiting(self) -> frozenset[str] | None:
        """The accounts of all announcements that have arrived already; None stands for every account."""
        changed: frozenset[str] = frozenset()
        while (message := self.message(0)) is not None:
            accounts = _accounts(message)
            if accounts is None:
                return None
            changed |= accounts
        return changed


def announce(redis: Connection, account_id: str = "") -> None:
    """Announce that an account may have changed; without an id, every account."""
    redis.publish(keys.CHANGES, account_id)


def _accounts(message: object) -> frozenset[str] | None:
    if not isinstance(message, dict):
        return frozenset()
    return frozenset(message["data"].decode().split()) or None
