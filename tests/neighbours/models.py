"""The public models of the services that neighbours answer, as botocore has them."""

from functools import cache
from typing import Any

import botocore.session

from beanpole.other_services import clients
from beanpole.tables import api_spec

SERVICES = sorted(path.stem for path in (api_spec.directory() / "neighbours").glob("*.yaml"))


@cache
def model(service: str) -> Any:
    """The model of a service, by the name of its spec."""
    session = botocore.session.get_session()
    session.register_component("data_loader", clients.loader())
    return session.get_service_model(service)
