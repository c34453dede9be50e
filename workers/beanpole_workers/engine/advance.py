"""The interpreter of plans: there is no other.

It plays whatever is due, each thing at the instant at which it was due, so a plan that is looked at late, twice or in
many small portions tells the same story. It asks nobody what time it is: the horizon comes in.
"""

from collections.abc import Callable

from msgspec.structs import replace

from beanpole.model.changes.change import Change
from beanpole.model.environment.environment import Environment
from beanpole.model.environment.fleet import Fleet
from beanpole.model.health import ticks
from beanpole.model.plan.plan import Failure, Scheduled, Situation, Steps
from beanpole.model.plan.rules import Rules
from beanpole.model.plan.steps import Deploy
from beanpole_workers.engine import log_requests, managed_actions, symptoms
from beanpole_workers.engine.effects import begin, finish, lasts
from beanpole_workers.engine.plan_faults import hits_on, lack
from beanpole_workers.engine.story import Story

LAUNCH_ATTEMPTS = 17  # more of them: a stack waits about 18 minutes for its instances (docs/facts.md#failed-launch)

Planner = Callable[[Situation], tuple[Scheduled, ...]]


def advance(
    environment: Environment, fleet: Fleet, steps: Steps, rules: Rules, plan: Planner, horizon: int
) -> Change | None:
    """Everything that is due at or before the horizon, as one change; None if nothing is.

    `steps` is the stored plan, read by index and only where it is played; `plan` makes one where there is none yet, and
    where the one there is cannot go on.
    """
    story = Story(environment, fleet, rules.clock.seed, rules.faults)
    if environment.due is None or environment.due > horizon:
        return _look_again(story, rules, horizon)
    player = _Player(story, steps, rules, plan)
    while (due := story.environment.due) is not None and due <= horizon:
        before = story.environment
        goes_on = before.activity_due
        if (log_request := log_requests.due(story, due)) is not None:
            log_requests.play(log_request, story, rules)
        elif before.managed_due is not None and before.managed_due <= due:
            managed_actions.begin(story, rules, due)
        elif goes_on is None or goes_on > due:
            _publish(story, rules, due)
        else:
            player.play()
        if before.activity is not None and story.environment.activity is None:
            _afterwards(before, story, rules, due)
        if story.environment.activity_due != due:  # between two steps of one instant nobody looks
            _await_health(story, rules, due)
    return story.to_change()


def _afterwards(before: Environment, story: Story, rules: Rules, at: int) -> None:
    """An activity has ended: what goes on beside activities takes note of it."""
    if not story.environment.live:
        log_requests.abandon(story, at)
    managed_actions.take_note(before, story, rules, at)


class _Player:
    """Plays the steps of a plan, and of the plan that takes its place when it cannot go on."""

    def __init__(self, story: Story, steps: Steps, rules: Rules, plan: Planner) -> None:
        self._story = story
        self._steps = steps
        self._rules = rules
        self._plan = plan

    def play(self) -> None:
        """What is due of the activity: its plan is made, its step ends and the next begins, or it stops."""
        activity = self._story.activity
        if activity.steps == 0:
            self._take_up()
        elif activity.stop_at is not None and activity.stop_at <= activity.due:
            self._stop(activity.stop_at)
        else:
            self._end_step(activity.due)

    def _take_up(self) -> None:
        """Make the plan and begin its first step."""
        activity = self._story.activity
        if activity.stop_at is not None:
            self._undo(Failure("aborted"), activity.stop_at)
        else:
            self._follow(None, activity.due)

    def _stop(self, at: int) -> None:
        """Leave the step as it is, unless it is a command: that comes to its end first."""
        activity = replace(self._story.activity, stop_at=None)
        self._story.change(activity=activity)
        if isinstance(self._steps[activity.step].step, Deploy):
            self._story.change(activity=replace(activity, stopping=True))
        else:
            self._undo(Failure("aborted"), at)

    def _end_step(self, at: int) -> None:
        """A plan ends with a step that ends the activity."""
        failure = finish(self._steps[self._story.activity.step].step, self._story, at)
        if self._story.environment.activity is None:
            return
        activity = self._story.activity
        if failure is not None and failure.what == "launch-refused" and activity.attempts < LAUNCH_ATTEMPTS:
            self._story.change(activity=replace(activity, attempts=activity.attempts + 1))
            self._begin(activity.step, at)
        elif failure is not None:
            self._undo(failure, at)
        elif activity.stopping:
            self._undo(Failure("aborted"), at)
        else:
            self._begin(activity.step + 1, at)

    def _undo(self, failure: Failure, at: int) -> None:
        """What is left of the plan gives way to one that undoes what was done."""
        activity = self._story.activity
        undoing = replace(activity, undoing=activity.undoing + 1, closed=True, stop_at=None, stopping=False, attempts=0)
        self._story.change(activity=undoing)
        self._follow(failure, at)

    def _follow(self, failure: Failure | None, at: int) -> None:
        """Make a plan from how things stand, and begin it."""
        story, rules = self._story, self._rules
        settled = rules.configuration(story.environment, story.environment.option_settings)
        self._steps = steps = self._plan(
            Situation(story.environment, story.activity, story.fleet, rules, settled, failure)
        )
        story.plan(steps)
        story.change(activity=replace(story.activity, steps=len(steps)))
        begins = failure is None and story.activity.kind == "launch"
        if begins and (lacking := lack(steps[0].step, story, at)) is not None:
            self._undo(Failure(lacking), at)
        else:
            self._begin(0, at)

    def _begin(self, index: int, at: int) -> None:
        """Begin a step; one that faults hit lasts as long as it takes to notice them."""
        story, scheduled = self._story, self._steps[index]
        story.change(activity=replace(story.activity, step=index, began=at, due=at, hits=()))
        hits = hits_on(scheduled.step, story, at)
        story.change(activity=replace(story.activity, hits=hits))
        begin(scheduled.step, story, at)
        seconds = lasts(scheduled.step, story, self._rules, scheduled.lasts)
        story.change(activity=replace(story.activity, due=at + self._rules.clock.lasting(seconds)))


def _look_again(story: Story, rules: Rules, at: int) -> Change | None:
    """The environment was woken before anything is due: a fault was armed or disarmed, so a tick may be due."""
    before = story.environment.health_due
    if story.environment.activity is None:
        _await_health(story, rules, at)
    return None if story.environment.health_due == before else story.to_change()


def _publish(story: Story, rules: Rules, at: int) -> None:
    """A tick of health: symptoms begin or end, and the health that is observed becomes the health that is published."""
    symptoms.apply(story, rules, at)
    at = max(at, story.environment.activity.started) if story.environment.activity else at
    publication = ticks.publish(rules.health_context(story.environment, at), story.fleet)
    if publication is None:
        return
    for message in publication.messages:
        story.tell(message, at)
    story.change(health_status=publication.health_status, basic_health=publication.basic_health)


def _await_health(story: Story, rules: Rules, at: int) -> None:
    tick = ticks.due(
        rules.health_context(story.environment, at), story.fleet, rules.timings.health, story.running_census.census
    )
    due = min((it for it in (tick, symptoms.due(story, rules, at)) if it is not None), default=None)
    if due != story.environment.health_due:
        story.change(health_due=due)
