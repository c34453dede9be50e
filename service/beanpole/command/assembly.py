"""The parts of a server, made from settings: tables, store and app.

A module that a part needs is imported when the part is made, so that `beanpole --help` reads none of them.
"""

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from beanpole.caller.credential import is_loopback
from beanpole.catalog.catalog import Catalog, add, lay_over, load, read_overrides
from beanpole.model.bundles.configuration_file import CommandMode
from beanpole.model.time.clock import Clock, Speed

if TYPE_CHECKING:
    from flask import Flask

    from beanpole.files.object_store import ObjectStore
    from beanpole.gateway.companion import Companion
    from beanpole.store.store import Store
    from beanpole.traffic.applications import Applications


OF_FAKEREDIS = ("valkey", "jsonpath_ng")  # it imports these if they are installed, for what we do not use


class SpeedType(click.ParamType[Speed]):
    """A factor, or `instant`."""

    name = "factor|instant"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Speed:
        """Simulated seconds per second; raises BadParameter for a text that is no factor."""
        if value == "instant":
            return "instant"
        try:
            factor = float(str(value))
        except ValueError:
            self.fail(f"{value!r} is neither a number nor instant", param, ctx)
        if not 0 < factor < float("inf"):
            self.fail(f"{value!r} is not greater than 0", param, ctx)
        return factor


def tables(overrides: Path | None) -> Catalog:
    """The catalogue, with the tables of a file laid over its own; the file holds for the whole process.

    Raises UsageError for a file that cannot be used.
    """
    if overrides is None:
        return load()
    try:
        lay_over(read_overrides(overrides))
        catalog = load()
        catalog.check_overrides()
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise click.UsageError(f"--catalog: {overrides}: {error}") from None
    return catalog


def require_profile(required: bool) -> None:
    """Let no environment of this process be launched without an instance profile, if that is required."""
    if required:
        add({"requirements": {"instance_profile": True}})


def check_commands(commands: CommandMode) -> None:
    """Raise UsageError if commands are to be run, and no sandbox works on this machine."""
    if commands == "run":
        from beanpole_workers.sandbox import bubblewrap, sandbox

        try:
            sandbox.check()
        except bubblewrap.Unavailable as reason:
            raise click.UsageError(f"--commands run: {reason}") from None


class StateSettings(NamedTuple):
    """The settings of a store: the URL of its Redis, in memory without one, and the clock of new accounts.

    `commands` is the way in which workers carry out the commands of bundles. With `seeds_by_chance` every account draws
    its own seed.
    """

    redis: str | None
    clock: Clock
    commands: CommandMode = "enact"
    has_journal: bool = True
    seeds_by_chance: bool = False


def store(settings: StateSettings) -> "Store":
    """The store of some settings; raises UsageError for a malformed URL of a Redis."""
    from beanpole.store.connection import connect, embedded
    from beanpole.store.store import Store

    try:
        with _left_out(*OF_FAKEREDIS):
            connection = connect(settings.redis) if settings.redis else embedded()
    except ValueError as error:
        raise click.UsageError(f"--redis: {error}") from None
    return Store(connection, settings.clock, settings.commands, settings.has_journal, settings.seeds_by_chance)


def check_redis(url: str) -> None:
    """Raise UsageError unless the URL has the form of a Redis's; the Redis is not called yet."""
    from beanpole.store.connection import connect

    try:
        connect(url).close()
    except ValueError as error:
        raise click.UsageError(f"--redis: {error}") from None


@contextmanager
def _left_out(*modules: str) -> Iterator[None]:
    """Let modules that are not imported yet seem not to be installed, so that no optional import takes time.

    A None in `sys.modules` has an import fail (https://docs.python.org/3/reference/import.html#the-module-cache).
    """
    absent = [module for module in modules if module not in sys.modules]
    sys.modules.update(dict.fromkeys(absent))  # type: ignore[arg-type]  # None is allowed there
    try:
        yield
    finally:
        for module in absent:
            del sys.modules[module]


class Access(NamedTuple):
    """The access of clients: the address to listen on, the control token, and the names by which the server may be
    called.

    `open_control` lets control routes be called beyond this machine without a token, and `needs_profile` has launches
    refused whose instance profile the companion does not have.
    """

    host: str
    control_token: str | None
    open_control: bool
    allowed_hosts: tuple[str, ...]
    needs_profile: bool = False


