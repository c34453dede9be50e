"""The record of a call on its way through the service, for the journal.

Each station of the call sets its part of the record, which costs next to nothing; the journal encodes and writes it
later.
"""

from collections.abc import Mapping
from typing import Any

from beanpole.api.rendered import Rendered
from beanpole.machine.clock import elapsed, real_now
from beanpole.model.changes.change import Entity
from beanpole.store.journal import Call, Journal, label


class Recording:
    """The record of one call, from the first byte of its request to its answer."""

    __slots__ = (
        "_begun",
        "_journal",
        "account_id",
        "changed",
        "client",
        "now",
        "only_looks",
        "operation",
        "parameters",
        "region",
    )

    def __init__(self, journal: Journal, client: str | None) -> None:
        self._journal = journal
        self._begun = elapsed()
        self.client = client
        self.account_id: str | None = None
        self.region = ""
        self.operation: str | None = None
        self.parameters: Mapping[str, Any] = {}
        self.now: int | None = None
        self.changed: tuple[Entity, ...] = ()
        self.only_looks = False

    def end(self, answer: Rendered) -> None:
        """Add the call and its answer to the journal, unless its caller is unknown or only looks on.

        The console and `beanpole watch` read often, and their calls would hide those of the user.
        """
        if self.account_id is None or self.only_looks or not self._journal.is_on:
            return
        error, message = answer.error or (None, None)
        call = Call(
            real_now(),
            self.region,
            self.operation,
            answer.status,
            answer.request_id,
            round(elapsed() - self._begun, 3),
            self.now,
            dict(self.parameters),
            error,
            message,
            self.client,
            tuple(label(entity) for entity in self.changed) if error is None else (),
        )
        self._journal.add(self.account_id, call)
