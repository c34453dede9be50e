"""The options that several commands have, and the connection to a running server to which some of them lead."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar, get_args

import click

from beanpole.caller.credential import ACCOUNT, DEFAULT_ACCOUNT, DEFAULT_REGION, REGION
from beanpole.command import settings
from beanpole.model.bundles.configuration_file import CommandMode

if TYPE_CHECKING:
    from beanpole.command.client import Socket

EXISTING = click.Path(exists=True, dir_okay=False, path_type=Path)
catalog_option = click.option(
    "--catalog", metavar="FILE", type=EXISTING, help="A YAML file whose tables override the built-in ones."
)

profile_option = click.option(
    "--require-instance-profile",
    "requires_profile",
    is_flag=True,
    help="Refuse the launch of an environment that names no IamInstanceProfile, as AWS does.",
)

commands_option = click.option(
    "--commands",
    default="enact",
    show_default=True,
    type=click.Choice(get_args(CommandMode)),
    help="Commands of bundles: enact file verbs on a model of the disk, only record them, or run them in a sandbox.",
)
object_store_option = click.option(
    "--object-store", metavar="URL", help="S3 endpoint with the source bundles; by default the S3 of the companion."
)
queues_option = click.option(
    "--queues", metavar="URL", help="SQS endpoint of the queues of worker environments; else the companion's."
)
companion_option = click.option(
    "--companion",
    "companions",
    metavar="[SERVICE=]URL",
    multiple=True,
    help="The server of other services, such as moto, MinIO or LocalStack; `off` for none. By default it is moto, "
    "in this process, if the extra `companions` is installed.",
)
companion_of_workers_option = click.option(
    "--companion",
    "companions",
    metavar="[SERVICE=]URL",
    multiple=True,
    help="The server of other services, as for `serve`: the object store, the queues, and the receivers of notices.",
)

PORT = 5770  # unless another is given, of a server as well

Command = TypeVar("Command", bound=Callable[..., None])


def server_options(command: Command) -> Command:
    """The options of a command that calls a running server."""
    for option in (
        click.option("--token", "control_token", metavar="TOKEN", help="Control token of the server."),
        click.option("--region", default=DEFAULT_REGION, show_default=True, help="Region of the environment."),
        click.option(
            "--account", default=DEFAULT_ACCOUNT, show_default=True, help="Account: an access key of 12 digits."
        ),
        click.option("--url", default=f"http://127.0.0.1:{PORT}", show_default=True, help="Address of the server."),
    ):
        command = option(command)
    return command


def connect(url: str, account: str, region: str) -> "Socket":
    """A connection to a server; raises BadParameter for an option that cannot be right."""
    from beanpole.command.client import Socket

    if not ACCOUNT.fullmatch(account):
        raise click.BadParameter("an account is 12 digits", param_hint="--account")
    if not REGION.fullmatch(region):
        raise click.BadParameter("a region is 1 to 32 of a-z, 0-9 and the dash", param_hint="--region")
    try:
        return Socket(url, settings.ca_bundle())
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--url") from None
    except OSError as error:
        reason = error.strerror or str(error)
        raise click.UsageError(f"{settings.CA_BUNDLE}, {settings.ca_bundle()}, cannot be read: {reason}") from None
