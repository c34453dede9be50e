"""Clients of other services, one for each world."""

from collections.abc import Callable
from typing import Generic, TypeVar

from beanpole.store.world import World

CLIENTS = 32  # the most clients: each takes megabytes

C = TypeVar("C")


class WorldClients(Generic[C]):
    """The clients that `make` makes, of an account and a region."""

    def __init__(self, make: Callable[[str, str], C]) -> None:
        self._make = make
        self._clients: dict[tuple[str, str], C] = {}

    def __len__(self) -> int:
        return len(self._clients)

    def of(self, world: World) -> C:
        """The client of a world."""
        scope = world.account_id, world.region
        if scope not in self._clients:
            if len(self._clients) >= CLIENTS:
                self._clients.clear()
            self._clients[scope] = self._make(*scope)
        return self._clients[scope]
