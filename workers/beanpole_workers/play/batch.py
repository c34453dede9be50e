"""A batch: members that are due, played in this process."""

from collections.abc import Callable, Sequence

from beanpole.catalog import Catalog
from beanpole.store.due import parts
from beanpole.store.store import Store
from beanpole_workers.play import manual, wall


def play(
    store: Store, catalog: Catalog, members: Sequence[str], others_wait: Callable[[], bool] = lambda: False
) -> None:
    """Play entities of accounts on a wall clock, and move manual clocks to their targets until `others_wait`."""
    clocks = [member for member in members if parts(member)[2] == "clock"]
    wall.play(store, catalog, [member for member in members if member not in clocks])
    if clocks:
        manual.drain(store, catalog, clocks, others_wait)
