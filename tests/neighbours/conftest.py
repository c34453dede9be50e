"""The companion of these tests."""

from wsgiref.types import WSGIApplication

import pytest
from werkzeug.test import Client


@pytest.fixture(scope="session")
def moto_server() -> WSGIApplication:
    """Moto's server in process, which makes an application for each service that is called."""
    from moto.server import DomainDispatcherApplication, create_backend_app

    server: WSGIApplication = DomainDispatcherApplication(create_backend_app)
    return server


@pytest.fixture
def moto(moto_server: WSGIApplication) -> WSGIApplication:
    """Moto's server in process, with nothing in it; one process has one state of it."""
    assert Client(moto_server).post("http://127.0.0.1/moto-api/reset").status_code == 200
    return moto_server
