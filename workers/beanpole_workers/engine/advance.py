"""The interpreter of plans, and the only one.

It plays every step at the instant at which the step was due, so a plan that is played late, twice or in many small
portions has the same events. It reads no clock: the horizon is an argument.
"""

from collections.abc import Callable
from typing import NamedTuple

from msgspec.structs import replace

from beanpole.model.changes.change import Change
from beanpole.model.environment.environment import Environment
from beanpole.model.environment.fleet import Fleet
from beanpole.model.health import ticks
from beanpole.model.plan.plan import Failure, Scheduled, Situation, Steps
from beanpole.model.plan.rules import Rules
from beanpole.model.plan.steps import Deploy
from beanpole_workers.engine import groups, log_requests, managed_actions, scheduled_actions, symptoms
from beanpole_workers.engine.commands import is_awaited
from beanpole_workers.engine.effects import EFFECTS
from beanpole_workers.engine.plan_faults import are_over, lack
from beanpole_workers.engine.story import Story

LAUNCH_ATTEMPTS = 17  # after the first: a stack waits about 18 minutes for its instances (docs/facts.md#failed-launch)

Planner = Callable[[Situation], tuple[Scheduled, ...]]


class Stretch(NamedTuple):
    """A stretch of time beyond the horizon: up to an instant, while `goes_on` is true before each instant.

    It ends when the environment wakes another entity, and when its status changes, because a client may wait for that.
    """

    until: int
    goes_on: Callable[[], bool]

    def reaches(self, due: int, story: Story) -> bool:
        """Tell whether the next due instant of the environment is within the stretch."""
        return due <= self.until and story.concerns_itself_alone and self.goes_on()


def advance(
    environment: Environment,
    fleet: Fleet,
    steps: Steps,
    rules: Rules,
    plan: Planner,
    horizon: int,
    stretch: Stretch | None = None,
) -> Change | None:
    """The change of all that is due at or before the horizon, and in a stretch beyond it; None if nothing is.

    `steps` is the stored plan, read by index as it is played; `plan` makes a plan for an activity without one, and for
    an activity whose plan cannot go on. Playing stops before the end of a command that still runs in real time.
    """
    story = Story(environment, fleet, rules)
    if environment.due is None or environment.due > horizon:
        return _reschedule(story, rules, horizon)
    player = _Player(story, steps, rules, plan)
    instants, last = 0, 0
    while (due := story.environment.due) is not None:
        if due > horizon and (stretch is None or not stretch.reaches(due, story)):
            break
        horizon = max(horizon, due)
        instants += due > last
        last = due
        if not _play_next(player, story, rules, due):
            break
    return replace(story.to_change(), instants=instants, reached=horizon) if story.has_changed else None


def _play_next(player: "_Player", story: Story, rules: Rules, due: int) -> bool:
    """Play the first part of the environment that is due; false if it must wait for commands that are run."""
    if not _play_due(player, story, rules, due):
        return False
    story.see(due)
    if story.environment.activity_due != due:  # between two steps of one instant there is no tick
        _schedule_tick(story, rules, due)
    return True


def _play_due(player: "_Player", story: Story, rules: Rules, due: int) -> bool:
    """Play a log request, an action, a group, a tick of health or steps, in this order; false to wait."""
    environment = story.environment
    activity_due = environment.activity_due
    if (log_request := log_requests.due(story, due)) is not None:
        log_requests.play(log_request, story, rules)
    elif environment.managed_due is not None and environment.managed_due <= due:
        managed_actions.begin(story, rules, due)
    elif environment.scaling_due is not None and environment.scaling_due <= due:
        scheduled_actions.begin(story, rules, due)
    elif groups.is_due(environment, due):
        groups.begin(story, rules, due)
    elif activity_due is None or activity_due > due:
        _publish(story, rules, due)
    else:
        return _play_steps(player, story, rules, due)
    return True


def _play_steps(player: "_Player", story: Story, rules: Rules, due: int) -> bool:
    """Play the steps of an instant, between which nothing else is due; false if a step must wait for commands."""
    activity_due: int | None = due
    while activity_due == due:
        if player.must_wait():
            return False
        before = story.environment
        player.play()
        if story.environment.activity is None:
            _end_activity(before, story, rules, due)
        story.see(due)
        activity_due = story.environment.activity_due
    return True


def _end_activity(before: Environment, story: Story, rules: Rules, at: int) -> None:
    """Tell log requests, managed and scheduled actions, and groups that an activity has ended."""
    if not story.environment.live:
        log_requests.abandon(story, at)
    managed_actions.take_note(before, story, rules, at)
    scheduled_actions.take_note(story, at)
    groups.take_note(story, rules, at)


