"""The topics of environments in an SNS: created as their options say, and deleted with them.

The topics are recorded in Redis, so that the next process that sends notices knows them.
"""

from collections.abc import Mapping
from contextlib import suppress

import msgspec
from msgspec import Struct

from beanpole.catalog.catalog import Catalog
from beanpole.model.environment.environment import Environment
from beanpole.model.notices import topics
from beanpole.model.notices.topics import Topic
from beanpole.model.options.configuration import configuration
from beanpole.model.options.namespaces import TOPICS
from beanpole.other_services.publishing import Missing, Refused, Topics
from beanpole.store.store import Store
from beanpole.store.world import World
from beanpole.text import log_lines
from beanpole.threads.decoders import JsonDecoder

FIELD = b"topic:"  # begins the field of the topic of an environment, among the notices of a world

log = log_lines.logger(__name__)


class OwnTopic(Struct, frozen=True):
    """The topic of an environment as the service created or used it; without an ARN it was refused."""

    topic: Topic
    arn: str | None = None
    subscription: str | None = None

    @property
    def is_own(self) -> bool:
        """Tell whether the service created the topic, and so deletes it."""
        return self.arn is not None and self.topic.arn is None


_own_topic = JsonDecoder[OwnTopic](OwnTopic)


class TopicKeeper:
    """The keeper of the topics of environments, which creates and deletes them."""

    def __init__(self, store: Store, catalog: Catalog) -> None:
        self._store = store
        self._catalog = catalog
        self._requests: dict[str, dict[str, tuple[int, Topic | None]]] = {}

    def requests(self, world: World) -> dict[str, tuple[Environment, Topic]]:
        """The environments whose options name a topic, by their ids; cached until the environment changes."""
        before = self._requests.get(world.keys.prefix, {})
        now: dict[str, tuple[int, Topic | None]] = {}
        requests = {}
        for environment in world.environments():
            request = before.get(environment.id)
            if request is None or request[0] != environment.generation:
                request = environment.generation, self._topic(environment)
            now[environment.id] = request
            if request[1] is not None:
                requests[environment.id] = environment, request[1]
        self._requests[world.keys.prefix] = now
        return requests

    def topics_of(self, fields: Mapping[bytes, bytes]) -> dict[str, OwnTopic]:
        """The recorded topics, by the ids of their environments."""
        return {
            name.removeprefix(FIELD).decode(): _own_topic.decode(value)
            for name, value in fields.items()
            if name.startswith(FIELD)
        }

    def make(
        self, world: World, calls: Topics, environment: Environment, topic: Topic, before: OwnTopic | None
    ) -> OwnTopic:
        """The topic of an environment with its subscription, created or changed if the options differ."""
        if before is not None and before.topic == topic:
            return before
        arn, subscription = None, None
        try:
            if before is not None:
                _undo(calls, before, topic)
            arn = topic.arn or calls.make(topic.name)
            if topic.endpoint is not None:
                subscription = calls.subscribe(arn, topic.protocol, topic.endpoint)
        except Refused as refusal:
            log.warning("the topic of %s was refused: %s", environment.environment_name, refusal)
        own_topic = OwnTopic(topic, arn, subscription)
        self._store.redis.hset(world.keys.notices, FIELD + environment.id.encode(), msgspec.json.encode(own_topic))
        return own_topic

    def make_again(self, world: World, calls: Topics, environment: Environment, lost: OwnTopic) -> OwnTopic:
        """The topic of an environment, created again because it is missing, as after a restart of the companion.

        A topic of the user is not created; only the subscription to it is tried again.
        """
        log.warning("the topic of %s does not exist any more, and is made again", environment.environment_name)
        return self.make(world, calls, environment, lost.topic, None)

    def delete(self, world: World, calls: Topics, id_: str, own_topic: OwnTopic) -> None:
        """Delete the service's topic of an environment that is terminated, or whose options no longer name one."""
        try:
            _undo(calls, own_topic, None)
        except Refused as refusal:
            log.warning("the topic %s cannot be deleted: %s", own_topic.arn, refusal)
        self._store.redis.hdel(world.keys.notices, FIELD + id_.encode())

    def _topic(self, environment: Environment) -> Topic | None:
        if not any(setting.namespace == TOPICS for setting in environment.option_settings):
            return None  # no default names one
        stack = self._catalog.platforms.of(environment.solution_stack_name, environment.platform_arn)
        settings = configuration(self._catalog.options, environment.option_settings, stack, environment.tier.name)
        return topics.topic(environment, settings)


def _undo(calls: Topics, before: OwnTopic, topic: Topic | None) -> None:
    """Delete the topic, or else the subscription, that the options no longer name, if it exists."""
    goes = topic is None or topic.arn is not None or topic.name != before.topic.name
    with suppress(Missing):  # it is deleted already
        if before.arn is not None and before.is_own and goes:
            calls.remove(before.arn)
        elif before.subscription is not None and before.subscription.startswith("arn:"):
            calls.unsubscribe(before.subscription)
