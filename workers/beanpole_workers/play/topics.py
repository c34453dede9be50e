"""The topics of environments in an SNS: made as their options ask, and deleted with them.

What was made is kept in Redis, so that whichever process sends notices next knows it.
"""

from collections.abc import Mapping
from contextlib import suppress

import msgspec
from msgspec import Struct

from beanpole import log_lines
from beanpole.catalog import Catalog
from beanpole.files.publishing import Missing, Refused, Topics
from beanpole.model.environment.environment import Environment
from beanpole.model.notices import topics
from beanpole.model.notices.topics import Topic
from beanpole.model.options.configuration import configuration
from beanpole.model.options.namespaces import TOPICS
from beanpole.store.store import Store
from beanpole.store.world import World

FIELD = b"topic:"  # begins the field of the topic of an environment, among the notices of a world

log = log_lines.logger(__name__)


class Made(Struct, frozen=True):
    """A topic as it was made for an environment; without an ARN it was refused."""

    topic: Topic
    arn: str | None = None
    subscription: str | None = None

    @property
    def is_own(self) -> bool:
        """Whether the service has made it, and deletes it."""
        return self.arn is not None and self.topic.arn is None


class Keeper:
    """Makes and deletes the topics of environments."""

    def __init__(self, store: Store, catalog: Catalog) -> None:
        self._store = store
        self._catalog = catalog
        self._asked: dict[str, dict[str, tuple[int, Topic | None]]] = {}

    def wanted(self, world: World) -> dict[str, tuple[Environment, Topic]]:
        """The environments that ask for a topic, by their ids; an answer is kept until the environment changes."""
        before = self._asked.get(world.keys.prefix, {})
        now: dict[str, tuple[int, Topic | None]] = {}
        wanted = {}
        for environment in world.environments():
            known = before.get(environment.id)
            if known is None or known[0] != environment.generation:
                known = environment.generation, self._topic(environment)
            now[environment.id] = known
            if known[1] is not None:
                wanted[environment.id] = environment, known[1]
        self._asked[world.keys.prefix] = now
        return wanted

    def made(self, kept: Mapping[bytes, bytes]) -> dict[str, Made]:
        """The topics that were made, by the ids of their environments."""
        return {
            name.removeprefix(FIELD).decode(): msgspec.json.decode(value, type=Made)
            for name, value in kept.items()
            if name.startswith(FIELD)
        }

    def make(self, world: World, calls: Topics, environment: Environment, topic: Topic, before: Made | None) -> Made:
        """The topic of an environment, with its subscription; it is made unless it was, as the options say now."""
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
        made = Made(topic, arn, subscription)
        self._store.redis.hset(world.keys.notices, FIELD + environment.id.encode(), msgspec.json.encode(made))
        return made

    def make_again(self, world: World, calls: Topics, environment: Environment, lost: Made) -> Made:
        """The topic of an environment after a call has found it missing, as in a companion that was started anew.

        A topic of the user's own is not made; only the subscription to it is tried again.
        """
        log.warning("the topic of %s does not exist any more, and is made again", environment.environment_name)
        return self.make(world, calls, environment, lost.topic, None)

    def unmake(self, world: World, calls: Topics, id_: str, made: Made) -> None:
        """Delete the topic of an environment that is gone, or that asks for none any more, if it is the service's."""
        try:
            _undo(calls, made, None)
        except Refused as refusal:
            log.warning("the topic %s cannot be deleted: %s", made.arn, refusal)
        self._store.redis.hdel(world.keys.notices, FIELD + id_.encode())

    def _topic(self, environment: Environment) -> Topic | None:
        if not any(setting.namespace == TOPICS for setting in environment.option_settings):
            return None  # no default asks for one
        stack = self._catalog.platforms.of(environment.solution_stack_name, environment.platform_arn)
        settings = configuration(self._catalog.options, environment.option_settings, stack, environment.tier.name)
        return topics.topic(environment, settings)


def _undo(calls: Topics, before: Made, topic: Topic | None) -> None:
    """Delete the topic, or else the subscription, that is not asked for any more, unless it does not exist."""
    goes = topic is None or topic.arn is not None or topic.name != before.topic.name
    with suppress(Missing):
        if before.arn is not None and before.is_own and goes:
            calls.remove(before.arn)
        elif before.subscription is not None and before.subscription.startswith("arn:"):
            calls.unsubscribe(before.subscription)
