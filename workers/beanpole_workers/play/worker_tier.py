"""The worker tier: messages in the queues of worker environments are sent to the applications on their instances.

One process at a time empties queues, as a daemon on each instance does on the service. Queues live by real time, so a
message is sent and tried again in real time, whatever the account's clock shows; periodic tasks are due by that clock.
"""

import http.client
import socket
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Event, Thread
from typing import Protocol

from msgspec import Struct
from redis.exceptions import RedisError

from beanpole.catalog.catalog import Catalog
from beanpole.machine.clock import real_now
from beanpole.model.environment.environment import Environment
from beanpole.model.environment.instance import Instance
from beanpole.model.time import schedules
from beanpole.model.traffic import worker_daemon
from beanpole.model.traffic.worker_daemon import Daemon
from beanpole.other_services.queues import Message, Queues, QueuesOf, Unanswered
from beanpole.other_services.worker_queues import WorkerQueues
from beanpole.store import keys
from beanpole.store.store import Store
from beanpole.store.world import World
from beanpole.tables import limits
from beanpole.text import log_lines
from beanpole.text.troubles import Troubles
from beanpole_workers.play.leading import leads
from beanpole_workers.play.tries import Tries

PAUSE = 0.5  # seconds between two rounds through all queues
ENDING = 2.0  # seconds that messages in progress may take to end
KNOWN = 2_000  # milliseconds between two looks at all worlds
LASTS = 86_400  # seconds of real time for which the instant of the last periodic task is stored
AT_ONCE = limits.most("messages_at_once")
SECONDS = limits.most("message_seconds")
TASKS = limits.most("periodic_tasks")

log = log_lines.logger(__name__)


Scope = tuple[str, str]  # account and region


class Applications(Protocol):
    """The applications that run on instances."""

    def connect(self, world: World, environment: Environment, instance: Instance) -> socket.socket | None:
        """A connection to the application of an instance; None if none listens there."""

    def answered(self, instance: Instance) -> None:
        """Note that the application of an instance has answered, and may have new output."""

    def end(self) -> None:
        """End every application."""


class _Tier(Struct, frozen=True, eq=False):
    """A worker environment with its daemon, the URL of its queue, and the instances that get its messages."""

    world: World
    environment: Environment
    daemon: Daemon
    queues: Queues
    url: str
    instances: tuple[Instance, ...]