class _Player:
    """The player of a plan, and of the plan that replaces it when it cannot go on."""

    def __init__(self, story: Story, steps: Steps, rules: Rules, plan: Planner) -> None:
        self._story = story
        self._steps = steps
        self._rules = rules
        self._plan = plan

    def play(self) -> None:
        """Make the plan if there is none, abort the activity on request, or end its step."""
        activity = self._story.activity
        if activity.steps == 0:
            self._start()
        elif activity.stop_at is not None and activity.stop_at <= activity.due:
            self._stop(activity.stop_at)
        else:
            self._end_step(activity.due)

    def must_wait(self) -> bool:
        """Tell whether the step is over, but its commands still run in real time."""
        story = self._story
        if not story.runs_commands or story.activity.steps == 0:
            return False
        step, stop_at = self._steps[story.activity.step].step, story.activity.stop_at
        is_over = stop_at is None or story.activity.due < stop_at
        return isinstance(step, Deploy) and is_over and is_awaited(step, story)

    def _start(self) -> None:
        """Make the plan and begin its first step."""
        activity = self._story.activity
        if activity.stop_at is not None:
            self._undo(Failure("aborted"), activity.stop_at)
        else:
            self._replan(None, activity.due)

    def _stop(self, at: int) -> None:
        """Abort the activity in the middle of its step; a command ends first."""
        activity = replace(self._story.activity, stop_at=None)
        self._story.change(activity=activity)
        if isinstance(self._steps[activity.step].step, Deploy):
            self._story.change(activity=replace(activity, stopping=True))
        else:
            self._undo(Failure("aborted"), at)

    def _end_step(self, at: int) -> None:
        """End the step and begin the next; the last step of a plan ends the activity."""
        story = self._story
        step = self._steps[story.activity.step].step
        effect = EFFECTS[type(step)]
        failure = effect.finish(step, story, at)
        activity = story.environment.activity
        if activity is None:
            return
        if failure is not None and failure.what == "launch-refused" and activity.attempts < LAUNCH_ATTEMPTS:
            story.change(activity=replace(activity, attempts=activity.attempts + 1))
            self._begin(activity.step, at)
        elif failure is not None:
            self._undo(failure, at)
        elif seconds := effect.again(step, story, self._rules):
            story.change(activity=replace(activity, due=at + self._rules.clock.lasting(seconds)))
        elif activity.stopping:
            self._undo(Failure("aborted"), at)
        else:
            self._begin(activity.step + 1, at)

    def _undo(self, failure: Failure, at: int) -> None:
        """Replace the rest of the plan by one that undoes the steps before."""
        activity = self._story.activity
        undoing = replace(activity, undoing=activity.undoing + 1, closed=True, stop_at=None, stopping=False, attempts=0)
        self._story.change(activity=undoing)
        self._replan(failure, at)

    def _replan(self, failure: Failure | None, at: int) -> None:
        """Make a plan for the present situation, and begin it."""
        story, rules = self._story, self._rules
        configuration = rules.configuration(story.environment, story.environment.option_settings)
        self._steps = steps = self._plan(
            Situation(story.environment, story.activity, story.fleet, rules, configuration, failure)
        )
        story.plan(steps)
        story.change(activity=replace(story.activity, steps=len(steps)))
        launches = failure is None and story.activity.kind == "launch"
        if launches and (lacking := lack(steps[0].step, story, rules.requires_profile, at)) is not None:
            self._undo(Failure(lacking), at)
        else:
            self._begin(0, at)

    def _begin(self, index: int, at: int) -> None:
        """Begin a step; a step that faults hit lasts until they are noticed."""
        story, scheduled = self._story, self._steps[index]
        step, effect = scheduled.step, EFFECTS[type(scheduled.step)]
        story.change(activity=replace(story.activity, step=index, began=at, due=at, hits=()))
        if not are_over(story) and (hits := effect.hits(step, story, at)):
            story.change(activity=replace(story.activity, hits=hits))
        effect.begin(step, story, at)
        seconds = effect.lasts(step, story, self._rules, scheduled.lasts)
        if seconds and (lasting := self._rules.clock.lasting(seconds)):
            story.change(activity=replace(story.activity, due=at + lasting))


def _reschedule(story: Story, rules: Rules, at: int) -> Change | None:
    """Schedule a tick for an environment that is woken early, because a fault was armed or disarmed."""
    before = story.environment.health_due
    activity = story.environment.activity
    if activity is None or (activity.waits_for and activity.kind != "launch"):
        _schedule_tick(story, rules, at)
    return None if story.environment.health_due == before else story.to_change()


def _publish(story: Story, rules: Rules, at: int) -> None:
    """Play a tick of health: symptoms begin or end, and the observed health is published."""
    symptoms.apply(story, rules, at)
    at = max(at, story.environment.activity.started) if story.environment.activity else at
    context = rules.health_context(story.environment, at)
    publication = ticks.publish(context, story.fleet, story.running_census.census)
    if publication is None:
        return
    for message in publication.messages:
        story.tell(message, at)
    story.change(health_status=publication.health_status, basic_health=publication.basic_health)


def _schedule_tick(story: Story, rules: Rules, at: int) -> None:
    """Set the next tick at which health or symptoms change; None if there is none."""
    tick = ticks.due(
        rules.health_context(story.environment, at), story.fleet, rules.timings.health, story.running_census.census
    )
    instants = (tick, symptoms.due(story, rules, at))
    due = min((instant for instant in instants if instant is not None), default=None)
    if due != story.environment.health_due:
        story.change(health_due=due)
