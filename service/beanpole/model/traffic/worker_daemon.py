"""The daemon on the instances of a worker environment, and its handling of a message (docs/facts.md#worker-tier)."""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Protocol

from msgspec import Struct

from beanpole.model.bundles.bundle import Task
from beanpole.model.environment.environment import Environment
from beanpole.model.options.configuration import Configuration
from beanpole.model.options.namespaces import SQSD

AGENT = "aws-sqsd/1.1"
_UNSAFE = re.compile(r"[^!-~ ]")
_NAME = re.compile(r"[A-Za-z0-9_.-]+")
TASK, PATH, TIME = "beanstalk.sqsd.task_name", "beanstalk.sqsd.path", "beanstalk.sqsd.scheduled_time"
PERIODIC_BODY = "elasticbeanstalk scheduled job"

# What the daemon logs of a message [inferred].
SENT = "message: sent to http://localhost:80{path}"
FAILED = "http-err: {id} ({count}) {status}"
SILENT = "socket-err: {id} ({count}) no response"
RECORDED = "beanpole recorded message {id} and did not send it to http://localhost:80{path}."


class Received(Protocol):
    """A message as SQS gives it."""

    @property
    def id(self) -> str: ...
    @property
    def count(self) -> int: ...
    @property
    def first_received(self) -> int: ...
    @property
    def attributes(self) -> Mapping[str, str]: ...


class Daemon(Struct, frozen=True):
    """The settings of the daemon: the names of its queues, times in seconds, and the path of messages.

    `url` is that of a queue of the user's own, of which nothing is changed; then there are no names.
    """

    path: str
    content_type: str
    connections: int
    error_visibility: int
    inactivity: int
    max_retries: int
    attributes: Mapping[str, str]
    queue: str | None = None
    dead_letters: str | None = None
    url: str | None = None

    def redrive(self, dead_letters: str) -> dict[str, str]:
        """The attributes of the queue, whose messages go to the one with that ARN after so many retries."""
        policy = json.dumps({"deadLetterTargetArn": dead_letters, "maxReceiveCount": str(self.max_retries)})
        return {**self.attributes, "RedrivePolicy": policy}


def daemon(environment: Environment, configuration: Configuration) -> Daemon | None:
    """The daemon of a worker environment; None in another tier, and while the environment has no queue."""
    queue, dead_letters = environment.resource("worker-queue"), environment.resource("dead-letter-queue")
    url = configuration.value(SQSD, "WorkerQueueURL")
    if not environment.is_worker or not environment.live or (queue is None and not url):
        return None
    path = configuration.value(SQSD, "HttpPath") or "/"
    return Daemon(
        path if path.startswith("/") else f"/{path}",
        configuration.value(SQSD, "MimeType") or "application/json",
        configuration.integer(SQSD, "HttpConnections", 1),
        configuration.integer(SQSD, "ErrorVisibilityTimeout"),
        configuration.integer(SQSD, "InactivityTimeout", 1),
        configuration.integer(SQSD, "MaxRetries", 1),
        {
            "VisibilityTimeout": configuration.value(SQSD, "VisibilityTimeout") or "300",
            "MessageRetentionPeriod": configuration.value(SQSD, "RetentionPeriod") or "345600",
        },
        None if url or queue is None else queue.name,
        None if url or dead_letters is None else dead_letters.name,
        url or None,
    )


def path_of(settings: Daemon, message: Received) -> str:
    """The path to which a message is sent; that of a periodic task is its own."""
    return message.attributes.get(PATH, settings.path) if TASK in message.attributes else settings.path


def headers(settings: Daemon, message: Received, queue: str, account_id: str) -> dict[str, str]:
    """The headers of the request that a message becomes."""
    named = {
        "Host": "localhost",
        "User-Agent": AGENT,
        "Content-Type": settings.content_type,
        "X-Aws-Sqsd-Msgid": message.id,
        "X-Aws-Sqsd-Queue": queue,
        "X-Aws-Sqsd-First-Received-At": _iso(message.first_received),
        "X-Aws-Sqsd-Receive-Count": str(message.count),
    }
    if TASK in message.attributes:
        named["X-Aws-Sqsd-Taskname"] = message.attributes[TASK]
        named["X-Aws-Sqsd-Scheduled-At"] = message.attributes.get(TIME, "")
        named["X-Aws-Sqsd-Sender-Id"] = account_id
    else:
        own = {name: value for name, value in message.attributes.items() if _NAME.fullmatch(name)}
        named |= {f"X-Aws-Sqsd-Attr-{name}": value for name, value in own.items()}
    return {name: _UNSAFE.sub("?", value) for name, value in named.items()}


def periodic(task: Task, at: int) -> dict[str, str]:
    """The attributes of the message by which a periodic task of an instant is sent."""
    return {TASK: task.name, PATH: task.url, TIME: _iso(at)}


def _iso(at: int) -> str:
    return datetime.fromtimestamp(at / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
