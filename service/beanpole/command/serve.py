"""The command `beanpole serve`: its options, and what they start.

A module that only some options need is imported where they are used, so that the server answers soon.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from msgspec import Struct

from beanpole.command import assembly, attachment, companion_setup, serving
from beanpole.command.assembly import SpeedType
from beanpole.command.server_options import (
    EXISTING,
    PORT,
    catalog_option,
    commands_option,
    companion_option,
    object_store_option,
    profile_option,
    queues_option,
)
from beanpole.machine.clock import real_now
from beanpole.model.bundles.configuration_file import CommandMode
from beanpole.model.time.clock import MANUAL_EPOCH, PACE, Clock, Mode, Speed

if TYPE_CHECKING:
    from ssl import SSLContext

    from beanpole.files.object_store import ObjectStore
    from beanpole.other_services.services import Services
    from beanpole.store.store import Store

_PRINTABLE = re.compile(r"[!-~]{1,1000}")


def _token(context: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
    """A control token as a header can carry it; an empty or blank one protects nothing."""
    if value is not None and not _PRINTABLE.fullmatch(value):
        raise click.BadParameter("it is empty or blank, or has characters that a header cannot carry.")
    return value


class ServeOptions(Struct, frozen=True, kw_only=True):
    """The options of `beanpole serve`, by the names of its parameters."""

    host: str
    port: int
    redis: str | None
    data: Path | None
    clock: Mode
    speed: Speed
    seed: int | None
    control_token: str | None
    open_control: bool
    catalog: Path | None
    object_store: str | None
    companions: tuple[str, ...]
    queues: str | None
    commands: CommandMode
    requires_profile: bool
    tls_cert: Path | None
    tls_key: Path | None
    tls_self_signed: bool
    verify_signatures: bool
    access_keys: tuple[str, ...]
    faults: Path | None
    allowed_hosts: tuple[str, ...]
    no_journal: bool

    @property
    def access(self) -> assembly.Access:
        """The clients that may call, and what they may do."""
        return assembly.Access(
            self.host, self.control_token, self.open_control, self.allowed_hosts, self.requires_profile
        )

    def state(self, redis: str | None, now: int = MANUAL_EPOCH) -> assembly.StateSettings:
        """The settings of the state in a Redis, or in this process; `now` is the present of a new manual clock."""
        clock = Clock(self.clock, self.speed, self.seed or 0, now)
        by_chance = self.seed is None and self.clock == "wall"
        return assembly.StateSettings(redis, clock, self.commands, not self.no_journal, by_chance)


@click.command()
@click.option(
    "--host", default="127.0.0.1", show_default=True, help="Address to listen on; other than loopback needs a token."
)
@click.option(
    "--port",
    default=PORT,
    show_default=True,
    type=click.IntRange(0, 65535),
    help="Port to listen on; 0 takes a free one.",
)
@click.option("--redis", metavar="URL", help="Keep the state in this Redis; `beanpole worker` makes time pass.")
@click.option(
    "--data",
    metavar="DIR",
    type=click.Path(file_okay=False, path_type=Path),
    help="Keep the state in this directory over restarts and crashes; needs the extra `persistent`.",
)
@click.option(
    "--clock",
    default="wall",
    show_default=True,
    type=click.Choice(["wall", "manual"]),
    help="Clock of a new account; POST /_beanpole/clock/advance moves a manual one.",
)
@click.option("--speed", default=PACE, show_default=True, type=SpeedType(), help="Simulated seconds per second.")
@click.option(
    "--seed",
    type=int,
    help="The same seed gives the same ids, events and times. Without one a manual clock has 0, and on a wall clock "
    "every account has its own, another after a restart and a reset.",
)
@click.option(
    "--control-token", metavar="TOKEN", callback=_token, help="Token that the control routes require: printable ASCII."
)
@click.option(
    "--open-control", is_flag=True, help="Answer control routes beyond this machine without a token, for any client."
)
@catalog_option
@object_store_option
@companion_option
@queues_option
@commands_option
@profile_option
@click.option("--tls-cert", metavar="FILE", type=EXISTING, help="Speak TLS with this certificate, as PEM.")
@click.option("--tls-key", metavar="FILE", type=EXISTING, help="The key of --tls-cert.")
@click.option("--tls-self-signed", is_flag=True, help="Speak TLS with a certificate for localhost that is made here.")
@click.option(
    "--verify-signatures", is_flag=True, help="Check the signature of every call by the keys of --access-key."
)
@click.option(
    "--access-key",
    "access_keys",
    metavar="ID:SECRET",
    multiple=True,
    help="A key that may call with --verify-signatures; may be given more than once.",
)
@click.option("--faults", metavar="FILE", type=EXISTING, help="YAML list of faults to arm at the start.")
@click.option(
    "--allowed-host",
    "allowed_hosts",
    metavar="NAME",
    multiple=True,
    help="A name by which clients on this machine call the server, beside localhost; may be given more than once.",
)
@click.option("--no-journal", is_flag=True, help="Put no calls into the journal.")
def serve(**values: Any) -> None:
    """Serve every AWS service at one endpoint; without --redis everything runs in this process."""
    serving.begin()
    options = ServeOptions(**values)
    tls, certificate = _tls(options)
    keys = assembly.keys(options.verify_signatures, options.access_keys)
    companion = companion_setup.companion(options.companions, False, options.allowed_hosts, options.queues)
    objects = companion_setup.objects_beside(companion, options.object_store)
    now = real_now() if options.clock == "manual" else MANUAL_EPOCH  # clients ask for events since their own present
    with serving.explaining_threads(), _data_server(options.data, options.redis) as data_url:
        attachment.keep(companion, options.data, data_url)
        state = options.state(options.redis or data_url, now)
        app, store = assembly.service(state, options.catalog, options.access, objects, options.faults, companion)
        assembly.require_profile(options.requires_profile)
        assembly.check_signatures(app, keys, options.access, companion)
        services = attachment.later(companion, options.queues)
        notes = [*([] if options.redis else [_note(options.data)]), *certificate]
        engine = None if options.redis else lambda calls: _embedded(store, objects, services(), data_url, calls)
        serving.run(app, options.host, options.port, engine, notes, tls)


def _tls(options: ServeOptions) -> "tuple[SSLContext | None, list[str]]":
    """The context for TLS, and a line about a certificate that was made here; raises UsageError for what cannot be."""
    certificate, key, is_self_signed = options.tls_cert, options.tls_key, options.tls_self_signed
    if certificate is None and key is None and not is_self_signed:
        return None, []
    if is_self_signed == (certificate is not None) or (certificate is None) != (key is None):
        raise click.UsageError("TLS needs --tls-cert and --tls-key, or --tls-self-signed.")
    from tempfile import mkdtemp

    from beanpole.command import tls

    try:
        if certificate is not None and key is not None:
            return tls.context(certificate, key), []
        path, secret = tls.self_signed((options.data or Path(mkdtemp(prefix="beanpole-"))) / "tls")
        return tls.context(path, secret), [f"its certificate is AWS_CA_BUNDLE={path}"]
    except tls.Unusable as error:
        raise click.UsageError(f"{error}.") from None


@contextmanager
def _data_server(data: Path | None, redis: str | None) -> Iterator[str | None]:
    """The URL of the server of a directory, which is ended with us; raises UsageError where it cannot be used.

    Raises SystemExit with status 1 in the end if the server has ended before.
    """
    if data is None:
        yield None
        return
    if redis is not None:
        raise click.UsageError("--data and --redis: the state is kept in one of them.")
    from beanpole.command import valkey

    try:
        server = valkey.Valkey(data)
    except valkey.Unusable as error:
        raise click.UsageError(f"--data: {error}.") from None
    try:
        server.watch(valkey.end_this_process)
        yield server.url
    finally:
        server.stop()
    if server.failed:
        raise SystemExit(1)


def _note(data: Path | None) -> str:
    """A line that says what is kept."""
    return f"its state is kept in {data}" if data else "nothing is kept when it ends; --data DIR keeps it"


def _embedded(
    store: "Store", objects: "ObjectStore | None", services: "Services", url: str | None, calls: serving.Calls
) -> serving.Service:
    """The engine in this process, with connections of its own to the server of a directory."""
    from beanpole.store.connection import connect
    from beanpole_workers.play.worker import Embedded

    return Embedded(store, objects, services, (lambda: connect(url)) if url else None, calls.are_coming)
