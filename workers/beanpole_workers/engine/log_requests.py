"""Requests for logs, which are collected during any activity of the environment (docs/facts.md#logs)."""

from collections.abc import Iterable

from msgspec.structs import replace

from beanpole.model.environment.activity import LogRequest
from beanpole.model.environment.environment_info import STATES_WITH_LOGS, EnvironmentInfo
from beanpole.model.environment.instance import Instance
from beanpole.model.events import messages
from beanpole.model.events.messages import Message
from beanpole.model.logs import instance_logs
from beanpole.model.names.ids import Ids
from beanpole.model.plan.rules import Rules
from beanpole_workers.engine.story import Story


def due(story: Story, at: int) -> LogRequest | None:
    """The first request that begins or ends by an instant."""
    for request in story.environment.log_requests:
        if request.due <= at:
            return request
    return None


def play(log_request: LogRequest, story: Story, rules: Rules) -> None:
    """Begin or end the collection of the logs."""
    if log_request.under_way:
        _replace(story, log_request, ())
        _collect(log_request, story, rules)
        return
    seed = story.seed, story.environment.id, log_request.request_id
    lasting = rules.clock.lasting(rules.timings.activities["logs"].draw(log_request.kind, *seed))
    _replace(story, log_request, (replace(log_request, due=log_request.due + lasting, under_way=True),))


def abandon(story: Story, at: int) -> None:
    """Fail all requests: the environment is terminated."""
    for log_request in story.environment.log_requests:
        story.tell(messages.LOGS_NOT_PULLED(), at, log_request.request_id)
    story.change(log_requests=())


def _collect(log_request: LogRequest, story: Story, rules: Rules) -> None:
    """Store the sample, and write its events in the same commit."""
    environment = story.environment
    instances = tuple(instance for instance in story.fleet.values() if instance.state in STATES_WITH_LOGS)
    if not instances:
        story.tell(messages.LOGS_NOT_PULLED(), log_request.due, log_request.request_id)
        return
    secret = Ids(story.seed, environment.id, log_request.request_id, "signature").hexadecimal(64)
    reports = story.reports(instances)
    sample = EnvironmentInfo(environment.id, log_request.kind, log_request.due, secret, instances, reports=reports)
    story.keep_sample(sample)
    for message in (*_messages(log_request, instances, _count(log_request, story, rules)), messages.PULLED_LOGS()):
        story.tell(message, log_request.due, log_request.request_id)


def _messages(log_request: LogRequest, instances: Iterable[Instance], count: int) -> tuple[Message, ...]:
    match log_request.kind:
        case "tail":
            return tuple(messages.TAILED_LOGS(instance=instance.id, count=count) for instance in instances)
        case "bundle":
            return tuple(messages.BUNDLED_LOGS(instance=instance.id, count=count) for instance in instances)
        case "analyze":
            return (messages.ANALYSED_LOGS(),)


def _count(log_request: LogRequest, story: Story, rules: Rules) -> int:
    """The number of log files on an instance."""
    environment = story.environment
    stack = rules.platforms.of(environment.solution_stack_name, environment.platform_arn)
    return len(instance_logs.files(log_request.kind, stack.traits if stack else (), environment.is_worker))


def _replace(story: Story, log_request: LogRequest, by: tuple[LogRequest, ...]) -> None:
    log_requests = story.environment.log_requests
    index = log_requests.index(log_request)
    story.change(log_requests=(*log_requests[:index], *by, *log_requests[index + 1 :]))
