"""What botocore reads as it makes a client, read by the import of this module, before a process forks.

Each fork gets what was read of a file once, as the file has it; a second reader of the same file, such as another
session, reads it anew, because botocore changes what it has read.
"""

from collections.abc import Callable
from typing import Any

import botocore.session
from botocore.loaders import JSONFileLoader, Loader

SERVICES = ("elasticbeanstalk", "s3")
Services = dict[tuple[tuple[str, ...], str], list[str]]


def read() -> dict[str, Any]:
    """The content of each file that clients of the services are made of, by its path."""
    paths: list[str] = []
    load = JSONFileLoader.load_file

    def note(self: Any, path: str) -> Any:
        content = load(self, path)
        if content is not None:
            paths.append(path)
        return content

    JSONFileLoader.load_file = note
    for service in SERVICES:
        botocore.session.Session().create_client(service, "us-east-1")
    JSONFileLoader.load_file = load
    return {path: load(JSONFileLoader(), path) for path in dict.fromkeys(paths)}


def hand_out(contents: dict[str, Any]) -> None:
    """Let the first reader of each file have its content."""
    load = JSONFileLoader.load_file

    def load_file(self: Any, path: str) -> Any:
        content = contents.pop(path, None)
        return load(self, path) if content is None else content

    JSONFileLoader.load_file = load_file


def list_once() -> None:
    """Look through the folders of services once for all loaders that search the same ones."""
    listing: Callable[[Any, str], list[str]] = Loader.list_available_services
    lists: Services = {}

    def list_available_services(self: Any, type_name: str) -> list[str]:
        key = (tuple(self.search_paths), type_name)
        if key not in lists:
            lists[key] = listing(self, type_name)
        return list(lists[key])

    Loader.list_available_services = list_available_services


list_once()
hand_out(read())
