"""Every AWS service of a test's world: clients in this process, and a real port for clients in others.

Elastic Beanstalk is the world's own; its neighbours show its resources, and moto answers the others where the extra
`companions` is installed. moto's state is one for the whole process, so it is forgotten when a world ends.
"""

import threading
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

from beanpole.caller.credential import DEFAULT_REGION

if TYPE_CHECKING:
    from beanpole.files.object_store import Shelf
    from beanpole.gateway.companion import Application, Companion
    from beanpole.gateway.in_process import Moto
    from beanpole.other_services.services import Services

ACCOUNT = "123456789012"


class Endpoint:
    """The endpoint of a world's `app`, for which `neighbours` makes applications beside a companion.

    S3 has the objects of the world's `shelf`, where it has one.
    """

    def __init__(self, app: Any, store: Any, catalog: Any, shelf: "Shelf | None" = None) -> None:
        self._app, self._store, self._catalog, self._shelf = app, store, catalog, shelf
        self._moto: Moto | None = None

    @cached_property
    def application(self) -> "Application":
        """The WSGI application that answers for every service."""
        from beanpole.gateway import queues_first
        from beanpole.gateway.gateway import Gateway
        from beanpole.gateway.storage_buckets import StorageBuckets
        from beanpole.neighbours.applications import applications

        companion = self._companion()
        companion.own_storage(StorageBuckets(self._store))
        shares = companion.shares_network
        neighbours = applications(self._store, self._catalog, companion.application, shares_network=shares)
        neighbours |= queues_first.applications(companion, self._store, self._catalog)
        return Gateway(self._app, companion, neighbours)

    @property
    def services(self) -> "Services":
        """The services that an engine calls: queues, and topics and a bus for notices, where moto is installed."""
        from beanpole.command import attachment

        return attachment.services(self._companion(), None)

    def close(self) -> None:
        """Forget what moto holds."""
        if self._moto is not None:
            self._moto.own_storage(None)
            self._moto.forget(None)

    def _companion(self) -> "Companion":
        from beanpole.gateway.companion import ALONE, Companion
        from beanpole.gateway.in_process import Moto, is_installed
        from beanpole.gateway.shelved import Shelved

        if not is_installed():
            return ALONE
        moto = self._moto = self._moto or Moto()
        if self._shelf is None:
            return moto.companion()
        shelved = Shelved(moto.of_service("s3"), moto.of_owner, self._shelf, ACCOUNT)
        return Companion(moto, {"s3": shelved}, moto)


class Server:
    """The endpoint of a world on a port of this machine, with an engine, so that a clock may run by itself, too.

    `url` is its address, and `environment` has the variables that a process of a client needs.
    """

    def __init__(self, endpoint: Endpoint, store: Any) -> None:
        from beanpole.command.server import Server as Listening
        from beanpole_workers.play.worker import Embedded

        self._server = Listening(endpoint.application, host="127.0.0.1", port=0)  # type: ignore[arg-type]  # any application will do
        self._engine = Embedded(store, services=endpoint.services)
        self._thread = threading.Thread(target=self._server.answer, name="beanstalk-server", daemon=True)
        host, port = self._server.address
        self.url = f"http://{host}:{port}"

    @property
    def environment(self) -> dict[str, str]:
        """Variables by which AWS clients call this server as the world's account."""
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": ACCOUNT,
            "AWS_SECRET_ACCESS_KEY": "not-checked",
            "AWS_DEFAULT_REGION": DEFAULT_REGION,
            "AWS_REGION": DEFAULT_REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def __enter__(self) -> Self:
        self._engine.start()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.stop()
        self._thread.join()
        self._engine.stop()
