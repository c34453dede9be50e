"""The companion of these tests."""

from wsgiref.types import WSGIApplication

import pytest
from werkzeug.test import Client


@pytest.fixture
def moto() -> WSGIApplication:
    """Moto's server in process, with nothing in it; one process has one state of it."""
    from moto.server import DomainDispatcherApplication, create_backend_app

    application = DomainDispatcherApplication(create_backend_app)
    assert Client(application).post("http://127.0.0.1/moto-api/reset").status_code == 200
    return application
