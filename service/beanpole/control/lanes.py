"""The route of lanes: the instances of an environment over time, for a picture that is drawn live."""

from collections.abc import Sequence

from flask import Response

from beanpole.control import arguments
from beanpole.control.instants import format_instant
from beanpole.control.problems import as_json
from beanpole.control.scope import Scope
from beanpole.machine.clock import real_now
from beanpole.model.environment import lane_picture, lanes
from beanpole.model.environment.lanes import Lane, Span


def get(scope: Scope, name: str) -> Response:
    """A lane for each instance of the environment, with the spans that reach beyond `since`.

    Each span has the kind and the words that every picture gives it; `latest` is where a picture begins to show what
    happened last, and `legend` says what the kinds mean.
    """
    environment, world, clock = scope.environment(name), scope.world, scope.clock
    rows = lanes.of_fleet(world.sightings(environment.id), world.fleet(environment.id))
    known, now = lane_picture.versions(rows), clock.now(real_now())
    since = arguments.instant("since")
    visible = rows if since is None else lanes.since(rows, since)
    return as_json(
        {
            "environment": environment.environment_name,
            "now": format_instant(now),
            "latest": format_instant(max(0, lane_picture.latest(rows, clock, now))),
            "legend": [{"kind": kind, "words": words} for kind, words in lane_picture.legend(known)],
            "lanes": [_lane(lane, known) for lane in visible],
        }
    )


def _lane(lane: Lane, known: Sequence[str]) -> dict[str, object]:
    return {"id": lane.id, "spans": [_span(span, known) for span in lane.spans]}


def _span(span: Span, known: Sequence[str]) -> dict[str, object]:
    return {
        "began": format_instant(span.began),
        "ended": format_instant(span.ended),
        "version": span.look.version,
        "state": span.look.state,
        "in_service": span.look.in_service,
        "group": span.look.group,
        "kind": lane_picture.kind(span.look, known),
        "words": lane_picture.words(span.look),
    }
