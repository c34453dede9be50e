"""The route of a version's source bundle: its contents, and the work that it gives to instances."""

from http import HTTPStatus
from itertools import islice

from flask import Response, request
from msgspec import to_builtins

from beanpole.control.problems import Problem, as_json
from beanpole.control.scope import Scope
from beanpole.model.bundles.bundle import Bundle
from beanpole.tables import limits


def get(scope: Scope) -> Response:
    """The bundle of the version with that `version_label` of that `application`; null where it was not read."""
    application, label = request.args.get("application", ""), request.args.get("version_label", "")
    version = scope.world.application_version(application, label)
    if version is None:
        raise Problem(HTTPStatus.NOT_FOUND, f"There is no version {label} of {application} in {scope.region}.")
    bundle = None if version.digest is None else scope.world.bundle(version.digest)
    settings = [
        {"namespace": extension.namespace, "option_name": extension.option_name, "value": extension.value}
        for extension in version.extensions
    ]
    return as_json({"bundle": None if bundle is None else _describe(bundle), "settings": settings})


def _describe(bundle: Bundle) -> dict[str, object]:
    most = limits.most("listed_files")
    entries = sorted(bundle.directory.by_path.items())
    return {
        "digest": bundle.digest,
        "size": bundle.size,
        "entries": [
            {"path": path, "kind": entry.kind, "size": entry.size, "mode": f"{entry.mode:04o}"}
            for path, entry in islice(entries, most)
        ],
        "is_cut": len(entries) > most,
        "processes": to_builtins({process.name: process.command for process in bundle.processes}),
        "builds": to_builtins({build.name: build.command for build in bundle.builds}),
        "hooks": [path for paths in bundle.hooks.values() for path in paths],
        "commands": [
            {"file": file.path, "section": section, "name": command.name, "command": to_builtins(command.command)}
            for file in bundle.configuration_files
            for section, commands in (("commands", file.commands), ("container_commands", file.container_commands))
            for command in commands
        ],
        "problem": None if bundle.unzip is None else "unzip fails on an instance",
    }
