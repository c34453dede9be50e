"""The contents of a source bundle, as a version shows them."""

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import islice
from typing import Literal, TypeVar

from msgspec.structs import replace

from beanpole.files.bundle import docker_files, dockerrun, extensions, intrinsics, packages, resources, templates
from beanpole.files.bundle.archive_files import Files
from beanpole.files.bundle.configuration_files import AT_THE_ROOT, ConfigurationFiles
from beanpole.files.bundle.parser_words import Malformed
from beanpole.model.applications.contents import BundleProblem, Contents, Dockerrun
from beanpole.model.applications.manifest import Manifest
from beanpole.model.bundles.bundle import Bundle
from beanpole.model.bundles.configuration_file import Command
from beanpole.tables import limits

T = TypeVar("T")

MOST_NAMED = limits.most("bundle_names")
STARTING = (
    "Dockerfile",
    "Dockerrun.aws.json",
    "Procfile",
    "app.js",
    "composer.json",
    "docker-compose.yml",
    "package.json",
    "server.js",
)

_JAR = re.compile(r"[^/]{1,200}\.jar")
_HOOK = re.compile(r"\.platform/(?:config)?hooks/.{1,200}")


def read(
    name: str, files: Files, configuration: ConfigurationFiles, manifest: Manifest | BundleProblem | None
) -> Contents:
    """The contents of a bundle with the key `name`, without the names of what it holds."""
    own = configuration.at_the_root
    declarations = [resource for file in own for resource in file.resources]
    problem = resources.problem(declarations) or intrinsics.problem(file.template or {} for file in own)
    manifest_problems = [manifest] if isinstance(manifest, BundleProblem) else []
    return Contents(
        configuration_files=_first(path for path in configuration.paths if path.startswith(AT_THE_ROOT)),
        starting=_first(_starting(name, files)),
        package=_package(files),
        problems=_first((*configuration.problems, *manifest_problems, *configuration.too_many)),
        skipped=_first(configuration.skipped),
        template=problem,
        custom=templates.merged(file.template or {} for file in own) if problem is None else None,
        of_load_balancers=_first(resources.of_load_balancers(declarations)),
        attributes_of_load_balancers=_first(resources.attributes_of_load_balancers(declarations)),
        outputs_of_load_balancers=_first(resources.outputs_of_load_balancers(declarations)),
        dockerrun=_dockerrun(files),
        unbuildable=_first(_unbuildable(files)),
    )


def with_names(contents: Contents, bundle: Bundle, files: Files) -> Contents:
    """The contents with the names of what the bundle holds."""
    configured = bundle.configuration_files
    return replace(
        contents,
        files=len(files.entries),
        hooks=hooks(files),
        commands=_names(command for file in configured for command in file.commands),
        container_commands=_names(command for file in configured for command in file.container_commands),
        processes=_first(process.name for process in bundle.processes),
        builds=_first(process.name for process in bundle.builds),
        unzip=bundle.unzip,
        cron=bundle.cron,
    )


def hooks(files: Files) -> tuple[str, ...]:
    """The paths of the first hooks of a bundle."""
    return _first(files.matching(_HOOK))


def _starting(name: str, files: Files) -> Iterator[str]:
    """The files that say how to start the application; a JAR may be the bundle itself."""
    yield from (path for path in STARTING if path in files.entries)
    yield from (name,) if _JAR.fullmatch(name) else files.matching(_JAR)


def _package(files: Files) -> Literal["any-node", "no-json"] | None:
    """The problem of `package.json`; a broken one does not matter if the bundle has its dependencies installed."""
    try:
        problem = packages.read(files.content(packages.NAME)) if packages.NAME in files.entries else None
    except Malformed:
        return None
    installed = any(path.startswith("node_modules/") for path in files.entries)
    return None if problem == "no-json" and installed else problem


def _unbuildable(files: Files) -> Iterator[str]:
    """The files that Docker refuses; one that is too long to be read is not looked into."""
    checks = {docker_files.DOCKERFILE: docker_files.builds, docker_files.COMPOSE: docker_files.composes}
    for name, check in checks.items():
        if name in files.entries:
            with suppress(Malformed):  # it is too long to be read
                if not check(files.content(name)):
                    yield name


def _dockerrun(files: Files) -> Dockerrun | None:
    if dockerrun.NAME not in files.entries:
        return None
    try:
        return dockerrun.read(files.content(dockerrun.NAME))
    except Malformed:
        return Dockerrun(is_json=False)


def _first(items: Iterable[T]) -> tuple[T, ...]:
    return tuple(islice(items, MOST_NAMED))


def _names(commands: Iterable[Command]) -> tuple[str, ...]:
    return _first(command.name[: extensions.MOST_LETTERS] for command in commands)
