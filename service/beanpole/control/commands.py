"""The route of the commands that ended on an instance, each with what it carried out of a bundle."""

from typing import Any

from flask import Response
from msgspec import to_builtins
from msgspec.structs import asdict

from beanpole.control.disk import instance_of
from beanpole.control.instants import format_instant
from beanpole.control.problems import as_json
from beanpole.control.scope import Scope
from beanpole.model.environment.instance import CommandRecord
from beanpole.model.instance import outcomes


def get(scope: Scope, name: str, instance: str) -> Response:
    """The latest commands of an instance, the last one first."""
    environment, machine = instance_of(scope, name, instance)
    return as_json({"commands": [_describe(scope, environment.id, record) for record in reversed(machine.history)]})


def _describe(scope: Scope, environment_id: str, record: CommandRecord) -> dict[str, object]:
    return {
        "command": record.command,
        "began": format_instant(record.began),
        "at": format_instant(record.at),
        "version_label": record.version_label,
        "deployment_id": record.deployment_id,
        "failed": record.failed,
        "timed_out": record.timed_out,
        "outcomes": _outcomes(scope, environment_id, record.report),
    }


def _outcomes(scope: Scope, environment_id: str, digest: str | None) -> list[Any]:
    """The outcomes of the bundle's commands; none if a later report has replaced this one."""
    encoded = None if digest is None else scope.world.files.get(environment_id, digest)
    return [] if encoded is None else [to_builtins(asdict(outcome)) for outcome in outcomes.decode(encoded).outcomes]
