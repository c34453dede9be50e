"""The companion: the applications that answer for other services than ours, as a whole or service by service."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol

from msgspec import Struct

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class Forgetful(Protocol):
    """A companion that can forget the state of an account."""

    def forget(self, account_id: str | None) -> None:
        """Forget an account, or with None every account."""


class Companion(Struct, frozen=True):
    """WSGI applications by the signing names of services, and one for all services that have none of their own."""

    default: Application | None = None
    by_service: Mapping[str, Application] = {}
    forgetful: Forgetful | None = None

    def application(self, service: str) -> Application | None:
        """The application that answers for a service; None if there is none."""
        return self.by_service.get(service, self.default)

    @property
    def shares_network(self) -> bool:
        """Tell whether EC2 is the companion's in this process, whose default VPC is that of environments."""
        return self.forgetful is not None and "ec2" not in self.by_service

    def forget(self, account_id: str | None) -> None:
        """Let a companion in this process forget an account, or with None every account."""
        if self.forgetful is not None:
            self.forgetful.forget(account_id)


ALONE = Companion()
