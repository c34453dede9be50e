"""Updates of an environment: another version, other settings, another platform, or all in one call.

The ChangeSeverity of the options decides what a change of settings does: from RestartApplicationServer on, a command
runs on the instances, which is a deployment with an id of its own; at RestartEnvironment the instances are replaced.
"""

from collections.abc import Iterator

from msgspec.structs import replace

from beanpole.model.environment import fleet, option_layers
from beanpole.model.environment.instance import CommandName
from beanpole.model.events import failures, messages
from beanpole.model.health.reporting import read
from beanpole.model.options.configuration import SEVERITIES
from beanpole.model.options.namespaces import ENVIRONMENT
from beanpole.model.plan.durations import Duration, Timed, after, instantly
from beanpole.model.plan.plan import Situation
from beanpole.model.plan.steps import (
    AdoptSettings,
    AdoptVersion,
    Announce,
    Close,
    Finish,
    JoinInstances,
    LaunchInstances,
    UpdateStack,
)
from beanpole_workers.plans import bundles, custom, databases, queues, repairs, retyping
from beanpole_workers.plans.deployment import Deployment, deployment, next_id
from beanpole_workers.plans.policies import policy_name, policy_of
from beanpole_workers.plans.replacement import AT_ONCE, IMMUTABLE, Way, replacement, way_by

NOTICED = after("configure.refused")


def deploy(situation: Situation) -> Iterator[Timed]:
    """A new version (docs/facts.md#deployment-policies)."""
    yield from bundles.warnings(situation)
    if refusal := _refusal(situation, bundles.refusals(situation)):
        yield from refusal
        return
    yield from custom.changed(situation)
    yield from _new_version(situation, (), situation.size)
    yield Announce(messages.UPDATE_COMPLETED()), after("completed")
    yield Finish(), instantly


def configure(situation: Situation) -> Iterator[Timed]:
    """New settings or another platform, with a new version if requested (docs/facts.md#configuration-changes)."""
    yield from bundles.warnings(situation)
    if refusal := _refusal(situation, bundles.refusals(situation) or _wrong_extensions(situation)):
        yield from refusal
        return
    if read(situation.new_configuration).enhanced and not read(situation.configuration).enhanced:
        yield Announce(messages.HEALTH_REPORTING_ENHANCED()), instantly
    name = situation.environment.environment_name
    updating = messages.UPDATING_CONFIGURATION(environment=name)
    if is_mismatched(situation):
        yield Announce(updating), after("updating")
        yield from _refused((messages.POLICY_MISMATCH(),), instantly)
        return
    yield UpdateStack(updating), after("updating")
    yield from custom.changed(situation)
    yield from databases.created(situation)
    yield from queues.created(situation)
    if replaces(situation):
        yield from _replaced(situation)
    else:
        yield from _in_place(situation)
    yield from databases.deleted(situation)
    yield from queues.deleted(situation)
    yield AdoptSettings(), instantly
    yield Announce(messages.UPDATE_COMPLETED()), after("completed")
    yield Finish(), instantly


def replaces(situation: Situation) -> bool:
    """Tell whether running instances are replaced, because the change cannot be applied to them."""
    changes = situation.activity.changes
    new_platform = changes.platform_arn not in (None, situation.environment.platform_arn)
    needed = changes.immutably or new_platform or _severity(situation) == "RestartEnvironment"
    return needed or _goes_beside(situation)


def way_of(situation: Situation) -> Way:
    """The way in which instances are replaced: by the requested settings, as a stack uses its new template."""
    immutably = situation.activity.changes.immutably or _goes_beside(situation)
    return IMMUTABLE if immutably else way_by(situation.new_configuration)


def is_mismatched(situation: Situation) -> bool:
    """Tell whether a version is to be deployed immutably while the settings replace instances in another way."""
    deploys = situation.activity.version_label is not None
    immutable = deploys and policy_name(situation.configuration) == "Immutable"
    return immutable and replaces(situation) and way_of(situation) is not IMMUTABLE


def _goes_beside(situation: Situation) -> bool:
    """Tell whether instances are replaced only because the deployment policy is immutable.

    The capture has both options for immutable updates; that the policy is enough is [inferred] (mup-aws-beanstalk#91).
    """
    comes_alone = situation.activity.version_label is None
    in_place = _severity(situation) == "RestartApplicationServer"
    return comes_alone and in_place and policy_name(situation.configuration) == "Immutable"


def _wrong_extensions(situation: Situation) -> tuple[messages.Message, ...]:
    """The errors in the `.ebextensions` of a new version; wrong settings of an API call were refused at once."""
    extensions = situation.activity.changes.extensions or ()
    return bundles.wrong_settings(option_layers.wrong_extensions(situation.new_configuration, extensions))


def _refusal(situation: Situation, reasons: tuple[messages.Message, ...]) -> Iterator[Timed] | None:
    """The end of an update that fails for reasons of its bundle or its settings; None without a reason."""
    if reasons:
        return _refused(reasons)
    failure = bundles.template_failure(situation)
    return _refused((failure,), after("configure.template")) if failure else None


