"""Managed actions: each begins when its window opens, is retried while the window is open, and is recorded at its end.

An aborted action, or one that a call applied, is not retried [inferred].
"""

from msgspec.structs import replace

from beanpole.model.environment import managed_actions
from beanpole.model.environment.environment import Environment
from beanpole.model.environment.managed_action import FailureType, ManagedAction, ManagedRun
from beanpole.model.events import messages
from beanpole.model.faults.fault import Fault, first_to_fire
from beanpole.model.names.ids import Ids
from beanpole.model.plan.rules import Rules
from beanpole_workers.engine.story import Story


def begin(story: Story, rules: Rules, at: int) -> None:
    """Begin the scheduled action in its window, or retry it."""
    environment = story.environment
    action = _scheduled(story, rules) if environment.live and environment.status != "Terminating" else None
    if action is None:
        story.change(managed_due=None, managed_run=None)
        return
    run = environment.managed_run or _new_run(story, rules, action, at)
    if environment.status != "Ready":
        _fail(story, rules, run, "InvalidEnvironmentState", at)
        return
    refusal = _refusal(story, at)
    if refusal is not None:
        story.count(refusal)
        _fail(story, rules, run, managed_actions.failure_of(refusal), at)
        return
    story.environment = managed_actions.carry_out(environment, run, at)
    story.tell(messages.MANAGED_UPDATE_STARTED(), at)
    story.tell(messages.UPDATE_STARTING(), at)


def _refusal(story: Story, at: int) -> Fault | None:
    """The fault that refuses the call by which the service applies the action."""
    environment = story.environment
    refusals = (fault for fault in story.faults if fault.what == "refuse")
    fitting = (fault for fault in refusals if managed_actions.fits_own_call(fault.where, environment))
    return first_to_fire(fitting, at, story.seed, environment.id, environment.managed_runs, at)


def take_note(before: Environment, story: Story, rules: Rules, at: int) -> None:
    """After an activity: end the managed action that it carried out, or schedule the next one."""
    environment, run = story.environment, story.environment.managed_run
    if not environment.live:
        story.change(managed_due=None, managed_run=None)
    elif run is not None and before.activity is not None and run.serial == before.activity.serial:
        _end(before, story, rules, run, at)
    elif managed_actions.has_options(environment) or environment.managed_due is not None:
        _schedule(story, rules, at)


def _end(before: Environment, story: Story, rules: Rules, run: ManagedRun, at: int) -> None:
    done = story.environment.done
    if done is None or done.outcome == "done":
        _record(story, rules, run, None, at)
    elif before.status == "Aborting":
        _record(story, rules, run, "CancellationFailed" if _stayed(before) else "UpdateCancelled", at)
    else:
        _fail(story, rules, run, "RollbackFailed" if _stayed(before) else "RollbackSuccessful", at)


def _stayed(before: Environment) -> bool:
    """Tell whether the changes have stayed, because the rollback failed, too."""
    return before.activity is not None and before.activity.undoing > 1


def _fail(story: Story, rules: Rules, run: ManagedRun, failure: FailureType, at: int) -> None:
    """Retry the action later if the window is still open then; else record the failure."""
    retry = rules.timings.managed_actions.retry
    again = at + retry * 1000
    if run.until is None or again >= run.until:
        _record(story, rules, run, failure, at)
        return
    story.tell(messages.MANAGED_UPDATE_FAILED(minutes=retry // 60), at, run.request_id)
    story.change(managed_run=replace(run, serial=None), managed_due=again)


def _record(story: Story, rules: Rules, run: ManagedRun, failure: FailureType | None, at: int) -> None:
    story.keep(managed_actions.record(story.environment, run, failure, at))
    story.change(managed_run=None, managed_due=None, managed_runs=story.environment.managed_runs + 1)
    _schedule(story, rules, at)


def _schedule(story: Story, rules: Rules, at: int) -> None:
    """Set the next window, if an action is scheduled for it; a retry that is due stays due."""
    environment = story.environment
    action, run = _scheduled(story, rules), environment.managed_run
    if run is not None and run.action == action:
        return
    configuration = rules.configuration(environment, environment.option_settings)
    window = None if action is None else managed_actions.window_after(configuration, at)
    if (environment.managed_due, run) != (window, None):
        story.change(managed_due=window, managed_run=None)


def _scheduled(story: Story, rules: Rules) -> ManagedAction | None:
    configuration = rules.configuration(story.environment, story.environment.option_settings)
    return managed_actions.scheduled(story.environment, configuration, rules.platforms)


def _new_run(story: Story, rules: Rules, action: ManagedAction, at: int) -> ManagedRun:
    request_id = Ids(story.seed, story.environment.id, action.action_id).request_id()
    return ManagedRun(action, request_id, at, at, until=at + rules.timings.managed_actions.window * 1000)