class WorkerTier:
    """The thread that empties the queues of an SQS; without applications messages are only recorded.

    `name` is this process's.
    """

    def __init__(
        self, store: Store, catalog: Catalog, queues: QueuesOf, applications: Applications | None, name: str
    ) -> None:
        self._store = store
        self._queues = WorkerQueues(store, catalog, queues)
        self._applications = applications
        self._name = name
        self._with_workers: set[Scope] = set()
        self._looked = 0
        self._troubles = Troubles(log)
        self._turn = 0
        self._stopped = Event()
        self._thread = Thread(target=self._run, name="worker-tier", daemon=True)
        self._pool = ThreadPoolExecutor(AT_ONCE, "message")

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self) -> None:
        """End the thread and the applications without waiting; messages in progress become visible again."""
        self._stopped.set()
        if self._applications is not None:
            self._applications.end()
        self._thread.join(ENDING)
        self._pool.shutdown(wait=False, cancel_futures=True)

    def look(self) -> int:
        """Empty all queues once, unless another process does; returns the number of received messages."""
        if not leads(self._store.redis, keys.DAEMON, self._name):
            return 0
        count, with_workers = 0, set()
        for scope in self._scopes_to_look_at():
            world = self._store.world(*scope)
            for environment, daemon in self._live(world):
                with_workers.add(scope)
                count += self._empty(world, environment, daemon)
        self._with_workers = with_workers
        return count

    def _run(self) -> None:
        tries = Tries(log, "the thread that empties queues cannot reach Redis")
        while not self._stopped.wait(PAUSE):
            try:
                while self.look() and not self._stopped.is_set():
                    pass
            except RedisError as trouble:
                self._stopped.wait(tries.failed(trouble))
            except Exception:
                log.exception("queues could not be emptied")

    def _scopes_to_look_at(self) -> set[Scope]:
        """The worlds to look at: those with worker environments, and every two seconds all."""
        now = real_now()
        if now - self._looked < KNOWN:
            return self._with_workers
        self._looked = now
        return set(self._store.scopes())

    def _live(self, world: World) -> list[tuple[Environment, Daemon]]:
        """The environments of a world with queues; none if there can be no client of their SQS."""
        try:
            return self._queues.live(world)
        except ValueError as trouble:
            self._troubles.tell(world.keys.prefix, f"the queues of {world.account_id} cannot be emptied", trouble)
            return []

    def _empty(self, world: World, environment: Environment, daemon: Daemon) -> int:
        """Send the messages that wait for an environment; an error of the endpoint is logged once."""
        try:
            url = self._queues.url(world, environment, daemon)
            fleet = world.fleet(environment.id).values()
            instances = tuple(
                instance for instance in fleet if instance.state == "running" and instance.disk is not None
            )
            if not instances:
                return 0
            queues = self._queues.of(world)
            tier = _Tier(world, environment, daemon, queues, url, instances)
            self._send_tasks(tier)
            messages = queues.receive(url, min(daemon.connections, AT_ONCE))
            list(self._pool.map(partial(self._deliver, tier), messages))
            self._troubles.end(environment.id)
            return len(messages)
        except (Unanswered, ValueError) as trouble:
            self._queues.lose(environment.id)
            self._troubles.tell(
                environment.id, f"the queue of {environment.environment_name} cannot be emptied", trouble
            )
            return 0

    def _send_tasks(self, tier: _Tier) -> None:
        """Put the periodic tasks that are due since the last round into the queue."""
        world, environment = tier.world, tier.environment
        bundle = None if environment.bundle is None else world.bundle(environment.bundle)
        if bundle is None or bundle.cron is None:
            return
        now, key = world.clock().now(real_now()), world.keys.periodic(environment.id)
        before = self._store.redis.get(key)
        for task in bundle.cron.tasks if before is not None else ():
            for at in schedules.instants(task.schedule, int(before or 0), now, TASKS):
                tier.queues.send(tier.url, worker_daemon.PERIODIC_BODY, worker_daemon.periodic(task, at))
        self._store.redis.set(key, now, ex=LASTS)

    def _deliver(self, tier: _Tier, message: Message) -> None:
        """Send a message to the next instance; unless the answer is 200, the message can be received again."""
        self._turn += 1
        instance = tier.instances[self._turn % len(tier.instances)]
        path = worker_daemon.path_of(tier.daemon, message)
        if self._applications is None:
            self._log_line(tier, instance, worker_daemon.RECORDED.format(id=message.id, path=path))
            tier.queues.delete(tier.url, message.receipt)
            return
        self._log_line(tier, instance, worker_daemon.SENT.format(path=path))
        status = self._post(self._applications, tier, instance, message)
        self._applications.answered(instance)
        if status == http.client.OK:
            tier.queues.delete(tier.url, message.receipt)
            return
        words = worker_daemon.SILENT if status is None else worker_daemon.FAILED
        self._log_line(tier, instance, words.format(id=message.id, count=message.count, status=status))
        if status is not None:
            tier.queues.show_again(tier.url, message.receipt, tier.daemon.error_visibility)

    def _post(self, applications: Applications, tier: _Tier, instance: Instance, message: Message) -> int | None:
        """The status of the answer; 502 if no application listens, None if there is no answer in time."""
        application = applications.connect(tier.world, tier.environment, instance)
        if application is None:
            return http.client.BAD_GATEWAY
        application.settimeout(min(tier.daemon.inactivity, SECONDS))
        connection = http.client.HTTPConnection("localhost")
        connection.sock = application
        headers = worker_daemon.headers(tier.daemon, message, _name(tier.url), tier.world.account_id)
        try:
            connection.request("POST", worker_daemon.path_of(tier.daemon, message), message.body.encode(), headers)
            return connection.getresponse().status
        except TimeoutError:
            return None
        except (OSError, http.client.HTTPException, ValueError):
            return http.client.BAD_GATEWAY
        finally:
            connection.close()

    def _log_line(self, tier: _Tier, instance: Instance, line: str) -> None:
        at = tier.world.clock().now(real_now())
        self._store.output_log.add(tier.world.keys, tier.environment.id, instance.id, at, line, "daemon")


def _name(url: str) -> str:
    return url.rpartition("/")[2]
