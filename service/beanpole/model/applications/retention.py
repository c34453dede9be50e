"""Which versions of an application its lifecycle rule lets go, and which it spares (docs/facts.md#lifecycle-rules)."""

from collections.abc import Iterable, Sequence

from beanpole.model.applications.application import Application, ApplicationVersion
from beanpole.model.applications.lifecycle import MaxAgeRule, MaxCountRule
from beanpole.model.environment.environment import Environment

DAY = 86_400_000  # milliseconds


def outdated(
    application: Application, versions: Sequence[ApplicationVersion], spared: frozenset[str], now: int, most: int
) -> tuple[ApplicationVersion, ...]:
    """What goes when a version is created, oldest first; `versions` are those there were, newest first.

    The new one is not counted. A version that is spared keeps no other from going, and takes nobody's place.
    """
    rule = application.resource_lifecycle_config.rule
    match rule:
        case None:
            return ()
        case MaxCountRule():
            beyond = versions[rule.max_count :]
        case MaxAgeRule():
            beyond = [it for it in versions if it.date_created < now - rule.max_age_in_days * DAY]
    going = [it for it in reversed(beyond) if it.version_label not in spared and not it.is_busy]
    return tuple(going[:most])


def spared(application: Application, environments: Iterable[Environment], since: int) -> frozenset[str]:
    """The labels of the versions in use: by an environment that is live, or that was terminated after `since`."""
    of_it = [it for it in environments if it.application_name == application.application_name]
    used = [it for it in of_it if it.terminated_at is None or it.terminated_at > since or it.live]
    deployed = (it.version_label for it in used)
    deploying = (it.activity.version_label for it in used if it.activity is not None)
    return frozenset(label for label in (*deployed, *deploying) if label is not None)


def is_deploying(environment: Environment, version: ApplicationVersion) -> bool:
    """Whether an environment is busy bringing the version to its instances."""
    activity = environment.activity
    return (
        environment.application_name == version.application_name
        and activity is not None
        and activity.version_label == version.version_label
    )
