"""The route of lanes: the instances of an environment over time, for a picture that is drawn live."""

from flask import Response

from beanpole.clock import real_now
from beanpole.control import arguments
from beanpole.control.problems import as_json
from beanpole.control.schemas import format_instant
from beanpole.control.scope import Scope
from beanpole.model.environment import lanes
from beanpole.model.environment.lanes import Lane, Span


def get(scope: Scope, name: str) -> Response:
    """A lane for each instance of the environment, with the spans that reach beyond `since`."""
    environment, world = scope.environment(name), scope.world
    rows = lanes.of_fleet(world.sightings(environment.id), world.fleet(environment.id))
    since = arguments.instant("since")
    if since is not None:
        rows = lanes.since(rows, since)
    now = format_instant(scope.clock.now(real_now()))
    return as_json({"environment": environment.environment_name, "now": now, "lanes": [_lane(lane) for lane in rows]})


def _lane(lane: Lane) -> dict[str, object]:
    return {"id": lane.id, "spans": [_span(span) for span in lane.spans]}


def _span(span: Span) -> dict[str, object]:
    return {
        "began": format_instant(span.began),
        "ended": format_instant(span.ended),
        "version": span.look.version,
        "state": span.look.state,
        "in_service": span.look.in_service,
        "group": span.look.group,
    }
