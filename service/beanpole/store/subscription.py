"""A subscription to a channel of Redis. A lost message costs no more than the wait that it would have ended."""

from typing import Any, Self

from beanpole.store.connection import Connection


class Subscription:
    """A subscription, to be entered as a context."""

    def __init__(self, redis: Connection, channel: str) -> None:
        self._pubsub = redis.pubsub(ignore_subscribe_messages=True)
        self._channel = channel

    def __enter__(self) -> Self:
        self._pubsub.subscribe(self._channel)
        self._pubsub.get_message(timeout=0.1)
        return self

    def __exit__(self, *_: object) -> None:
        self._pubsub.close()

    def message(self, seconds: float) -> Any:
        """The next message, None after `seconds` without one; 0 takes one that has arrived already."""
        return self._pubsub.get_message(timeout=seconds)
