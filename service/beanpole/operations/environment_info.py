"""Operations on the logs of instances."""

from beanpole.model.changes.change import Change
from beanpole.model.environment.environment_info import EnvironmentInfo
from beanpole.model.environment.transitions import request_info
from beanpole.model.events import messages
from beanpole.model.logs import instance_logs, log_links
from beanpole.operations import find
from beanpole.operations.context import Context
from beanpole.operations.registry import Answer, operation
from beanpole.wire.schemas import Request


@operation("RequestEnvironmentInfo")
def request_environment_info(context: Context, request: Request) -> None:
    """Request the logs of an environment's instances; a worker collects them, also while an update runs."""
    environment = find.environment(context, request)
    requested = request_info(environment, request.info_type, context.request_id, context.now)
    starting = messages.OPERATION_STARTING(operation="requestEnvironmentInfo")
    event = requested.tell(starting, context.now, context.request_id)
    context.commit(Change(puts=(requested,), events=(event,)))


@operation("RetrieveEnvironmentInfo", reads=True)
def retrieve_environment_info(context: Context, request: Request) -> Answer:
    """The URLs of the latest sample of logs; an empty list if there is no sample."""
    environment = find.environment(context, request)
    info = context.world.environment_info(environment.id, request.info_type)
    return {"environment_info": [] if info is None else _describe(context, info)}


def _describe(context: Context, info: EnvironmentInfo) -> list[Answer]:
    """An entry for each instance; an analysis has one entry for all instances."""
    owner = log_links.BucketOwner(context.account_id, context.region)
    first = instance_logs.representative(info.instances)
    sampled = info.instances if info.info_type != "analyze" else (first,) if first is not None else ()
    return [
        {
            "info_type": info.info_type,
            "ec2_instance_id": instance.id,
            "sample_timestamp": info.sampled_at,
            "message": log_links.link(context.endpoint(), owner, info, instance.id),
        }
        for instance in sampled
    ]
