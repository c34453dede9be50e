"""Operations on managed actions."""

from beanpole.model.calls import paging
from beanpole.model.changes.change import Change
from beanpole.model.environment import managed_actions
from beanpole.model.environment.environment import Environment
from beanpole.model.environment.managed_action import ManagedActionRecord
from beanpole.model.environment.managed_actions import CurrentAction
from beanpole.model.events import messages
from beanpole.operations import find
from beanpole.operations.configuration import configuration_of
from beanpole.operations.context import Context
from beanpole.operations.registry import Answer, operation
from beanpole.threads.decoders import JsonDecoder
from beanpole.wire.schemas import Request

SortKey = tuple[int, str]

SORT_KEYS = JsonDecoder[SortKey](SortKey)


@operation("DescribeEnvironmentManagedActions", reads=True)
def describe_environment_managed_actions(context: Context, request: Request) -> Answer:
    """The managed actions that are scheduled for an environment or running."""
    actions = _current(context, find.environment(context, request))
    return {
        "managed_actions": [
            {
                "action_id": managed.action.action_id,
                "action_description": managed.action.description,
                "action_type": managed.action.action_type,
                "status": managed.status,
                "window_start_time": managed.window_start,
            }
            for managed in actions
            if request.status in (None, managed.status)
        ]
    }


@operation("ApplyEnvironmentManagedAction")
def apply_environment_managed_action(context: Context, request: Request) -> Answer:
    """Start a scheduled action now instead of in its window."""
    environment = find.environment(context, request)
    actions = _current(context, environment)
    run = managed_actions.run_by_hand(actions, request.action_id, context.request_id, context.now)
    applied = managed_actions.carry_out(environment, run, context.now)
    sentences = (messages.MANAGED_UPDATE_STARTED(), messages.UPDATE_STARTING())
    events = tuple(applied.tell(sentence, context.now, context.request_id) for sentence in sentences)
    context.commit(Change(puts=(applied,), events=events))
    (now,) = _current(context, applied)
    return {
        "action_id": now.action.action_id,
        "action_description": now.action.description,
        "action_type": now.action.action_type,
        "status": now.status,
    }


@operation("DescribeEnvironmentManagedActionHistory", reads=True)
def describe_environment_managed_action_history(context: Context, request: Request) -> Answer:
    """The managed actions that have ended, the last one first."""
    environment = find.environment(context, request)
    records = context.world.managed_action_records(environment.id)
    most = request.max_items or context.catalog.quotas.managed_action_items
    page, token = paging.page(records, _sort_key, SORT_KEYS, most, request.next_token)
    return {"managed_action_history_items": list(map(_describe, page)), "next_token": token}


def _current(context: Context, environment: Environment) -> tuple[CurrentAction, ...]:
    return managed_actions.current(environment, configuration_of(context, environment), context.catalog.platforms)


def _sort_key(record: ManagedActionRecord) -> SortKey:
    """The sort key of a record in the history, in the order of the store."""
    return -record.finished_at, record.id


def _describe(record: ManagedActionRecord) -> Answer:
    return {
        "action_id": record.action_id,
        "action_type": record.action_type,
        "action_description": record.description,
        "failure_type": record.failure_type,
        "status": "Failed" if record.failure_type else "Completed",
        "failure_description": record.failure_description,
        "executed_time": record.executed_at,
        "finished_time": record.finished_at,
    }
