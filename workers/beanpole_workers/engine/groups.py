"""Auto Scaling groups that have lost instances, have too many, or were given another capacity: each comes to its size.

That happens while nothing else goes on; an activity that is in progress ends first [inferred].
"""

from msgspec.structs import replace

from beanpole.model.environment.environment import Environment
from beanpole.model.environment.fleet import size
from beanpole.model.environment.requests import Scale
from beanpole.model.plan.rules import Rules
from beanpole_workers.engine.story import Story


def is_due(environment: Environment, at: int) -> bool:
    """Whether a group is to compare its size with what it should be."""
    idle = environment.activity is None and environment.status == "Ready"
    return idle and environment.group_due is not None and environment.group_due <= at


def begin(story: Story, rules: Rules, at: int) -> None:
    """Begin to change the size, if there is anything to change; the status stays Ready.

    Every request may take the place of this activity, so `group_due` stays: the group compares its size again when that
    is over.
    """
    environment = story.environment
    wanted = size(environment, rules.configuration(environment, environment.option_settings))
    settled = [instance for instance in story.fleet.values() if instance.state == "running"]
    has_group = environment.resource("auto-scaling-group") is not None and not environment.is_undeleted
    if len(settled) == len(story.fleet) == wanted or not has_group:
        story.change(group_due=None)
    else:
        begun = environment.begin(Scale(), "autoScaling", "", at)
        story.environment = replace(begun, date_updated=environment.date_updated)


def take_note(story: Story, rules: Rules, at: int) -> None:
    """An activity has ended: what it kept a group from is due now, a surplus that it left when it is noticed.

    An additional batch leaves one (docs/facts.md#rolling-with-an-additional-batch).
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
