"""Scheduled actions on the pure engine: each happens once, at its instant, however time is cut."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from beanpole.model.environment.scheduled_actions import ScheduledAction, scheduled_actions
from beanpole.model.options.definitions import OptionSetting
from beanpole.model.options.namespaces import AUTO_SCALING_GROUP, SCHEDULED_ACTION
from engine.stories import World
from examples import examples

HOUR = 3_600.0
DAY = 24 * HOUR


def action(name, **options):
    return tuple(OptionSetting(SCHEDULED_ACTION, option, value, name) for option, value in options.items())


UP = action("up", MinSize="3", DesiredCapacity="4", Recurrence="0 6 * * *")
DOWN = action("down", MinSize="1", DesiredCapacity="1", Recurrence="30 18 * * *")


def world(*settings, shape="classic"):
    """A launched environment with a group of 1 to 4 instances, at ten minutes past midnight."""
    story = World(shape, settings=(OptionSetting(AUTO_SCALING_GROUP, "MaxSize", "5"), *settings))
    midnight = datetime.fromtimestamp(story.now / 1000, UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    story.now = round(midnight.timestamp() * 1000)
    story.request("launch", request_id="create")
    return story.advance(600)


def at(world, hours, minutes=0):
    """Go on to so many hours after the midnight of the launch."""
    elapsed = world.now / 1000 % DAY
    return world.advance(hours * HOUR + minutes * 60 - elapsed)


def sizes(world):
    return len([instance for instance in world.fleet.values() if instance.state == "running"]), world.environment.bounds


def test_a_group_grows_and_shrinks_at_the_instants_of_its_actions():
    story = world(*UP, *DOWN)
    assert sizes(story) == (1, None)
    assert sizes(at(story, 5, 59)) == (1, None)
    assert sizes(at(story, 6, 30)) == (4, (3, 5))
    assert sizes(at(story, 18, 29)) == (4, (3, 5))
    assert sizes(at(story, 19)) == (1, (1, 5))
    assert sizes(story.advance(12 * HOUR)) == (4, (3, 5))
    assert story.environment.status == "Ready"


@examples(20)
@given(cuts=st.lists(st.floats(60, DAY / 2).map(lambda seconds: round(seconds, 3)), max_size=8))
def test_actions_tell_the_same_story_however_time_is_cut(cuts):
    whole, cut = world(*UP, *DOWN), world(*UP, *DOWN)
    for seconds in cuts:
        cut.advance(seconds)
    assert whole.advance(sum(cuts)).state() == cut.state()


def test_an_action_during_an_update_takes_effect_after_it():
    story = at(world(*UP), 5, 59)
    story.request("update", request_id="update", version_label="v2", settings=None)
    assert sizes(at(story, 6, 30)) == (4, (3, 5))
    assert {instance.version_label for instance in story.fleet.values()} == {"v2"}


def test_an_update_that_asks_for_other_sizes_takes_those_of_an_action_back():
    story = at(world(*UP), 7)
    for settings, expected in (
        ((OptionSetting("aws:elasticbeanstalk:application:environment", "COLOR", "blue"),), (4, (3, 5))),
        ((OptionSetting(AUTO_SCALING_GROUP, "MaxSize", "2"),), (2, None)),
    ):
        former = tuple(
            setting for setting in story.environment.settings if setting.option_name != settings[0].option_name
        )
        story.request("update", request_id="update", settings=(*former, *settings))
        assert sizes(story.advance(HOUR)) == expected


def test_a_termination_ends_the_actions():
    story = world(*UP)
    story.request("termination", "terminateEnvironment", "terminate")
    assert story.environment.scaling_due is not None
    assert story.advance(DAY).environment.scaling_due is None
    assert not story.fleet


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"MinSize": "2", "Recurrence": "0 6 * * *", "Suspend": "true"}, (1, None)),
        ({"MinSize": "2", "Recurrence": "0 6 * * *", "Suspend": "false"}, (2, (2, 5))),
        ({"MinSize": "6", "Recurrence": "0 6 * * *"}, (1, None)),  # more than the most size
        ({"MinSize": "2", "MaxSize": "2", "DesiredCapacity": "9", "Recurrence": "0 6 * * *"}, (2, (2, 2))),
        ({"MinSize": "2"}, (1, None)),
        ({"MinSize": "2", "StartTime": "2010-01-01T00:00:00Z"}, (1, None)),
    ],
)
def test_what_an_action_does(options, expected):
    assert sizes(at(world(*action("one", **options)), 7)) == expected


def test_a_single_instance_stays_one():
    assert sizes(at(world(*UP, shape="single"), 7)) == (1, None)


MORNING = round(datetime(2026, 3, 2, 9, tzinfo=UTC).timestamp() * 1000)


@pytest.mark.parametrize(
    ("options", "hours"),
    [
        ({"StartTime": "2026-03-02T10:00:00Z"}, 1),
        ({"StartTime": "2026-03-02T10:00:00+02:00"}, None),
        ({"StartTime": "2026-03-02T10:00:00"}, 1),
        ({"StartTime": "2026-03-02T09:00:00Z"}, None),  # it has been
        ({"Recurrence": "0 12 * * *"}, 3),
        ({"Recurrence": "0 9 * * *"}, 24),
        ({"Recurrence": "0 12 * * *", "StartTime": "2026-03-02T11:00:00Z"}, 2),  # at its start, too
        ({"Recurrence": "0 12 * * *", "StartTime": "2026-03-02T08:00:00Z"}, 3),
        ({"Recurrence": "0 12 * * *", "EndTime": "2026-03-02T11:59:00Z"}, None),
        ({"Recurrence": "0 12 * * *", "EndTime": "2026-03-02T12:00:00Z"}, 3),
        ({"Recurrence": "0 0 31 2 *"}, None),
    ],
)
def test_the_next_run_of_an_action(options, hours):
    (one,) = scheduled_actions(action("one", MinSize="2", **options))
    assert one.next_run(MORNING) == (None if hours is None else MORNING + hours * 3_600_000)
    assert replace(one, least=None) == ScheduledAction("one", one.start, one.end, one.recurrence)
