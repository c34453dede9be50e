"""The versions that an application's lifecycle rule deletes, and those in use (docs/facts.md#lifecycle-rules)."""

from collections.abc import Iterable, Sequence

from beanpole.model.applications.application import Application, ApplicationVersion
from beanpole.model.applications.lifecycle import MaxAgeRule, MaxCountRule
from beanpole.model.environment.environment import Environment

DAY = 86_400_000  # milliseconds


def outdated(
    application: Application, versions: Sequence[ApplicationVersion], used: frozenset[str], now: int, limit: int
) -> tuple[ApplicationVersion, ...]:
    """The versions to delete when a version is created, oldest first and at most `limit`.

    `versions` are the versions without the new one, newest first; `used` are the labels of those in use. A version in
    use or in processing is skipped; it does not count towards the limit.
    """
    rule = application.resource_lifecycle_config.rule
    match rule:
        case None:
            return ()
        case MaxCountRule():
            beyond = versions[rule.max_count :]
        case MaxAgeRule():
            beyond = [version for version in versions if version.date_created < now - rule.max_age_in_days * DAY]
    unused = [version for version in reversed(beyond) if version.version_label not in used and not version.is_busy]
    return tuple(unused[:limit])


def in_use(application: Application, environments: Iterable[Environment], since: int) -> frozenset[str]:
    """The labels of the versions in use by an environment that is live, or that was terminated after `since`."""
    users = [
        environment
        for environment in environments
        if environment.application_name == application.application_name
        and (environment.terminated_at is None or environment.terminated_at > since or environment.live)
    ]
    deployed = (environment.version_label for environment in users)
    deploying = (environment.activity.version_label for environment in users if environment.activity is not None)
    return frozenset(label for label in (*deployed, *deploying) if label is not None)


def is_deploying(environment: Environment, version: ApplicationVersion) -> bool:
    """Tell whether the environment's activity deploys the version."""
    activity = environment.activity
    return (
        environment.application_name == version.application_name
        and activity is not None
        and activity.version_label == version.version_label
    )
