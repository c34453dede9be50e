"""The names of the commands, builds and hooks of a deployment on an instance; a fault may hit one of them."""

from collections.abc import Iterator

from beanpole.model.bundles.bundle import Bundle
from beanpole.model.instance.request import Request


def command_names(bundle: Bundle, request: Request) -> frozenset[str]:
    """The keys of commands and container commands, the names of builds, and the paths of hooks.

    A command that the leader alone runs is named on the leader only; whether a `test` lets one run is not known before.
    """
    match request.command:
        case "boot" | "deploy":
            return frozenset(_of_deployment(bundle, request))
        case "configure":
            return frozenset(_hooks(bundle, "confighooks"))
        case "restart":
            return frozenset()


def _of_deployment(bundle: Bundle, request: Request) -> Iterator[str]:
    for file in bundle.configuration_files:
        yield from (command.name for command in file.commands)
        yield from (command.name for command in file.container_commands if request.leads or not command.leader_only)
    yield from (build.name for build in bundle.builds)
    yield from _hooks(bundle, "hooks")


def _hooks(bundle: Bundle, kind: str) -> Iterator[str]:
    for folder, paths in bundle.hooks.items():
        if folder.startswith(f".platform/{kind}/"):
            yield from paths
