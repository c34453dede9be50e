"""The companion of these tests."""

from collections.abc import Callable, Iterable
from typing import Any
from wsgiref.types import WSGIApplication

import pytest

from beanpole.gateway import scopes
from beanpole.gateway.in_process import Moto


@pytest.fixture(scope="session")
def every_service(moto_of_the_process: Moto) -> WSGIApplication:
    """moto in this process as an application, which finds the service of a request by its credential."""

    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        return moto_of_the_process({**environ, scopes.SERVICE: scopes.service(environ)}, start_response)

    return answer


@pytest.fixture
def moto(every_service: WSGIApplication, moto_of_the_process: Moto) -> WSGIApplication:
    """The same, with nothing in it; one process has one state of it."""
    moto_of_the_process.forget(None)
    return every_service
