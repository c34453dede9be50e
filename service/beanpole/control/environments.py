"""The route of all environments of a world: a line for each, for those who look at many."""

from flask import Response

from beanpole.control import arguments, descriptions
from beanpole.control.problems import as_json
from beanpole.control.scope import Scope
from beanpole.store import summaries
from beanpole.store.summaries import Summary


def get(scope: Scope) -> Response:
    """The environments that have changed since the generation `after`, or all; with the latest generation.

    The environments are listed as DescribeEnvironments lists them, terminated ones last.
    """
    after = arguments.number("after", 0, "after is the generation of an earlier answer.") or 0
    environments = scope.world.environments()
    changes = [environment for environment in environments if environment.generation > after]
    rows = summaries.read(scope.store.redis, scope.world.keys, changes)
    latest = max((environment.generation for environment in environments), default=0)
    return as_json(
        {"environments": [_describe(summary) for summary in rows], "generation": latest, "total": len(environments)}
    )


def _describe(summary: Summary) -> dict[str, object]:
    environment = summary.environment
    return {
        "id": environment.id,
        "name": environment.environment_name,
        "application": environment.application_name,
        "tier": environment.tier.name,
        "platform": environment.solution_stack_name or environment.platform_arn,
        "version_label": environment.version_label,
        "cname": environment.cname,
        "status": environment.status,
        "health": environment.health,
        "health_status": environment.health_status,
        **descriptions.fleet_of(summary),
    }
