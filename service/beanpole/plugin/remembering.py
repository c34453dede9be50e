"""The memory of a world of a test: its calls, to be asserted on, its last events, and the world as it was."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

if TYPE_CHECKING:
    from beanpole.files.object_store import Shelf
    from beanpole.model.events.event import Event
    from beanpole.store.journal import Call
    from beanpole.store.snapshot import Snapshot
    from beanpole.store.store import Store

ACCOUNT = "123456789012"
LAST_EVENTS = 20  # events of a world that are shown with a test that failed


class Saved(NamedTuple):
    """An account as it was, and the objects of the object store."""

    world: "Snapshot"
    objects: "Shelf"


class Remembering:
    """The part of `beanpole.testing.Beanstalk` that looks back."""

    store: "Store"
    objects: "Shelf"

    def calls(
        self,
        operation: str | None = None,
        *,
        error: str | None = None,
        environment: str | None = None,
        account: str = ACCOUNT,
        region: str | None = None,
        **parameters: Any,
    ) -> "list[Call]":
        """The last calls of the account, the oldest first: those of an operation, with parameters of these values.

        Each has its `operation`, `parameters`, `error`, `status`, `changed`, `client` and `region`. `error` is a code.
        `environment` is a name or an id that the call names, or the name of one that it has changed.
        """
        return [
            call
            for call in self.store.journal.calls(account)
            if operation in (None, call.operation)
            and error in (None, call.error)
            and region in (None, call.region)
            and (environment is None or environment in call.environments)
            and all(call.parameters.get(name) == value for name, value in parameters.items())
        ]

    def snapshot(self, account: str = ACCOUNT) -> Saved:
        """The account as it is now, with its clock, and the object store: to be restored as often as a test wants."""
        from beanpole.store import snapshot

        return Saved(snapshot.take(self.store, account), self.objects.copied())

    def restore(self, saved: Saved) -> None:
        """Put an account back to what was saved: the same calls have the same ids, events and timestamps again."""
        from beanpole.store import restoration

        restoration.restore(self.store, saved.world)
        self.objects.replace(saved.objects)


class Eventful(Protocol):
    """A world that has events."""

    def events(self) -> "tuple[Event, ...]":
        """All events of its account, the oldest first."""


def last_events(world: Eventful, number: int = LAST_EVENTS) -> str:
    """The last events of a world, a line each, the oldest first."""
    lines = [
        f"{_clock(event.at)} {event.severity:<5} {event.environment_name or '-'}: {event.message}"
        for event in world.events()[-number:]
    ]
    return "\n".join(lines) or "there are none"


def _clock(instant: int) -> str:
    return datetime.fromtimestamp(instant / 1000, UTC).strftime("%H:%M:%S.%f")[:-3]
