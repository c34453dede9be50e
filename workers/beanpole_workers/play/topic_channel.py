"""The channel to the topics of environments, which are created and deleted with the environments."""

from collections.abc import Callable

from beanpole.catalog.catalog import Catalog
from beanpole.model.events.event import Event
from beanpole.model.notices import mails, topics
from beanpole.other_services.publishing import Missing, Refused, Topics
from beanpole.store import keys
from beanpole.store.store import Store
from beanpole.store.world import World
from beanpole.text.troubles import Troubles
from beanpole_workers.play.topics import OwnTopic, TopicKeeper
from beanpole_workers.play.world_clients import WorldClients
from beanpole_workers.play.world_notices import WorldNotices


class TopicChannel:
    """Sends events to topics, through the clients that `topics_of` makes."""

    name = "topics"

    def __init__(
        self, store: Store, catalog: Catalog, topics_of: Callable[[str, str], Topics], troubles: Troubles
    ) -> None:
        self._keeper = TopicKeeper(store, catalog)
        self._clients = WorldClients(topics_of)
        self._troubles = troubles

    def send(self, notices: WorldNotices) -> None:
        """Send the unsent events of a world; raises Unanswered or ValueError if the topics cannot be reached."""
        requests, topics_made = self._keeper.requests(notices.world), self._keeper.topics_of(notices.fields)
        if not requests and not topics_made:
            notices.skip(keys.MAILED)
            return
        calls = self._clients.of(notices.world)
        topics_made |= {
            id_: self._keeper.make(notices.world, calls, environment, topic, topics_made.get(id_))
            for id_, (environment, topic) in requests.items()
        }
        for events in notices.events(keys.MAILED):
            for position, event in events:
                if event.environment_id in topics_made and topics.is_notable(event):
                    self._publish(notices.world, position, event, topics_made)
        for id_ in topics_made.keys() - requests.keys():
            self._keeper.delete(notices.world, calls, id_, topics_made[id_])

    def _publish(self, world: World, position: str, event: Event, topics_made: dict[str, OwnTopic]) -> None:
        """Send an event to the topic of its environment, which is created again if the companion has lost it."""
        environment = world.environment(event.environment_id or "")
        if environment is None or not (arn := topics_made[environment.id].arn):
            return
        calls, message = self._clients.of(world), (mails.subject(event), mails.body(event, environment, position))
        try:
            try:
                calls.publish(arn, *message)
            except Missing:
                lost = topics_made[environment.id]
                if not lost.is_own and lost.subscription is None:
                    raise
                topics_made[environment.id] = self._keeper.make_again(world, calls, environment, lost)
                calls.publish(arn, *message)
        except Refused as refusal:
            self._troubles.tell(environment.id, f"a notice of {environment.environment_name} is lost", refusal)
