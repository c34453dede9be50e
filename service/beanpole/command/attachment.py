"""The services beside Elastic Beanstalk: those that workers call, and a place where a companion keeps its own.

A module that a service needs is imported when its client is made.
"""

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from beanpole.gateway.companion import Companion
    from beanpole.gateway.kept.keeper import Keeper
    from beanpole.other_services.publishing import Publishing
    from beanpole.other_services.queues import QueuesOf
    from beanpole.other_services.services import Services


CALLED = ("sqs", "sns", "events")


def queues_at(url: str | None) -> "QueuesOf | None":
    """The queues at the SQS endpoint of an address; raises UsageError if there can be no client for it."""
    from beanpole.other_services import queues

    try:
        return queues.at(url) if url else None
    except ValueError as error:
        raise click.UsageError(f"--queues: {error}") from None


def queues_beside(companion: "Companion", url: str | None) -> "QueuesOf | None":
    """The queues at an address, else the companion's SQS; None without either."""
    from beanpole.gateway.in_process import Moto
    from beanpole.gateway.remote import Remote
    from beanpole.other_services import queues

    if url:
        return queues_at(url)
    match companion.application("sqs"):
        case Moto() as moto:
            return queues.in_process(moto.of_service("sqs"))
        case Remote() as remote:
            return queues_at(remote.url)
        case _:
            return None


def later(companion: "Companion", queues: str | None) -> "Callable[[], Services]":
    """A function that makes the services; addresses are looked at now, moto in this process once it is called."""
    if queues or companion.forgetful is None:
        publishing = services(companion, queues)
        return lambda: publishing
    return lambda: services(companion, queues)


def services(companion: "Companion", queues: str | None) -> "Services":
    """The services that workers call: the queues at an address, else the companion's, and the receivers of notices."""
    from beanpole.other_services.services import NONE, Services

    if queues is None and all(companion.application(service) is None for service in CALLED):
        return NONE
    return Services(queues_beside(companion, queues), publishing_beside(companion))


def publishing_beside(companion: "Companion") -> "Publishing | None":
    """The makers of clients of topics and of a bus for notices; None without both.

    A bus in this process has only stored rules before its first call; without any rule, no event is sent there.
    """
    from beanpole.gateway.in_process import Moto
    from beanpole.gateway.remote import Remote
    from beanpole.other_services import publishing

    sns, events = companion.application("sns"), companion.application("events")
    topics, bus, is_heard = None, None, lambda: True
    if isinstance(sns, Remote):
        topics = publishing.topics_at(sns.url)
    elif isinstance(sns, Moto):
        topics = publishing.topics_in_process(sns.of_service("sns"))
    if isinstance(events, Remote):
        bus = publishing.bus_at(events.url)
    elif isinstance(events, Moto):
        moto = events
        bus, is_heard = publishing.bus_in_process(moto.of_service("events")), lambda: moto.may_have_rules
    return publishing.Publishing(topics, bus, is_heard) if topics or bus else None


def keep(companion: "Companion", folder: "Path | None", url: str | None) -> None:
    """Have what a companion in this process holds kept in a directory and its Redis, if there are any.

    Raises UsageError for what a newer program has kept there.
    """
    from beanpole.gateway.in_process import Moto

    if folder is None or url is None or not isinstance(companion.default, Moto):
        return
    from beanpole.gateway.kept.records import Newer, Records
    from beanpole.store.connection import connect

    redis, directory = connect(url), folder.absolute()
    try:
        Records(redis).check()
    except Newer as error:
        raise click.UsageError(f"--data: {error}.") from None

    def make_keeper() -> "Keeper":
        from beanpole.gateway.kept.keeper import Keeper

        return Keeper(redis, directory)

    companion.default.keep(make_keeper)