def _refused(reasons: tuple[messages.Message, ...], first: Duration = NOTICED) -> Iterator[Timed]:
    """The update fails before anything is done (docs/facts.md#configuration-files)."""
    for index, reason in enumerate(reasons):
        yield Announce(reason), instantly if index else first
    yield Announce(failures.FAILED_TO_DEPLOY()), instantly
    yield Finish("failed"), instantly


def _replaced(situation: Situation) -> Iterator[Timed]:
    """All instances are replaced; a new version comes with the new ones, without a deployment of its own.

    If a single instance joins a group, it stays, and gets the version or the settings itself.
    """
    environment, settings = situation.environment, situation.new_configuration
    version_label = situation.activity.version_label
    keeps = retyping.is_retyped(situation) and _stays(situation)
    redeploys = version_label is not None or (keeps and _retyping_cost(situation) == "RestartApplicationServer")
    count = fleet.size(environment, settings)
    command: CommandName = "configure" if redeploys and version_label is None else "deploy"
    by_old_settings = deployment(situation, version_label or environment.version_label, command)
    exchange = replace(
        by_old_settings,
        deployment_id=next_id(situation) if redeploys else environment.deployment_id,
        new_ids=situation.ids("replacement", count),
        rules=replace(by_old_settings.rules, balanced=settings.traits.balanced),
    )
    if retyping.is_retyped(situation):
        yield from retyping.retype(situation, exchange, keeps)
    else:
        way = way_of(situation) if count else AT_ONCE
        yield from way.steps(replacement(settings, exchange))
    if redeploys:
        yield AdoptVersion(exchange.version_label, exchange.deployment_id), instantly
    yield Announce(messages.CONFIGURATION_DEPLOYED()), after("replaced")


def _stays(situation: Situation) -> bool:
    """Tell whether a change of the environment's type keeps the running instances, as nothing else replaces them."""
    changes = situation.activity.changes
    same_platform = changes.platform_arn in (None, situation.environment.platform_arn)
    return same_platform and not changes.immutably and _retyping_cost(situation) != "RestartEnvironment"


def _retyping_cost(situation: Situation) -> str:
    """The ChangeSeverity of what is changed beside the environment's type."""
    return option_layers.cost(situation.configuration, situation.new_configuration, (ENVIRONMENT, "EnvironmentType"))


def _in_place(situation: Situation) -> Iterator[Timed]:
    """The instances stay, but for a surplus that is terminated before; missing ones are launched after."""
    environment, activity = situation.environment, situation.activity
    size = fleet.size(environment, situation.new_configuration)
    surplus = repairs.surplus(situation, size)
    yield from repairs.terminated(surplus)
    ending: Duration
    if activity.version_label is not None:
        yield from _new_version(situation, surplus, size)
        ending = after("both")
    elif _runs_on_instances(situation):
        deployed = deployment(situation, environment.version_label, "configure", without=surplus)
        policy = policy_of(situation.configuration)
        yield from policy.configuring(deployed)
        yield from _grown(situation, replace(deployed, command_name="deploy"), size - len(deployed.instances))
        yield AdoptVersion(deployed.version_label, deployed.deployment_id), instantly
        ending = policy.ending if policy.batches else after("configured")
    else:
        current = deployment(situation, environment.version_label, without=surplus)
        missing = size - len(current.instances)
        yield from _grown(situation, replace(current, deployment_id=environment.deployment_id), missing)
        yield Close(), instantly
        ending = after("scaled") if surplus or missing > 0 else after("applied")
    yield Announce(messages.CONFIGURATION_DEPLOYED()), ending


def _new_version(situation: Situation, surplus: tuple[str, ...], size: int) -> Iterator[Timed]:
    """Deploy by the policy; if the group has fewer instances than its size afterwards, launch the missing ones.

    Where settings come with the version it takes as long as the settings do until the deployment is announced
    (docs/facts.md#new-version-all-at-once).
    """
    policy = policy_of(situation.configuration)
    version_label = situation.activity.version_label
    deployed = deployment(situation, version_label, without=surplus, new_side=size if policy.new_side else None)
    left = len(deployed.new_ids if policy.new_side else deployed.instances)
    if policy.opening is not None:
        opening = after("deploying") if situation.activity.kind == "configure" else policy.opening
        yield Announce(messages.DEPLOYING_VERSION()), opening
    yield from policy.steps(deployed)
    yield from _grown(situation, deployed, size - left)
    yield AdoptVersion(deployed.version_label, deployed.deployment_id), policy.ending
    yield Announce(messages.NEW_VERSION_DEPLOYED()), instantly


def _grown(situation: Situation, deployed: Deployment, missing: int) -> Iterator[Timed]:
    """The group launches its missing instances, with the version that runs by then."""
    if missing > 0:
        new_ids = situation.ids("growth", missing)
        yield LaunchInstances(new_ids), instantly
        yield JoinInstances(new_ids), after("scale.joined")
        yield deployed.command(new_ids), after("scale.command")


def _severity(situation: Situation) -> str:
    return option_layers.cost(situation.configuration, situation.new_configuration)


def _runs_on_instances(situation: Situation) -> bool:
    return SEVERITIES.index(_severity(situation)) >= SEVERITIES.index("RestartApplicationServer")
