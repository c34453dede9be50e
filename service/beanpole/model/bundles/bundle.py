"""A source bundle, read once when its version is created, and kept by its digest."""

from functools import cached_property

from msgspec import Struct

from beanpole.model.bundles.configuration_file import ConfigurationFile
from beanpole.model.bundles.directory import Directory
from beanpole.model.bundles.unzip import Unzip


class Process(Struct, frozen=True, array_like=True):
    """A line of a Procfile or Buildfile: `name: command`."""

    name: str
    command: str


class Task(Struct, frozen=True, array_like=True):
    """A periodic task of `cron.yaml`."""

    name: str
    url: str
    schedule: str


class Cron(Struct, frozen=True, omit_defaults=True):
    """`cron.yaml`: its tasks, or what is wrong with it."""

    tasks: tuple[Task, ...] = ()
    problem: str | None = None


class Bundle(Struct, frozen=True, omit_defaults=True, dict=True):
    """The members and the commands of a bundle; `digest` is the SHA-256 of its bytes in hexadecimal digits, `size`
    counts them.

    `single` is the name of the one file that a bundle is if it is no archive; the name goes into its digest, and the
    file is the only member of its directory. `unzip` says how unzip fails on an instance; Windows may unpack what Linux
    does not. `processes` come from the Procfile, `builds` from the Buildfile. `dockerrun` is the version that a
    Dockerrun.aws.json names, empty if it names none, None if there is no such file or it is no JSON. `hook_texts` are
    the texts of short hooks by path. `proxy` is what nginx says of its configuration in the bundle, if it refuses it.
    """

    digest: str
    size: int
    directory: Directory = Directory()
    single: str | None = None
    unzip: Unzip | None = None
    configuration_files: tuple[ConfigurationFile, ...] = ()
    processes: tuple[Process, ...] = ()
    builds: tuple[Process, ...] = ()
    cron: Cron | None = None
    dockerrun: str | None = None
    hook_texts: tuple[tuple[str, str], ...] = ()
    proxy: str | None = None

    @cached_property
    def hooks(self) -> dict[str, tuple[str, ...]]:
        """The paths of the platform hooks in order of execution, by folder, such as `.platform/hooks/prebuild`."""
        hooks: dict[str, list[str]] = {}
        for path, entry in sorted(self.directory.by_path.items()):
            folder = path.rpartition("/")[0]
            if entry.kind != "folder" and folder.startswith((".platform/hooks/", ".platform/confighooks/")):
                hooks.setdefault(folder, []).append(path)
        return {folder: tuple(paths) for folder, paths in hooks.items()}
