"""The companion's SQS with the queues of worker environments, which exist before a call of SQS is answered.

The service creates a queue before it says so. Workers call the companion some time after the commit, so a call through
the gateway creates and deletes first whatever the environments of the caller's world have by now. A call of Elastic
Beanstalk calls no companion.
"""

from collections.abc import Callable, Iterable
from threading import Lock
from typing import TYPE_CHECKING, Any

from beanpole.catalog.catalog import Catalog
from beanpole.gateway import account
from beanpole.gateway.companion import Application, Companion
from beanpole.gateway.in_process import Moto
from beanpole.gateway.remote import Remote
from beanpole.store.connection import StoreError
from beanpole.store.store import Store
from beanpole.text import log_lines
from beanpole.threads.first_use import FirstUse

if TYPE_CHECKING:
    from beanpole.other_services.worker_queues import WorkerQueues

_log = log_lines.logger("beanpole")


def applications(companion: Companion, store: Store, catalog: Catalog) -> dict[str, Application]:
    """The application that answers for `sqs`; none if the companion's SQS has no queues of worker environments."""
    sqs = companion.application("sqs")
    if not isinstance(sqs, Moto | Remote) or not _has_queues(companion, sqs):
        return {}
    return {"sqs": QueuesFirst(sqs, store, lambda: _worker_queues(sqs, store, catalog))}


def _has_queues(companion: Companion, sqs: Moto | Remote) -> bool:
    """Tell whether the queues of worker environments are in the companion's own SQS."""
    return companion.queues is None or (isinstance(sqs, Remote) and companion.queues.rstrip("/") == sqs.url)


def _worker_queues(sqs: Moto | Remote, store: Store, catalog: Catalog) -> "WorkerQueues":
    """The queues in an SQS; their modules are imported with the first call of it."""
    from beanpole.other_services import queues
    from beanpole.other_services.worker_queues import WorkerQueues

    queues_of = queues.in_process(sqs.of_service("sqs")) if isinstance(sqs, Moto) else queues.at_first_call(sqs.url)
    return WorkerQueues(store, catalog, queues_of)


class QueuesFirst:
    """The application before an SQS."""

    def __init__(self, sqs: Application, store: Store, make: "Callable[[], WorkerQueues]") -> None:
        self._sqs = sqs
        self._store = store
        self._queues = FirstUse(make)
        self._settling = Lock()
        self._trouble = ""

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer a call of SQS; it is passed on even if queues could not be created, for it may need none."""
        from beanpole.other_services.queues import Unanswered

        try:
            with self._settling:
                self._queues().settle(self._store.world(*account.of(environ)))
            self._trouble = ""
        except (Unanswered, ValueError, StoreError) as trouble:
            if str(trouble) != self._trouble:
                _log.warning("queues of worker environments could not be created: %s", trouble)
            self._trouble = str(trouble)
        return self._sqs(environ, start_response)
