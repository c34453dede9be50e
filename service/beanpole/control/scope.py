"""The scope of a control request: an account in a region, and the store that holds it."""

from collections.abc import Callable
from http import HTTPStatus

from msgspec import Struct

from beanpole.control.problems import Problem
from beanpole.control.streams import Streams
from beanpole.files.object_store import ObjectReader
from beanpole.model.environment.environment import Environment
from beanpole.model.time.clock import Clock
from beanpole.store.store import Store
from beanpole.store.world import World


class Scope(Struct, frozen=True):
    """`timeout` is how many seconds of real time a route may wait for a worker; `objects` holds source bundles.

    `streams` are those of the process. `forget` has an account, or with None all of them, forgotten by the companion.
    """

    store: Store
    account_id: str
    region: str
    timeout: int
    streams: Streams
    objects: ObjectReader | None = None
    forget: Callable[[str | None], None] | None = None

    @property
    def world(self) -> World:
        """The account's world in the region."""
        return self.store.world(self.account_id, self.region)

    @property
    def clock(self) -> Clock:
        """The account's clock."""
        return self.store.clocks.get(self.account_id)

    def environment(self, name_or_id: str) -> Environment:
        """The live environment of that name, or any environment of that id; raises Problem with 404."""
        environment = self.world.environment_named(name_or_id) or self.world.environment(name_or_id)
        if environment is None:
            raise Problem(HTTPStatus.NOT_FOUND, f"There is no environment {name_or_id} in {self.region}.")
        return environment
