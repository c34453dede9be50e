"""The command: `beanpole serve`, `worker`, `demo`, `watch`, `traffic`, `compare-policies`.

A module that only some commands need is imported inside those commands, so that the server answers before the packages
of the workers are read.
"""

import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import click

from beanpole import __version__
from beanpole.command import assembly, attachment, companion_setup, deployment_methods, settings
from beanpole.command.serve import serve
from beanpole.command.server_options import (
    catalog_option,
    commands_option,
    companion_of_workers_option,
    connect,
    object_store_option,
    profile_option,
    queues_option,
    server_options,
)
from beanpole.model.bundles.configuration_file import CommandMode
from beanpole.model.time.clock import PACE
from beanpole.text import log_lines

if TYPE_CHECKING:
    from beanpole.command.client import Service, Socket
    from beanpole.command.traffic.load import Load

FORMATS = ("text", "json", "markdown", "svg")
LOAD_FORMATS = ("text", "json", "svg")


_output = click.option(
    "--output",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="File to write to, instead of the terminal.",
)


@click.group()
@click.version_option(__version__, prog_name="beanpole")
@click.pass_context
def main(context: click.Context) -> None:
    """A local stand-in for AWS Elastic Beanstalk that behaves like the service over time."""
    log_lines.write()
    warn_of_unknown_settings()
    context.default_map = dict.fromkeys(
        ("serve", "worker", "demo", "watch", "traffic", "compare-policies"), settings.from_environment()
    )


main.add_command(serve)


@main.command()
@click.option("--redis", metavar="URL", required=True, help="Redis in which `beanpole serve --redis` keeps the state.")
@catalog_option
@object_store_option
@companion_of_workers_option
@queues_option
@commands_option
@profile_option
def worker(
    redis: str,
    catalog: Path | None,
    object_store: str | None,
    companions: tuple[str, ...],
    queues: str | None,
    commands: CommandMode,
    requires_profile: bool,
) -> None:
    """Run one worker, which makes time pass; start as many as you like."""
    from beanpole.store.state_format import Newer
    from beanpole_workers.play import worker as workers

    assembly.check_redis(redis)
    assembly.tables(catalog)
    assembly.require_profile(requires_profile)
    assembly.check_commands(commands)
    companion = companion_setup.companion(companions, several_processes=True)
    objects = companion_setup.objects_beside(companion, object_store)
    try:
        workers.run(redis, commands, objects, attachment.services(companion, queues))
    except Newer as error:
        raise click.UsageError(f"{error}.") from None


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
    from beanpole.command.client import Service
    from beanpole.command.traffic.load import Load

    load = Load(environment, rate, seconds, clients, path)
    with closing(connect(url, account, region)) as socket:
        service = Service(socket, account, region, control_token, looks_on=True)
        result = _result(load, socket, service, form)
    _write(result, output)


def _result(load: "Load", socket: "Socket", service: "Service", form: str) -> str:
    """The result of a load that is sent now, in a format; raises ClickException where it cannot be sent."""
    from beanpole.command import traffic as loads
    from beanpole.command.client import Refused, Unreachable
    from beanpole.command.traffic import fleets
    from beanpole.command.traffic.load import NoEnvironment

    bar = click.progressbar(length=load.requests, label=load.name, file=sys.stderr)
    try:
        with bar:
            began = fleets.now(service)
            answers = loads.measure(socket.exchange, service, load, lambda _: bar.update(1))
        behind = tuple(fleets.read(service, answers, began)) if form == "svg" else ()
    except (NoEnvironment, Refused, Unreachable) as error:
        raise click.ClickException(str(error)) from None
    return loads.write(load, answers, form, behind)


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
@catalog_option
def compare_policies(
    form: str, output: Path | None, instances: int, seed: int, policies: tuple[str, ...], catalog: Path | None
) -> None:
    """Run every deployment method, with a version that works and one that fails, and print the measurements."""
    from beanpole.command import comparison
    from beanpole.command.client import Refused
    from beanpole.command.comparison.recorded_world import Stuck

    methods = [method for method in deployment_methods.METHODS if method.name in policies or not policies]
    try:
        measured = comparison.compare(assembly.tables(catalog), methods, instances, seed)
    except (Refused, Stuck) as error:
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


def warn_of_unknown_settings() -> None:
    """Warn on standard error of variables that look like settings, but are not."""
    for name, near in settings.unknown().items():
        click.echo(f"{name} is no setting{f'; did you mean {near}?' if near else '.'}", err=True)
