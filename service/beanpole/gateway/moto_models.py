"""The models of services as moto reads them: by one loader, so that each is read once in a process.

moto makes a loader for each model, and so does each session of boto3 that it makes. A loader lists all services that
botocore knows first, which takes longer than most calls.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from typing import Any


def share() -> None:
    """Have moto read models by one loader; done once in a process."""
    utils: Any = import_module("moto.core.utils")
    base_backend: Any = import_module("moto.core.base_backend")
    utils.create_loader, base_backend.Session = _loader, _session


@contextmanager
def shared_by_sessions() -> Iterator[None]:
    """Inside, a session of boto3 reads models by that loader, too: the import of moto's EC2 makes some."""
    boto3: Any = import_module("boto3")
    session, boto3.Session = boto3.Session, _session
    try:
        yield
    finally:
        boto3.Session = session


@cache
def _loader() -> Any:
    """moto's loader, which knows the errors that moto adds to the models."""
    return import_module("moto.core.loaders").create_loader()


def _session(**named: Any) -> Any:
    """A session of boto3 with that loader."""
    if "botocore_session" not in named:
        named["botocore_session"] = import_module("botocore.session").get_session()
        named["botocore_session"].register_component("data_loader", _loader())
    return import_module("boto3.session").Session(**named)
