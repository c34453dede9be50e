"""Requests of the service's commands to an instance, and the disks that they leave."""

import re
from typing import Literal

from msgspec import Struct

from beanpole.model.bundles.configuration_file import CommandMode
from beanpole.model.instance.disk import Disk
from beanpole.model.instance.outcomes import Report

CommandName = Literal["boot", "deploy", "configure", "restart"]

# What a process of the platform engine has [inferred], beside the properties of the environment.
VARIABLES = {"PATH": "/sbin:/bin:/usr/sbin:/usr/bin:/opt/aws/bin", "HOME": "/root"}
_UNNAMED = re.compile(r"[^A-Za-z0-9_]")


class CommandFault(Struct, frozen=True, array_like=True):
    """A fault that lets the command of that name fail, in place of what it would have done."""

    name: str
    status: int = 1
    output: str = ""


class Request(Struct, frozen=True, omit_defaults=True):
    """`boot` is the deployment on an instance that joins later: it is never the leader.

    `properties` are those of the environment, in alphabetical order. With the runner `record` nothing but the version
    itself reaches the disk. On Windows nothing is enacted, as there is no shell.
    An instance that `has_nginx` starts it with the configuration of the bundle.

    With the runner `run` commands are run, on each instance for itself: `instance` is its id, `run` names the step of
    the plan, and `timeout` are the seconds of real time that a command may take. Each of the `command_faults` lets a
    command fail in place of its effect.
    """

    command: CommandName
    runner: CommandMode = "enact"
    is_leader: bool = False
    properties: tuple[tuple[str, str], ...] = ()
    application_name: str = ""
    version_label: str | None = None
    is_windows: bool = False
    has_nginx: bool = False
    instance: str = ""
    run: str = ""
    timeout: float = 0.0
    command_faults: tuple[CommandFault, ...] = ()

    @property
    def leads(self) -> bool:
        """Tell whether the instance carries out what the leader of a deployment does."""
        return self.is_leader and self.command == "deploy"

    @property
    def enacts(self) -> bool:
        """Tell whether commands that are file verbs are carried out on the disk."""
        return self.runner != "record" and not self.is_windows

    @property
    def runs(self) -> bool:
        """Tell whether commands are run, and not enacted."""
        return self.runner == "run" and not self.is_windows

    def fault_on(self, name: str) -> CommandFault | None:
        """The fault that hits the command of a name; None without one."""
        return next((fault for fault in self.command_faults if fault.name == name), None)

    @property
    def variables(self) -> dict[str, str]:
        """The environment of container commands and hooks (guide, `platforms-linux-extend`)."""
        return VARIABLES | dict(self.properties) | {"EB_IS_COMMAND_LEADER": str(self.leads).lower()}

    def config(self, stage: Literal["prebuild", "postbuild"], number: int) -> str:
        """The name that cfn-init gives to a configuration file, as in `postbuild_0_Upgrade_Django4_2`."""
        return f"{stage}_{number}_{_UNNAMED.sub('_', self.application_name)}"


class Prepared(Struct, frozen=True):
    """The report of a command, and the disk that it left."""

    report: Report
    disk: Disk