def service(
    settings: StateSettings,
    overrides: Path | None,
    access: Access,
    objects: "ObjectStore | None" = None,
    faults: Path | None = None,
    companion: "Companion | None" = None,
) -> tuple["Flask", "Store"]:
    """The WSGI app and its store, with the faults of a file armed; raises UsageError for settings that do not fit."""
    if access.control_token is None and not access.open_control and not _is_loopback(access.host):
        raise click.UsageError(
            f"listening on {access.host} needs --control-token: the control routes can change everything"
        )
    check_commands(settings.commands)
    catalog = tables(overrides)
    state = store(settings)
    if settings.redis is not None:
        _settle(state)
    _arm(state, faults)
    return _app(state, catalog, access, objects, companion), state


def _app(
    state: "Store", catalog: Catalog, access: Access, objects: "ObjectStore | None", companion: "Companion | None"
) -> "Flask":
    """The API, with the addresses of environments and the other services before it."""
    from beanpole.api.app import create_app
    from beanpole.api.handling import CompanionCalls
    from beanpole.gateway import balancers, gateway, queues_first
    from beanpole.gateway.companion import ALONE
    from beanpole.gateway.storage_buckets import StorageBuckets
    from beanpole.neighbours.applications import applications as neighbours
    from beanpole.traffic.server import answer_before

    beside = companion or ALONE
    calls = CompanionCalls(beside.forget, find_balancer=balancers.finder(beside))
    if access.needs_profile or catalog.requirements.instance_profile:
        from beanpole.gateway import roles

        has_profile, has_role = roles.instance_profiles(beside), roles.service_roles(beside)
        calls = calls._replace(has_profile=has_profile, has_role=has_role)
    hosts = access.allowed_hosts
    app = create_app(state, catalog, access.control_token, objects, hosts, access.open_control, calls)
    answer_before(app, state, catalog, objects, hosts, _applications(state, catalog, objects))
    beside.own_storage(StorageBuckets(state))
    others = neighbours(state, catalog, beside.application, shares_network=beside.shares_network)
    others |= queues_first.applications(beside, state, catalog)
    gateway.answer_before(app, beside, others, hosts)
    return app


def _settle(store: "Store") -> None:
    """Bring a state to the present format; a Redis that is away is met when it is there."""
    from beanpole.store import state_format
    from beanpole.store.connection import StoreError

    try:
        state_format.settle(store.redis)
    except StoreError:
        return
    except state_format.Newer as error:
        raise click.UsageError(f"{error}.") from None


def keys(verify: bool, texts: Sequence[str]) -> dict[str, str] | None:
    """The secrets by access key with which signatures are checked; None where they are not."""
    if verify != bool(texts):
        raise click.UsageError("--verify-signatures and --access-key ID:SECRET go together.")
    pairs = [text.partition(":") for text in texts]
    if not all(key and secret for key, _, secret in pairs):
        raise click.UsageError("--access-key: a key is ID:SECRET.")
    return {key: secret for key, _, secret in pairs} or None


def check_signatures(
    app: "Flask",
    keys: Mapping[str, str] | None,
    access: Access,
    companion: "Companion | None" = None,
) -> None:
    """Have an app let signed requests pass alone, where there are keys; the companion may issue more of them."""
    if keys is not None:
        from beanpole.caller.credential import ControlAccess
        from beanpole.gateway.signatures import Signatures

        issuer = None if companion is None else companion.issuer
        control = ControlAccess(access.control_token, access.open_control)
        checked = Signatures(app.wsgi_app, keys, access.allowed_hosts, issuer, control)
        app.wsgi_app = checked  # type: ignore[method-assign]  # as Flask's guide has it


def _applications(store: "Store", catalog: Catalog, objects: "ObjectStore | None") -> "Applications | None":
    """The applications that run on instances, where commands are run."""
    if store.commands != "run":
        return None
    from beanpole_workers.play.web_processes import WebProcesses

    return WebProcesses(store, catalog, objects)


def _is_loopback(host: str) -> bool:
    return host == "localhost" or is_loopback(host)


def _arm(store: "Store", faults: Path | None) -> None:
    if faults is None:
        return
    from beanpole.control.faults import arm_file

    try:
        arm_file(store, faults)
    except ValueError as error:
        raise click.UsageError(f"{faults}: {error}") from None
