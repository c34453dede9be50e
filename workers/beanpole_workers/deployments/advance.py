"""The interpreter of plans: there is no other.

It plays whatever is due, each thing at the instant at which it was due, so a plan that is looked at late, twice or in
many small portions tells the same story. It asks nobody what time it is: the horizon comes in.
"""

from collections.abc import Callable

from msgspec.structs import replace

from beanpole.model import health
from beanpole.model.change import Change
from beanpole.model.environment import Environment
from beanpole.model.fleet import Fleet
from beanpole_workers.deployments.effects import Unfolding, begin, finish
from beanpole_workers.deployments.plan import Scheduled, Situation, Steps
from beanpole_workers.deployments.rules import Rules

Planner = Callable[[Situation], tuple[Scheduled, ...]]


def advance(
    environment: Environment, fleet: Fleet, steps: Steps, rules: Rules, plan: Planner, horizon: int
) -> Change | None:
    """Everything that is due at or before the horizon, as one change; None if nothing is.

    `steps` is the stored plan, read by index and only where it is played; `plan` makes one where there is none yet.
    """
    if environment.due is None or environment.due > horizon:
        return None
    story = Unfolding(environment, fleet, rules.clock.seed)
    while (due := story.environment.due) is not None and due <= horizon:
        goes_on = story.environment.activity_due
        if goes_on is None or goes_on > due:
            _publish(story, rules, due)
        elif story.activity.steps == 0:
            steps = _take_up(story, rules, plan)
        else:
            _play(story, steps, rules)
        _await_health(story, rules, due)
    return story.to_change()


def _take_up(story: Unfolding, rules: Rules, plan: Planner) -> tuple[Scheduled, ...]:
    """Make the plan and begin its first step."""
    activity = story.activity
    settled = rules.configuration(story.environment, story.environment.option_settings)
    steps = plan(Situation(story.environment, activity, story.fleet, rules, settled))
    story.plan(steps)
    story.change(activity=replace(activity, steps=len(steps)))
    _begin(story, steps, rules, 0, activity.due)
    return steps


def _play(story: Unfolding, steps: Steps, rules: Rules) -> None:
    """End the step that is due and begin the next; a plan ends with a step that ends the activity."""
    activity = story.activity
    finish(steps[activity.step].step, story, activity.due)
    if story.environment.activity is not None:
        _begin(story, steps, rules, activity.step + 1, activity.due)


def _begin(story: Unfolding, steps: Steps, rules: Rules, index: int, at: int) -> None:
    scheduled = steps[index]
    due = at + rules.clock.lasting(scheduled.lasts)
    story.change(activity=replace(story.activity, step=index, began=at, due=due))
    begin(scheduled.step, story, at)


def _publish(story: Unfolding, rules: Rules, at: int) -> None:
    """A tick: what is observed becomes what is published."""
    at = max(at, story.environment.activity.started) if story.environment.activity else at
    seen = health.observe(story.environment, story.fleet, rules.clock, at)
    before = story.environment.health_status
    if seen is None or seen.status == before:
        return
    story.tell(health.transition(before, seen), at)
    story.change(health_status=seen.status)


def _await_health(story: Unfolding, rules: Rules, at: int) -> None:
    due = health.due(story.environment, story.fleet, rules.timings.health, rules.clock, at)
    if due != story.environment.health_due:
        story.change(health_due=due)
