"""Operations on events."""

from beanpole.operations.context import Context
from beanpole.operations.registry import Answer, operation
from beanpole.store.event_log import EventFilter
from beanpole.wire.schemas import Request


@operation("DescribeEvents", reads=True)
def describe_events(context: Context, request: Request) -> Answer:
    """The newest events that pass every filter, none older than the service remembers; what nothing has gives none."""
    wanted = _wanted(context, request)
    events, token = context.world.events(wanted) if wanted is not None else ((), None)
    return {"events": events, "next_token": token}


def _wanted(context: Context, request: Request) -> EventFilter | None:
    """The filter to read the log by; None where it is known beforehand that nothing passes, so that none is read."""
    name = request.environment_name
    if request.environment_id is not None:
        environment = context.world.environment(request.environment_id)
        if environment is None or name not in (None, environment.environment_name):
            return None
        name = environment.environment_name  # under which the log keeps its events together, so that few are read
    remembered = context.now - context.catalog.quotas.event_retention
    return EventFilter(
        application_name=request.application_name,
        environment_name=name,
        environment_id=request.environment_id,
        version_label=request.version_label,
        template_name=request.template_name,
        platform_arn=request.platform_arn,
        request_id=request.request_id,
        severity=request.severity,
        start=remembered if request.start_time is None else max(request.start_time, remembered),
        end=request.end_time,
        max_records=request.max_records,
        next_token=request.next_token,
    )
