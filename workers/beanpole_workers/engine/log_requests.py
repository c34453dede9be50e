"""Logs that were asked for: collected beside whatever else an environment does (lifecycles.md 1.15)."""

from collections.abc import Iterable

from msgspec.structs import replace

from beanpole.model.environment.environment import Errand
from beanpole.model.environment.environment_info import ASKED, EnvironmentInfo
from beanpole.model.environment.instance import Instance
from beanpole.model.events import messages
from beanpole.model.events.messages import Message
from beanpole.model.logs import instance_logs
from beanpole.model.names.ids import Ids, chance
from beanpole.model.plan.rules import Rules
from beanpole_workers.engine.story import Unfolding


def due(story: Unfolding, at: int) -> Errand | None:
    """The first errand that something is to be done for."""
    return next((it for it in story.environment.errands if it.due <= at), None)


def play(errand: Errand, story: Unfolding, rules: Rules) -> None:
    """Set out, or come back with what was asked for."""
    if errand.under_way:
        _replace(story, errand, ())
        _come_back(errand, story, rules)
        return
    durations = rules.timings.activities["logs"]
    swing = durations.jitter * (2 * chance(story.seed, story.environment.id, errand.request_id) - 1)
    lasting = rules.clock.lasting(durations.lasts[errand.kind] * (1 + swing))
    _replace(story, errand, (replace(errand, due=errand.due + lasting, under_way=True),))


def abandon(story: Unfolding, at: int) -> None:
    """The environment is gone, and nobody is left to answer."""
    for errand in story.environment.errands:
        story.tell(messages.LOGS_NOT_PULLED(), at, errand.request_id)
    story.change(errands=())


def _come_back(errand: Errand, story: Unfolding, rules: Rules) -> None:
    """One sample, kept in the same commit that tells of it."""
    environment = story.environment
    asked = tuple(it for it in story.fleet.values() if it.state in ASKED)
    if not asked:
        story.tell(messages.LOGS_NOT_PULLED(), errand.due, errand.request_id)
        return
    secret = Ids(story.seed, environment.id, errand.request_id, "signature").hexadecimal(64)
    story.keep(EnvironmentInfo(environment.id, errand.kind, errand.due, secret, asked))
    for message in (*_told(errand, asked, _count(errand, story, rules)), messages.PULLED_LOGS()):
        story.tell(message, errand.due, errand.request_id)


def _told(errand: Errand, asked: Iterable[Instance], count: int) -> tuple[Message, ...]:
    match errand.kind:
        case "tail":
            return tuple(messages.TAILED_LOGS(instance=it.id, count=count) for it in asked)
        case "bundle":
            return tuple(messages.BUNDLED_LOGS(instance=it.id, count=count) for it in asked)
        case "analyze":
            return (messages.ANALYSED_LOGS(),)


def _count(errand: Errand, story: Unfolding, rules: Rules) -> int:
    environment = story.environment
    stack = rules.platforms.of(environment.solution_stack_name, environment.platform_arn)
    return len(instance_logs.files(errand.kind, stack.traits if stack else (), environment.is_worker))


def _replace(story: Unfolding, errand: Errand, by: tuple[Errand, ...]) -> None:
    errands = story.environment.errands
    place = errands.index(errand)
    story.change(errands=(*errands[:place], *by, *errands[place + 1 :]))
