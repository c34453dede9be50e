"""The command: `beanpole serve`, `worker`, `demo`, `watch`, `compare-policies`.

What only some commands need is imported where they need it: the server answers before the workers' room is read.
"""

import sys
from contextlib import closing
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING

import click

from beanpole.catalog import Catalog, lay_over, load, read_overrides
from beanpole.command import deployment_methods, serving, settings
from beanpole.credential import ACCOUNT, DEFAULT_ACCOUNT, DEFAULT_REGION, REGION
from beanpole.model.clock import PACE, Clock, Mode, Speed

if TYPE_CHECKING:
    from flask import Flask

    from beanpole.store.store import Store

PORT = 5770
FORMATS = ("text", "json", "markdown", "svg")


class SpeedType(click.ParamType[Speed]):
    """A factor, or `instant`."""

    name = "factor|instant"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Speed:
        """How many simulated seconds pass in a second."""
        if value == "instant":
            return "instant"
        try:
            factor = float(str(value))
        except ValueError:
            self.fail(f"{value!r} is neither a number nor instant", param, ctx)
        if not 0 < factor < float("inf"):
            self.fail(f"{value!r} is not greater than 0", param, ctx)
        return factor


EXISTING = click.Path(exists=True, dir_okay=False, path_type=Path)
_catalog = click.option("--catalog", metavar="FILE", type=EXISTING, help="A YAML file of tables to put over its own.")


@click.group()
@click.version_option(package_name="beanpole")
@click.pass_context
def main(context: click.Context) -> None:
    """A local stand-in for AWS Elastic Beanstalk that behaves like the service over time."""
    context.default_map = dict.fromkeys(("serve", "worker", "demo", "watch", "compare-policies"), settings.given())


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Where to listen; beyond loopback with a token.")
@click.option("--port", default=PORT, show_default=True, type=click.IntRange(0, 65535), help="0 takes a free one.")
@click.option("--redis", metavar="URL", help="Keep the state there and leave the stepping to `beanpole worker`.")
@click.option(
    "--clock",
    default="wall",
    show_default=True,
    type=click.Choice(["wall", "manual"]),
    help="Of accounts that have set none; a manual one is moved by POST /_beanpole/clock/advance.",
)
@click.option("--speed", default=PACE, show_default=True, type=SpeedType(), help="Simulated seconds to a second.")
@click.option("--seed", default=0, show_default=True, type=int, help="The same seed gives the same world.")
@click.option("--control-token", metavar="TOKEN", help="What the control routes ask for.")
@_catalog
@click.option("--object-store", metavar="URL", help="An S3 endpoint, in which source bundles are looked for.")
@click.option("--faults", metavar="FILE", type=EXISTING, help="A YAML list of faults to arm at the start.")
def serve(
    host: str,
    port: int,
    redis: str | None,
    clock: Mode,
    speed: Speed,
    seed: int,
    control_token: str | None,
    catalog: Path | None,
    object_store: str | None,
    faults: Path | None,
) -> None:
    """Serve the API; without --redis everything runs in this one process."""
    if control_token is None and not _is_loopback(host):
        raise click.UsageError(f"listening on {host} needs --control-token: the control routes can do anything")
    tables, store = _tables(catalog), _store(redis, Clock(clock, speed, seed))
    _arm(store, faults)
    serving.run(
        _app(store, tables, control_token, object_store), host, port, None if redis else lambda: _embedded(store)
    )


@main.command()
@click.option("--redis", metavar="URL", required=True, help="Where `beanpole serve --redis` keeps the state.")
@_catalog
def worker(redis: str, catalog: Path | None) -> None:
    """Make time pass: one worker with its timekeeper; start as many as you like."""
    from beanpole_workers.play import worker as workers

    _tables(catalog)
    workers.run(redis)


@main.command()
@click.option(
    "--speed",
    default=PACE,
    show_default=True,
    type=click.FloatRange(min=0, min_open=True),
    help="Simulated seconds to a second.",
)
@click.option("--policy", type=click.Choice(deployment_methods.NAMES), help="Tell a deployment by this method instead.")
def demo(speed: float, policy: str | None) -> None:
    """Tell the guide's story in the terminal: launch, update, swap."""
    from beanpole.command import demo as story

    sys.exit(story.run(speed, method=None if policy is None else deployment_methods.named(policy)))


