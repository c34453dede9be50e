"""Logs that were asked for: collected beside whatever else an environment does (docs/facts.md#logs)."""

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
    """The first log_request that something is to be done for."""
    return next((it for it in story.environment.log_requests if it.due <= at), None)


def play(log_request: LogRequest, story: Story, rules: Rules) -> None:
    """Set out, or come back with what was asked for."""
    if log_request.under_way:
        _replace(story, log_request, ())
        _come_back(log_request, story, rules)
        return
    seed = story.seed, story.environment.id, log_request.request_id
    lasting = rules.clock.lasting(rules.timings.activities["logs"].drawn(log_request.kind, *seed))
    _replace(story, log_request, (replace(log_request, due=log_request.due + lasting, under_way=True),))


def abandon(story: Story, at: int) -> None:
    """The environment is gone, and nobody is left to answer."""
    for log_request in story.environment.log_requests:
        story.tell(messages.LOGS_NOT_PULLED(), at, log_request.request_id)
    story.change(log_requests=())


def _come_back(log_request: LogRequest, story: Story, rules: Rules) -> None:
    """One sample, kept in the same commit that tells of it."""
    environment = story.environment
    asked = tuple(it for it in story.fleet.values() if it.state in STATES_WITH_LOGS)
    if not asked:
        story.tell(messages.LOGS_NOT_PULLED(), log_request.due, log_request.request_id)
        return
    secret = Ids(story.seed, environment.id, log_request.request_id, "signature").hexadecimal(64)
    story.keep_sample(EnvironmentInfo(environment.id, log_request.kind, log_request.due, secret, asked))
    for message in (*_told(log_request, asked, _count(log_request, story, rules)), messages.PULLED_LOGS()):
        story.tell(message, log_request.due, log_request.request_id)


def _told(log_request: LogRequest, asked: Iterable[Instance], count: int) -> tuple[Message, ...]:
    match log_request.kind:
        case "tail":
            return tuple(messages.TAILED_LOGS(instance=it.id, count=count) for it in asked)
        case "bundle":
            return tuple(messages.BUNDLED_LOGS(instance=it.id, count=count) for it in asked)
        case "analyze":
            return (messages.ANALYSED_LOGS(),)


def _count(log_request: LogRequest, story: Story, rules: Rules) -> int:
    environment = story.environment
    stack = rules.platforms.of(environment.solution_stack_name, environment.platform_arn)
    return len(instance_logs.files(log_request.kind, stack.traits if stack else (), environment.is_worker))


def _replace(story: Story, log_request: LogRequest, by: tuple[LogRequest, ...]) -> None:
    log_requests = story.environment.log_requests
    place = log_requests.index(log_request)
    story.change(log_requests=(*log_requests[:place], *by, *log_requests[place + 1 :]))
