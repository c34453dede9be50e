"""Operations on events."""

from beanpole.operations.context import Context
from beanpole.operations.registry import Answer, operation
from beanpole.store.event_log import EventFilter
from beanpole.wire.schemas import Request


@operation("DescribeEvents", reads=True)
def describe_events(context: Context, request: Request) -> Answer:
    """The newest events that pass every filter, within the service's retention; an unknown name gives none."""
    event_filter = _filter(context, request)
    events, token = context.world.events(event_filter) if event_filter is not None else ((), None)
    return {"events": events, "next_token": token}


def _filter(context: Context, request: Request) -> EventFilter | None:
    """The filter for the event log; None if no event can pass it, so that the log is not read."""
    name = request.environment_name
    if request.environment_id is not None:
        environment = context.world.environment(request.environment_id)
        if environment is None or name not in (None, environment.environment_name):
            return None
        name = environment.environment_name  # the log has a stream for each name, so few events are read
    oldest = context.now - context.catalog.quotas.event_retention
    return EventFilter(
        application_name=request.application_name,
        environment_name=name,
        environment_id=request.environment_id,
        version_label=request.version_label,
        template_name=request.template_name,
        platform_arn=request.platform_arn,
        request_id=request.request_id,
        severity=request.severity,
        start=oldest if request.start_time is None else max(request.start_time, oldest),
        end=request.end_time,
        max_records=request.max_records,
        next_token=request.next_token,
    )
