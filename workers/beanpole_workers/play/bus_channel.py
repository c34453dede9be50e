"""The channel to the default bus of EventBridge."""

import json
from collections.abc import Callable, Sequence

from beanpole.model.events.event import Event
from beanpole.model.notices import bus
from beanpole.other_services.publishing import Bus, Entry, Refused
from beanpole.store import keys
from beanpole.store.world import World
from beanpole.text.troubles import Troubles
from beanpole_workers.play.world_clients import WorldClients
from beanpole_workers.play.world_notices import WorldNotices


class BusChannel:
    """Sends events to the bus, through the clients that `bus_of` makes, if there is a rule for them."""

    name = "bus"

    def __init__(self, bus_of: Callable[[str, str], Bus], is_heard: Callable[[], bool], troubles: Troubles) -> None:
        self._clients = WorldClients(bus_of)
        self._is_heard = is_heard
        self._troubles = troubles

    def send(self, notices: WorldNotices) -> None:
        """Send the unsent events of a world; raises Unanswered or ValueError if the bus cannot be reached."""
        if not self._is_heard():
            notices.skip(keys.BUSSED)
            return
        has_rules: bool | None = None
        for events in notices.events(keys.BUSSED):
            entries = [entry for _, event in events if (entry := _entry(notices.world, event)) is not None]
            if entries and has_rules is None:
                has_rules = self._has_rules(notices.world)
            for entry in self._put_together(notices.world, entries) if has_rules else ():
                try:
                    self._clients.of(notices.world).put([entry])
                except Refused as refusal:
                    self._troubles.tell("an entry", "an event for EventBridge is lost", refusal)

    def _has_rules(self, world: World) -> bool:
        try:
            return self._clients.of(world).has_rules()
        except Refused:
            return True  # it is unknown, so the events are sent

    def _put_together(self, world: World, entries: Sequence[Entry]) -> Sequence[Entry]:
        """Send entries together; returns the entries to send one by one: all after a refusal, else none."""
        try:
            if entries:
                self._clients.of(world).put(entries)
        except Refused:
            return entries
        return ()


def _entry(world: World, event: Event) -> Entry | None:
    """The entry of an event for the bus; None for an event that the service does not send."""
    kind = bus.kind(event)
    if kind is None:
        return None
    environment = world.environment(event.environment_id) if event.environment_id is not None else None
    resources = () if environment is None else (environment.environment_arn,)
    return Entry(bus.SOURCE, kind.detail_type, json.dumps(bus.detail(event, kind.status)), event.at / 1000, resources)
