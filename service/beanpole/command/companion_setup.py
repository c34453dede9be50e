"""The companion and the object store of a server, made from its options.

A module that one of them needs is imported when it is made, so that `beanpole --help` imports none of them.
"""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from beanpole.files.object_store import ObjectStore
    from beanpole.gateway.companion import Companion

OFF = "off"
_OF_SERVICE = re.compile(r"(?P<service>[a-z0-9.-]{1,64})=(?P<url>.+)")


def objects(url: str | None) -> "ObjectStore | None":
    """The object store at an address; raises UsageError if there can be no client for it."""
    from beanpole.other_services.s3 import S3

    try:
        return S3(url) if url else None
    except ValueError as error:
        raise click.UsageError(f"--object-store: {error}") from None


def companion(
    addresses: Sequence[str], several_processes: bool, allowed_hosts: Sequence[str] = (), queues: str | None = None
) -> "Companion":
    """The companion, which answers for other services: at `URL`s, at `SERVICE=URL`s, or moto in this process if
    installed.

    `off` stands for no companion. Several processes would each have a moto of their own, so they need a URL.
    `queues` is the address of another SQS with the queues of worker environments. Raises UsageError for an address that
    is not valid.
    """
    from beanpole.gateway.companion import Companion
    from beanpole.gateway.in_process import Moto, is_installed
    from beanpole.gateway.remote import Remote

    default: Remote | None = None
    by_service: dict[str, Remote] = {}
    try:
        for text in addresses:
            match = _OF_SERVICE.fullmatch(text)
            if match:
                by_service[match["service"]] = Remote(match["url"])
            elif text != OFF:
                default = Remote(text)
    except ValueError as error:
        raise click.UsageError(f"--companion: {error}") from None
    if default is not None or OFF in addresses or several_processes or not is_installed():
        return Companion(default, by_service, queues=queues)
    moto = Moto(allowed_hosts)
    return Companion(moto, by_service, moto, queues, moto.access_key)


def objects_beside(companion: "Companion", url: str | None) -> "ObjectStore | None":
    """The object store at an address, else the companion's S3; None without either."""
    from beanpole.gateway.in_process import Moto
    from beanpole.gateway.remote import Remote
    from beanpole.other_services.s3 import S3

    if url:
        return objects(url)
    match companion.application("s3"):
        case Moto() as moto:
            return S3.in_process(moto.of_owner)
        case Remote() as remote:
            return objects(remote.url)
        case _:
            return None
