"""The companion: the applications that answer for other services than ours, as a whole or service by service."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol

from msgspec import Struct

from beanpole.gateway.access_keys import Issuer

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def whole(pieces: Iterable[bytes]) -> bytes:
    """The body of an application's answer, which is closed after it was read."""
    try:
        return b"".join(pieces)
    finally:
        close = getattr(pieces, "close", None)
        if close is not None:
            close()


class Storage(Protocol):
    """The buckets that the service makes for the data of environments."""

    def make_for(self, path: str, account_id: str, s3: Application) -> None:
        """Make the bucket that a path names, or for the list of an account's buckets all that it should have."""

    def forget(self, account_id: str | None) -> None:
        """Forget which buckets of an account, or with None of all accounts, were made."""


class Forgetful(Protocol):
    """A companion that can forget the state of an account."""

    def forget(self, account_id: str | None) -> None:
        """Forget an account, or with None every account."""

    def own_storage(self, buckets: Storage | None) -> None:
        """From now on have the buckets of environments in S3, or with None no more."""


class Companion(Struct, frozen=True):
    """WSGI applications by the signing names of services, and one for all services that have none of their own.

    `queues` is the address of the SQS with the queues of worker environments, if it is not the companion's, and
    `issuer` knows the access keys that IAM and STS of a companion in this process have issued.
    """

    default: Application | None = None
    by_service: Mapping[str, Application] = {}
    forgetful: Forgetful | None = None
    queues: str | None = None
    issuer: Issuer | None = None

    def application(self, service: str) -> Application | None:
        """The application that answers for a service; None if there is none."""
        return self.by_service.get(service, self.default)

    @property
    def shares_network(self) -> bool:
        """Tell whether EC2 is the companion's in this process, whose default VPC is that of environments."""
        return self.forgetful is not None and "ec2" not in self.by_service

    def own_storage(self, buckets: Storage) -> None:
        """Let a companion in this process have the buckets of environments in its S3."""
        if self.forgetful is not None:
            self.forgetful.own_storage(buckets)

    def forget(self, account_id: str | None) -> None:
        """Let a companion in this process forget an account, or with None every account."""
        if self.forgetful is not None:
            self.forgetful.forget(account_id)


ALONE = Companion()
