"""Updates of an environment: another version, other settings, or both in one call.

What a change of settings costs is the ChangeSeverity of its options: from RestartApplicationServer on, a command runs
on the instances, which is a deployment with an id of its own.
"""

from collections.abc import Iterator

from beanpole.model import messages, options
from beanpole.model.instance import Doing
from beanpole_workers.deployments.plan import Situation, Timed
from beanpole_workers.deployments.policies import Deployment, policy
from beanpole_workers.deployments.steps import AdoptSettings, AdoptVersion, Announce, Deploy, Finish, Step

COMMAND = "aws:elasticbeanstalk:command"

# The duration of each word that a policy may say.
DURATIONS: dict[type[Step], str] = {Deploy: "deploy"}


def deploy(situation: Situation) -> Iterator[Timed]:
    """A new version (lifecycles.md 1.7)."""
    yield from _new_version(situation)
    yield Announce(messages.UPDATE_COMPLETED()), "completed"
    yield Finish(), None


def configure(situation: Situation) -> Iterator[Timed]:
    """New settings, and a new version with them if one was asked for (1.13)."""
    name = situation.environment.environment_name
    yield Announce(messages.UPDATING_CONFIGURATION(environment=name)), "updating"
    if situation.activity.version_label is not None:
        yield from _new_version(situation)
        deployed = "both"
    elif _runs_on_instances(situation):
        yield from _command(situation)
        deployed = "configured"
    else:
        deployed = "applied"
    yield Announce(messages.CONFIGURATION_DEPLOYED()), deployed
    yield AdoptSettings(), None
    yield Announce(messages.UPDATE_COMPLETED()), "completed"
    yield Finish(), None


def _new_version(situation: Situation) -> Iterator[Timed]:
    """By the policy in force before the call: one that is set in the same call is not used yet."""
    deployment = _deployment(situation, situation.activity.version_label)
    yield Announce(messages.DEPLOYING_VERSION()), "deploying"
    for step in policy(situation.configuration.value(COMMAND, "DeploymentPolicy"))(deployment):
        yield step, DURATIONS[type(step)]
    yield AdoptVersion(deployment.version_label, deployment.deployment_id), "deployed"
    yield Announce(messages.NEW_VERSION_DEPLOYED()), None


def _command(situation: Situation) -> Iterator[Timed]:
    deployment = _deployment(situation, situation.environment.version_label, "configure")
    for step in policy(situation.configuration.value(COMMAND, "DeploymentPolicy"))(deployment):
        yield step, "configure"
    yield AdoptVersion(deployment.version_label, deployment.deployment_id), None


def _deployment(situation: Situation, version_label: str | None, doing: Doing = "deploy") -> Deployment:
    return Deployment(tuple(situation.fleet), version_label, situation.environment.deployment_id + 1, doing)


def _runs_on_instances(situation: Situation) -> bool:
    before, after = situation.environment.settings, situation.activity.settings
    changes = options.changed(before, before if after is None else after)
    cost = options.severity(situation.rules.options, changes)
    return options.SEVERITIES.index(cost) >= options.SEVERITIES.index("RestartApplicationServer")
