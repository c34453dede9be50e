"""Operations on events."""

from beanpole.context import Context
from beanpole.operations.registry import operation
from beanpole.store.event_log import EventFilter
from beanpole.wire.schemas import Request

Answer = dict[str, object]


@operation("DescribeEvents", reads=True)
def describe_events(context: Context, request: Request) -> Answer:
    """The newest events that pass every filter; a name that nothing has gives none."""
    wanted = EventFilter(
        application_name=request.application_name,
        environment_name=request.environment_name or _name_of(context, request.environment_id),
        environment_id=request.environment_id,
        version_label=request.version_label,
        template_name=request.template_name,
        platform_arn=request.platform_arn,
        request_id=request.request_id,
        severity=request.severity,
        start=request.start_time,
        end=request.end_time,
        max_records=request.max_records,
        next_token=request.next_token,
    )
    events, token = context.store.events(wanted)
    return {"events": events, "next_token": token}


def _name_of(context: Context, environment_id: str | None) -> str | None:
    """The name under which the log keeps an environment's events together, so that few must be read."""
    found = context.store.environment(environment_id) if environment_id else None
    return found.environment_name if found else None
