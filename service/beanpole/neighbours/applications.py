"""The applications of all neighbours, each imported at its first call."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from beanpole.catalog.catalog import Catalog
from beanpole.neighbours.scopes import SCOPES
from beanpole.store.store import Store

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment


def applications(
    store: Store,
    catalog: Catalog,
    companion_of: "Callable[[str], WSGIApplication | None]" = lambda scope: None,
    *,
    shares_network: bool = False,
) -> "dict[str, WSGIApplication]":
    """The application of each scope; `companion_of` gives the companion for the signing name of a service.

    `shares_network`: the companion's default VPC is that of environments.
    """
    return {scope: _at_first_call(scope, store, catalog, companion_of(scope), shares_network) for scope in SCOPES}


def _at_first_call(
    scope: str, store: Store, catalog: Catalog, companion: "WSGIApplication | None", shares_network: bool
) -> "WSGIApplication":
    """An application that is imported at its first call, so that a server starts as fast as without it."""
    loaded: list[WSGIApplication] = []

    def answer(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        if not loaded:
            from beanpole.neighbours.app import neighbour

            loaded.append(neighbour(scope, store, catalog, companion, shares_network=shares_network))
        return loaded[0](environ, start_response)

    return answer
