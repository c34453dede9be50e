"""The sections of a configuration file that an instance carries out (developer guide, customize-containers-ec2)."""

from typing import Literal

from msgspec import Struct, field

Section = Literal[
    "packages", "groups", "users", "sources", "files", "commands", "services", "container_commands"
]  # in the order in which an instance carries them out
CommandMode = Literal["enact", "record", "run"]  # on a model of the disk, not at all, or in a sandbox
Words = str | tuple[str, ...]  # a line for a shell, or a program and its arguments


class Package(Struct, frozen=True, omit_defaults=True):
    """A package of a manager (`yum`, `rpm`, `rubygems`, `python`, `msi`); without `versions` the latest one."""

    manager: str
    name: str
    versions: tuple[str, ...] = ()


class Group(Struct, frozen=True, omit_defaults=True):
    """A Unix group."""

    name: str
    gid: str | None = None


class User(Struct, frozen=True, omit_defaults=True):
    """A Unix user, whose shell is /sbin/nologin."""

    name: str
    groups: tuple[str, ...] = ()
    uid: str | None = None
    home: str | None = None


class Source(Struct, frozen=True):
    """An archive that is downloaded from `url` and unpacked into the folder `target`."""

    target: str
    url: str


class File(Struct, frozen=True, omit_defaults=True):
    """A file to write; either `content` or `source`, a URL. `mode` has six octal digits; 120 begins that of a link."""

    path: str
    content: str | None = None
    source: str | None = None
    encoding: Literal["plain", "base64"] = "plain"
    mode: str | None = None
    owner: str | None = None
    group: str | None = None
    authentication: str | None = None


class Command(Struct, frozen=True, omit_defaults=True):
    """A command of `commands` or `container_commands`.

    `env` replaces the environment. The command runs if `test` ends with 0. `leader_only` counts in
    `container_commands` only; `waits` (`waitAfterCompletion`: seconds, or `forever`) on Windows only.
    """

    name: str
    command: Words
    env: tuple[tuple[str, str], ...] | None = None
    cwd: str | None = None
    test: Words | None = None
    ignore_errors: bool = False
    leader_only: bool = False
    waits: str | None = None


class Service(Struct, frozen=True, omit_defaults=True):
    """A service of a manager (`sysvinit`, `systemd`, `windows`), and what it is restarted after."""

    manager: str
    name: str
    enabled: bool | None = None
    ensure_running: bool | None = None
    files: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    commands: tuple[str, ...] = ()


class BrokenEntry(Struct, frozen=True):
    """An entry that cfn-init cannot carry out: its section and name, and the words of cfn-init on the instance."""

    section: Section
    name: str
    words: str


class ConfigurationFile(Struct, frozen=True, omit_defaults=True):
    """A configuration file; each list in the order in which cfn-init carries it out.

    A `broken` entry fails the deployment on an instance when its section is carried out, before all others there.
    """

    path: str
    packages: tuple[Package, ...] = ()
    groups: tuple[Group, ...] = ()
    users: tuple[User, ...] = ()
    sources: tuple[Source, ...] = ()
    files: tuple[File, ...] = ()
    commands: tuple[Command, ...] = ()
    services: tuple[Service, ...] = ()
    container_commands: tuple[Command, ...] = ()
    broken: tuple[BrokenEntry, ...] = field(default=(), name="faults")  # by its name in bundles that are kept already
