"""Scheduled actions, options that change the sizes of an Auto Scaling group in time (docs/facts.md#auto-scaling)."""

from collections.abc import Iterable

from msgspec import Struct
from msgspec.structs import replace

from beanpole.model.environment.environment import Environment
from beanpole.model.environment.fleet import bounds, size
from beanpole.model.options.configuration import Configuration
from beanpole.model.options.definitions import OptionSetting
from beanpole.model.options.namespaces import AUTO_SCALING_GROUP, ENVIRONMENT, SCHEDULED_ACTION
from beanpole.model.time import schedules

_OF_THE_BOUNDS = ((AUTO_SCALING_GROUP, "MinSize"), (AUTO_SCALING_GROUP, "MaxSize"), (ENVIRONMENT, "EnvironmentType"))


class ScheduledAction(Struct, frozen=True):
    """An action: the instants in milliseconds, and the sizes that it sets; None leaves a size as it is."""

    name: str
    start: int | None = None
    end: int | None = None
    recurrence: str | None = None
    least: int | None = None
    most: int | None = None
    desired: int | None = None

    def next_run(self, after: int) -> int | None:
        """The first instant after another at which it runs; with a start and a recurrence it runs at its start, too."""
        begins = self.start is not None and self.start > after
        run = self.start if begins or self.recurrence is None else schedules.following(self.recurrence, after)
        return None if run is None or run <= after or (self.end is not None and run > self.end) else run


def scheduled_actions(settings: Iterable[OptionSetting]) -> tuple[ScheduledAction, ...]:
    """The actions of option settings in the order of their names, without those that are suspended."""
    by_name: dict[str, dict[str, str]] = {}
    for setting in settings:
        if setting.namespace == SCHEDULED_ACTION and setting.value:
            by_name.setdefault(setting.resource_name or "", {})[setting.option_name] = setting.value
    return tuple(
        _action(name, options)
        for name, options in sorted(by_name.items())
        if options.get("Suspend", "").lower() != "true"
    )


def _action(action: str, options: dict[str, str]) -> ScheduledAction:
    sizes = (int(options[name]) if name in options else None for name in ("MinSize", "MaxSize", "DesiredCapacity"))
    start, end = (schedules.instant(options[name]) if name in options else None for name in ("StartTime", "EndTime"))
    return ScheduledAction(action, start, end, options.get("Recurrence"), *sizes)


def next_run(environment: Environment, after: int) -> int | None:
    """The first instant after another at which an action of an environment runs; None if none ever does."""
    if not environment.live or environment.resource("auto-scaling-group") is None:
        return None
    runs = (action.next_run(after) for action in scheduled_actions(environment.option_settings))
    return min((run for run in runs if run is not None), default=None)


def resized(environment: Environment, configuration: Configuration, at: int) -> Environment:
    """The environment after the actions that run at an instant; one whose sizes contradict each other fails [I]."""
    if configuration.traits.environment_type == "SingleInstance" or environment.status == "Terminating":
        return environment
    for action in scheduled_actions(environment.option_settings):
        least, most = bounds(environment, configuration)
        least = least if action.least is None else action.least
        most = most if action.most is None else action.most
        if action.next_run(at - 1) == at and least <= most:
            desired = size(environment, configuration) if action.desired is None else action.desired
            clamped = max(least, min(desired, most))
            environment = replace(environment, bounds=(least, most), desired=clamped, group_due=at)
    return environment


def keeps_bounds(before: Iterable[OptionSetting], after: Iterable[OptionSetting]) -> bool:
    """Tell whether an update leaves the sizes that an action has set: it does not ask for other ones."""
    old, new = (
        {setting.identity: setting.value for setting in settings if setting.identity[:2] in _OF_THE_BOUNDS}
        for settings in (before, after)
    )
    return old == new
