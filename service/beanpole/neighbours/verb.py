"""A call that is not answered by one list: what it names, and what it does or describes."""

from collections.abc import Callable, Sequence
from typing import Any

from msgspec import Struct

from beanpole.model.changes.change import Change
from beanpole.neighbours.listing import Listing
from beanpole.neighbours.owners import Owners
from beanpole.wire.schemas import Request

Act = Callable[[Owners, Request, Sequence[str]], tuple[list[Change], Any]]


class Verb(Struct, frozen=True, eq=False):
    """A call that changes something.

    `listing` selects the resources and has the member of the answer. `act` makes the changes, one for each environment,
    and the answer, from the keys of the selected items. A call that `only_reads` makes no change.
    """

    listing: Listing
    act: Act
    only_reads: bool = False