@main.command()
@click.argument("environment")
@click.option("--url", default=f"http://127.0.0.1:{PORT}", show_default=True, help="Where the server listens.")
@click.option("--account", default=DEFAULT_ACCOUNT, show_default=True, help="The access key of twelve digits.")
@click.option("--region", default=DEFAULT_REGION, show_default=True, help="Where the environment is.")
@click.option("--token", "control_token", metavar="TOKEN", help="The control token of the server.")
@click.option("--once", is_flag=True, help="Show it as it is now, and end.")
def watch(environment: str, url: str, account: str, region: str, control_token: str | None, once: bool) -> None:
    """Follow an environment of a running server, by its name or its id."""
    from beanpole.command import watch as watching
    from beanpole.command.client import Socket

    if not ACCOUNT.fullmatch(account):
        raise click.BadParameter("an account is 12 digits", param_hint="--account")
    if not REGION.fullmatch(region):
        raise click.BadParameter("a region is 1 to 32 of a-z, 0-9 and the dash", param_hint="--region")
    try:
        socket = Socket(url)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--url") from None
    with closing(socket):
        sys.exit(watching.run(socket, environment, account, region, control_token, once))


@main.command("compare-policies")
@click.option(
    "--format", "form", default="text", show_default=True, type=click.Choice(FORMATS), help="What is printed."
)
@click.option("--output", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path), help="Write it there.")
@click.option("--instances", default=4, show_default=True, type=click.IntRange(1, 100), help="Of an environment.")
@click.option("--seed", default=0, show_default=True, type=int, help="The same seed gives the same table.")
@click.option(
    "--policy",
    "policies",
    multiple=True,
    type=click.Choice(deployment_methods.NAMES),
    help="Only this one; repeatable.",
)
@_catalog
def compare_policies(
    form: str, output: Path | None, instances: int, seed: int, policies: tuple[str, ...], catalog: Path | None
) -> None:
    """Try every way to deploy a version, working and failing, and print what was measured."""
    from beanpole.command import comparison
    from beanpole.command.client import Refused

    chosen = [it for it in deployment_methods.METHODS if it.name in policies or not policies]
    try:
        found = comparison.compare(_tables(catalog), chosen, instances, seed)
    except (Refused, comparison.Stuck) as error:
        raise click.ClickException(str(error)) from None
    written = comparison.write(found, form)
    if output is None:
        click.echo(written, nl=False)
        return
    try:
        output.write_text(written, encoding="utf-8")
    except OSError as error:
        raise click.FileError(str(output), error.strerror or repr(error)) from None


def wsgi() -> "Flask":
    """The API for another WSGI server, set by the environment: `gunicorn 'beanpole.command.cli:wsgi()'`."""
    given = settings.given()
    if "redis" not in given:
        raise click.UsageError(f"set {settings.VARIABLES['redis']}: several processes share no memory")
    speed = SpeedType().convert(given.get("speed", PACE), None, None)
    mode: Mode = "manual" if given.get("clock") == "manual" else "wall"
    clock = Clock(mode, speed, int(given.get("seed", 0)))
    catalog = Path(given["catalog"]) if "catalog" in given else None
    return _app(_store(given["redis"], clock), _tables(catalog), given.get("control_token"), given.get("object_store"))


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _tables(catalog: Path | None) -> Catalog:
    if catalog is not None:
        lay_over(read_overrides(catalog))
    return load()


def _store(url: str | None, clock: Clock) -> "Store":
    from beanpole.store.connection import connect, embedded
    from beanpole.store.store import Store

    return Store(connect(url) if url else embedded(), clock)


def _app(store: "Store", catalog: Catalog, control_token: str | None, object_store: str | None) -> "Flask":
    from beanpole.api.app import create_app
    from beanpole.files.object_store import S3

    try:
        objects = S3(object_store) if object_store else None
    except ValueError as error:
        raise click.UsageError(f"--object-store: {error}") from None
    return create_app(store, catalog, control_token, objects)


def _arm(store: "Store", faults: Path | None) -> None:
    if faults is None:
        return
    from beanpole.control.faults import arm_file

    try:
        arm_file(store, faults)
    except ValueError as error:
        raise click.UsageError(f"{faults}: {error}") from None


def _embedded(store: "Store") -> serving.Service:
    from beanpole_workers.play.worker import Embedded

    return Embedded(store)
