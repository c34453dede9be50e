"""Scheduled actions of Auto Scaling groups: each changes the sizes of its group at its instants, also during an update.

The group launches or terminates instances once the update has ended, as with a capacity that a call has set.
"""

from beanpole.model.environment import scheduled_actions
from beanpole.model.plan.rules import Rules
from beanpole_workers.engine.story import Story


def begin(story: Story, rules: Rules, at: int) -> None:
    """Carry out the actions of an instant, and schedule the next one."""
    environment = story.environment
    configuration = rules.configuration(environment, environment.option_settings)
    story.environment = scheduled_actions.resized(environment, configuration, at)
    _schedule(story, at)


def take_note(story: Story, at: int) -> None:
    """After an activity, which may have changed the actions: schedule the next one."""
    _schedule(story, at)


def _schedule(story: Story, at: int) -> None:
    run = scheduled_actions.next_run(story.environment, at)
    if run != story.environment.scaling_due:
        story.change(scaling_due=run)
