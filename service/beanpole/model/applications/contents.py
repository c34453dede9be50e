"""What a source bundle was found to hold, and what is told of it when its version is processed or deployed."""

from typing import Literal

from msgspec import Struct

from beanpole.model import errors
from beanpole.model.events import failures
from beanpole.model.events.messages import Message


class Problem(Struct, frozen=True, omit_defaults=True):
    """Why the version cannot be deployed.

    `syntax`: a file is neither YAML nor JSON; `yaml` and `json` say where and why. `entry`: an entry of its option
    settings is no map. `bundle`: the bundle itself cannot be opened.
    """

    what: Literal["syntax", "entry", "bundle"]
    file: str = ""
    yaml: str = ""
    json: str = ""


class Skipped(Struct, frozen=True):
    """A configuration file that is passed over because of a key that it must not have."""

    file: str
    key: str


class Contents(Struct, frozen=True, omit_defaults=True):
    """Counts and names only: `configuration_files` and `hooks` by path, the rest by name, in the order of running.

    `commands` and `container_commands` are those of the configuration files, `processes` those of the Procfile,
    `builds` those of the Buildfile. `starting` are the files at the root by which a platform knows how to start the
    application; None where nobody could look, as in a bundle that is a single file. `package` is what is to be said of
    its package.json, if anything: it names no version of Node.js, or it is no JSON, which npm cannot install.
    """

    files: int = 0
    configuration_files: tuple[str, ...] = ()
    hooks: tuple[str, ...] = ()
    commands: tuple[str, ...] = ()
    container_commands: tuple[str, ...] = ()
    processes: tuple[str, ...] = ()
    builds: tuple[str, ...] = ()
    starting: tuple[str, ...] | None = None
    package: Literal["any-node", "no-json"] | None = None
    problems: tuple[Problem, ...] = ()
    skipped: tuple[Skipped, ...] = ()


def check_deployable(contents: Contents | None, version_label: str) -> None:
    """Raise what a deployment is refused with at once; other problems show while it runs."""
    for it in contents.problems if contents else ():
        if it.what == "entry":
            raise errors.MapExpected(file=it.file, version=version_label)


def warnings(contents: Contents | None) -> tuple[Message, ...]:
    """What is said of a version although its deployment goes on."""
    skipped = contents.skipped if contents else ()
    return tuple(failures.CONFIGURATION_FILE_SKIPPED(file=it.file, key=it.key) for it in skipped)


def processing_failures(contents: Contents | None, version_label: str) -> tuple[Message, ...]:
    """Why it cannot be processed; nothing if it can."""
    return tuple(_says(it, version_label) for it in (contents.problems if contents else ()))


def deployment_failures(contents: Contents | None, version_label: str) -> tuple[Message, ...]:
    """Why its deployment ends before any instance is touched; a bundle itself is opened on the instances alone."""
    problems = contents.problems if contents else ()
    return tuple(_says(it, version_label) for it in problems if it.what != "bundle")


def _says(problem: Problem, version_label: str) -> Message:
    match problem.what:
        case "syntax":
            return failures.CONFIGURATION_FILE_INVALID(
                file=problem.file, version=version_label, yaml=problem.yaml, json=problem.json
            )
        case "entry":
            return failures.OPTION_SETTING_NO_MAP(file=problem.file, version=version_label)
        case "bundle":
            return failures.SOURCE_BUNDLE_HAS_ISSUES()
