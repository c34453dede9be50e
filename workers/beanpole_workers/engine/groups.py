"""Auto Scaling groups that do not have their capacity: each launches or terminates instances.

A group does so only while the environment has no other activity, which ends first [inferred].
"""

from msgspec.structs import replace

from beanpole.model.environment.environment import Environment
from beanpole.model.environment.fleet import size
from beanpole.model.environment.requests import Scale
from beanpole.model.plan.rules import Rules
from beanpole_workers.engine.story import Story


def is_due(environment: Environment, at: int) -> bool:
    """Tell whether a group must compare its size with its capacity."""
    if environment.group_due is None or environment.group_due > at:
        return False
    return environment.activity is None and environment.status == "Ready"


def begin(story: Story, rules: Rules, at: int) -> None:
    """Begin an activity that changes the size, if necessary; the status stays Ready.

    A request may replace this activity, so `group_due` stays: the group compares its size again after the request.
    """
    environment = story.environment
    capacity = size(environment, rules.configuration(environment, environment.option_settings))
    running = [instance for instance in story.fleet.values() if instance.state == "running"]
    has_group = environment.resource("auto-scaling-group") is not None and not environment.is_undeleted
    if len(running) == len(story.fleet) == capacity or not has_group:
        story.change(group_due=None)
    else:
        scaling = environment.begin(Scale(), "autoScaling", "", at)
        story.environment = replace(scaling, date_updated=environment.date_updated)


def take_note(story: Story, rules: Rules, at: int) -> None:
    """Set the instant of the next comparison after an activity: now if the activity delayed one, later for a surplus.

    An additional batch leaves a surplus (docs/facts.md#rolling-with-an-additional-batch).
    """
    environment = story.environment
    if not environment.live:
        story.change(group_due=None)
    elif environment.group_due is not None:
        story.change(group_due=max(environment.group_due, at))
    elif len(story.fleet) > size(environment, rules.configuration(environment, environment.option_settings)):
        seed = (story.seed, environment.id, environment.activities)
        seconds = round(rules.timings.activities["group"].draw("surplus", *seed), 3)
        story.change(group_due=at + rules.clock.lasting(seconds))
