"""The other services that workers call, beside the object store: each is None where no server answers it."""

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from beanpole.other_services.publishing import Publishing
    from beanpole.other_services.queues import QueuesOf


class Services(NamedTuple):
    """The queues of worker environments, and the receivers of notices."""

    queues: "QueuesOf | None" = None
    publishing: "Publishing | None" = None


NONE = Services()
