"""The command: `beanpole serve`, `worker`, `demo`, `watch`, `traffic`, `compare-policies`.

A module that only some commands need is imported inside those commands, so that the server answers before the packages
of the workers are read.
"""

import re
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, get_args

import click

from beanpole import __version__
from beanpole.clock import real_now
from beanpole.command import assembly, deployment_methods, serving, settings
from beanpole.command.assembly import SpeedType
from beanpole.command.server_options import PORT, connect, server_options
from beanpole.model.clock import MANUAL_EPOCH, PACE, Clock, Mode, Speed
from beanpole.model.instance.request import Commands

if TYPE_CHECKING:
    from beanpole.files.object_store import ObjectReader
    from beanpole.store.store import Store

_PRINTABLE = re.compile(r"[!-~]{1,1000}")
FORMATS = ("text", "json", "markdown", "svg")
LOAD_FORMATS = ("text", "json", "svg")


EXISTING = click.Path(exists=True, dir_okay=False, path_type=Path)
_catalog = click.option(
    "--catalog", metavar="FILE", type=EXISTING, help="A YAML file whose tables override the built-in ones."
)


_commands = click.option(
    "--commands",
    default="enact",
    show_default=True,
    type=click.Choice(get_args(Commands)),
    help="Commands of bundles: enact file verbs on a model of the disk, only record them, or run them in a sandbox.",
)
_object_store = click.option("--object-store", metavar="URL", help="S3 endpoint where source bundles are kept.")
_companion = click.option(
    "--companion",
    "companions",
    metavar="[SERVICE=]URL",
    multiple=True,
    help="Who answers for other services, such as moto, MinIO or LocalStack; `off` for nobody. By default it is moto, "
    "in this process, if the extra `companions` is installed.",
)


_output = click.option(
    "--output",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="File to write to, instead of the terminal.",
)


def _token(context: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
    """A control token as a header can carry it; an empty or blank one protects nothing."""
    if value is not None and not _PRINTABLE.fullmatch(value):
        raise click.BadParameter("it is empty or blank, or has characters that a header cannot carry.")
    return value


@click.group()
@click.version_option(__version__, prog_name="beanpole")
@click.pass_context
def main(context: click.Context) -> None:
    """A local stand-in for AWS Elastic Beanstalk that behaves like the service over time."""
    warn_of_unknown_settings()
    context.default_map = dict.fromkeys(
        ("serve", "worker", "demo", "watch", "traffic", "compare-policies"), settings.from_environment()
    )


@main.command()
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
    "--clock",
    default="wall",
    show_default=True,
    type=click.Choice(["wall", "manual"]),
    help="Clock of a new account; POST /_beanpole/clock/advance moves a manual one.",
)
@click.option("--speed", default=PACE, show_default=True, type=SpeedType(), help="Simulated seconds per second.")
@click.option(
    "--seed", default=0, show_default=True, type=int, help="The same seed gives the same ids, events and times."
)
@click.option(
    "--control-token", metavar="TOKEN", callback=_token, help="Token that the control routes require: printable ASCII."
)
@click.option(
    "--open-control", is_flag=True, help="Answer control routes beyond this machine without a token, for any client."
)
@_catalog
@_object_store
@_companion
@_commands
@click.option("--faults", metavar="FILE", type=EXISTING, help="YAML list of faults to arm at the start.")
@click.option(
    "--allowed-host",
    "allowed_hosts",
    metavar="NAME",
    multiple=True,
    help="A name by which clients on this machine call the server, beside localhost; may be given more than once.",
)
def serve(
    host: str,
    port: int,
    redis: str | None,
    clock: Mode,
    speed: Speed,
    seed: int,
    control_token: str | None,
    open_control: bool,
    catalog: Path | None,
    object_store: str | None,
    companions: tuple[str, ...],
    commands: Commands,
    faults: Path | None,
    allowed_hosts: tuple[str, ...],
) -> None:
    """Serve the API; without --redis everything runs in this process."""
    access = assembly.Access(host, control_token, open_control, allowed_hosts)
    companion = assembly.companion(companions, False, allowed_hosts)
    objects = assembly.objects_beside(companion, object_store)
    reading = real_now() if clock == "manual" else MANUAL_EPOCH  # clients ask for events since their own present
    app, store = assembly.service(
        redis, Clock(clock, speed, seed, reading), catalog, access, objects, faults, commands, companion
    )
    serving.run(app, host, port, None if redis else lambda: _embedded(store, objects))


@main.command()
@click.option("--redis", metavar="URL", required=True, help="Redis in which `beanpole serve --redis` keeps the state.")
@_catalog
@_object_store
@_commands
def worker(redis: str, catalog: Path | None, object_store: str | None, commands: Commands) -> None:
    """Run one worker, which makes time pass; start as many as you like."""
    from beanpole_workers.play import worker as workers

    assembly.tables(catalog)
    assembly.check_commands(commands)
    workers.run(redis, commands, assembly.objects(object_store))


