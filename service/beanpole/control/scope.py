"""Whose world a control route is about."""

from msgspec import Struct

from beanpole.model.clock import Clock
from beanpole.store.store import Store
from beanpole.store.world import World


class Scope(Struct, frozen=True):
    """An account in a region, and how many seconds it may have to wait."""

    store: Store
    account_id: str
    region: str
    patience: int

    @property
    def world(self) -> World:
        """What the account has in the region."""
        return self.store.world(self.account_id, self.region)

    @property
    def clock(self) -> Clock:
        """The account's clock."""
        return self.store.clocks.get(self.account_id)