@main.command()
@click.option(
    "--speed",
    default=PACE,
    show_default=True,
    type=click.FloatRange(min=0, min_open=True),
    help="Simulated seconds per second.",
)
@click.option("--policy", type=click.Choice(deployment_methods.NAMES), help="Show a deployment by this method instead.")
def demo(speed: float, policy: str | None) -> None:
    """Show a launch, an update and a swap in the terminal."""
    from beanpole.command import demo as story

    sys.exit(story.run(speed, method=None if policy is None else deployment_methods.named(policy)))


@main.command()
@click.argument("environment")
@server_options
@click.option("--once", is_flag=True, help="Show the environment as it is now, then exit.")
def watch(environment: str, url: str, account: str, region: str, control_token: str | None, once: bool) -> None:
    """Follow an environment of a running server, by its name or id."""
    from beanpole.command import watch as watching

    with closing(connect(url, account, region)) as socket:
        sys.exit(watching.run(socket, environment, account, region, control_token, once))


@main.command()
@click.argument("environment")
@click.option("--rate", default=20.0, show_default=True, type=click.FloatRange(0.01, 1000), help="Requests a second.")
@click.option(
    "--for",
    "seconds",
    default=60.0,
    show_default=True,
    type=click.FloatRange(0, 86_400, min_open=True),
    help="Seconds: of real time or, on a manual clock, of the clock, which is moved on.",
)
@click.option(
    "--clients",
    default=10,
    show_default=True,
    type=click.IntRange(0, 1000),
    help="Clients that remember where a name led; 0 sends each request from a new one.",
)
@click.option("--path", default="/", show_default=True, help="Path that is requested.")
@click.option(
    "--format", "form", default="text", show_default=True, type=click.Choice(LOAD_FORMATS), help="Format of the output."
)
@_output
@server_options
def traffic(
    environment: str,
    rate: float,
    seconds: float,
    clients: int,
    path: str,
    form: str,
    output: Path | None,
    url: str,
    account: str,
    region: str,
    control_token: str | None,
) -> None:
    """Send a steady load to an environment of a running server, by its CNAME, name or id, and tell who answered."""
    from beanpole.command import traffic as loads
    from beanpole.command.client import Refused, Service, Unreachable
    from beanpole.command.traffic.load import NoEnvironment, Plan

    plan = Plan(environment, rate, seconds, clients, path)
    with closing(connect(url, account, region)) as socket:
        service = Service(socket, account, region, control_token, looks_on=True)
        bar = click.progressbar(length=plan.requests, label=environment, file=sys.stderr)
        try:
            with bar:
                answers = loads.measure(socket.exchange, service, plan, lambda _: bar.update(1))
        except (NoEnvironment, Refused, Unreachable) as error:
            raise click.ClickException(str(error)) from None
    _write(loads.write(plan, answers, form), output)


@main.command("compare-policies")
@click.option(
    "--format", "form", default="text", show_default=True, type=click.Choice(FORMATS), help="Format of the output."
)
@_output
@click.option(
    "--instances", default=4, show_default=True, type=click.IntRange(1, 100), help="Instances of each environment."
)
@click.option("--seed", default=0, show_default=True, type=int, help="The same seed gives the same table.")
@click.option(
    "--policy",
    "policies",
    multiple=True,
    type=click.Choice(deployment_methods.NAMES),
    help="Compare only this method; repeatable.",
)
@_catalog
def compare_policies(
    form: str, output: Path | None, instances: int, seed: int, policies: tuple[str, ...], catalog: Path | None
) -> None:
    """Run every deployment method, with a version that works and one that fails, and print what was measured."""
    from beanpole.command import comparison
    from beanpole.command.client import Refused
    from beanpole.command.comparison import sandbox

    methods = [method for method in deployment_methods.METHODS if method.name in policies or not policies]
    try:
        measured = comparison.compare(assembly.tables(catalog), methods, instances, seed)
    except (Refused, sandbox.Stuck) as error:
        raise click.ClickException(str(error)) from None
    _write(comparison.write(measured, form), output)


def _write(text: str, output: Path | None) -> None:
    """Write to a file, or to the terminal without one; raises FileError."""
    if output is None:
        click.echo(text, nl=False)
        return
    try:
        output.write_text(text, encoding="utf-8")
    except OSError as error:
        raise click.FileError(str(output), error.strerror or repr(error)) from None


def _embedded(store: "Store", objects: "ObjectReader | None") -> serving.Service:
    from beanpole_workers.play.worker import Embedded

    return Embedded(store, objects)


def warn_of_unknown_settings() -> None:
    """Say on standard error which variables look like settings and are none."""
    for name, near in settings.unknown().items():
        click.echo(f"{name} is no setting{f'; did you mean {near}?' if near else '.'}", err=True)
