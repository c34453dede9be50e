"""Updates of an environment: another version, other settings, another platform, or all in one call.

What a change of settings costs is the ChangeSeverity of its options: from RestartApplicationServer on, a command runs
on the instances, which is a deployment with an id of its own; at RestartEnvironment the instances are replaced.
"""

from collections.abc import Iterator

from msgspec.structs import replace

from beanpole.model.environment import fleet, option_layers
from beanpole.model.events import failures, messages
from beanpole.model.health.reporting import read
from beanpole.model.options.configuration import SEVERITIES
from beanpole.model.options.validation import validate
from beanpole.model.plan.plan import Situation, Timed
from beanpole.model.plan.steps import (
    AdoptSettings,
    AdoptVersion,
    Announce,
    Close,
    Finish,
    JoinInstances,
    LaunchInstances,
)
from beanpole_workers.plans import bundles, databases, repairs, retyping
from beanpole_workers.plans.deployment import Deployment, deployment, next_id, policy_name
from beanpole_workers.plans.policies import BESIDE, all_at_once, policy
from beanpole_workers.plans.replacement import WAYS, replacement, way_name


def deploy(situation: Situation) -> Iterator[Timed]:
    """A new version (docs/facts.md#deployment-policies)."""
    yield from bundles.warned(situation)
    if wrong := bundles.refusals(situation):
        yield from _refused(wrong)
        return
    yield from _new_version(situation, (), situation.size)
    yield Announce(messages.UPDATE_COMPLETED()), "completed"
    yield Finish(), None


def configure(situation: Situation) -> Iterator[Timed]:
    """New settings or another platform, with a new version if requested (docs/facts.md#configuration-changes)."""
    yield from bundles.warned(situation)
    if wrong := bundles.refusals(situation) or _wrong_extensions(situation):
        yield from _refused(wrong)
        return
    if read(situation.wanted).enhanced and not read(situation.configuration).enhanced:
        yield Announce(messages.HEALTH_REPORTING_ENHANCED()), None
    name = situation.environment.environment_name
    yield Announce(messages.UPDATING_CONFIGURATION(environment=name)), "updating"
    if is_mismatched(situation):
        yield Announce(messages.POLICY_MISMATCH()), None
        yield Announce(failures.FAILED_TO_DEPLOY()), None
        yield Finish("failed"), None
        return
    yield from databases.coming(situation)
    if replaces(situation):
        yield from _replaced(situation)
    else:
        yield from _in_place(situation)
    yield from databases.going(situation)
    yield AdoptSettings(), None
    yield Announce(messages.UPDATE_COMPLETED()), "completed"
    yield Finish(), None


def replaces(situation: Situation) -> bool:
    """The instances there are cannot be kept."""
    changes = situation.activity.changes
    new_platform = changes.platform_arn not in (None, situation.environment.platform_arn)
    return changes.immutably or new_platform or _severity(situation) == "RestartEnvironment"


def way_of(situation: Situation) -> str:
    """How they are replaced: by the settings that the request brings, as a stack goes by its new template."""
    return "Immutable" if situation.activity.changes.immutably else way_name(situation.wanted)


def is_mismatched(situation: Situation) -> bool:
    """A version that is to be deployed immutably comes with a change that replaces instances in another way."""
    asked = situation.activity.version_label is not None
    immutable = asked and policy_name(situation.configuration) == "Immutable"
    return immutable and replaces(situation) and way_of(situation) != "Immutable"


def _wrong_extensions(situation: Situation) -> tuple[messages.Message, ...]:
    """What the settings in the `.ebextensions` of a new version make wrong; an API call's own were refused at once."""
    wrong = () if situation.activity.changes.extensions is None else validate(situation.wanted)
    reasons = tuple(failures.EXTENSION_INVALID(reason=it.message) for it in wrong)
    return (failures.EXTENSIONS_INVALID(), *reasons) if reasons else ()


def _refused(wrong: tuple[messages.Message, ...]) -> Iterator[Timed]:
    """Before anything is done (docs/facts.md#configuration-files)."""
    for place, it in enumerate(wrong):
        yield Announce(it), None if place else "configure.refused"
    yield Announce(failures.FAILED_TO_DEPLOY()), None
    yield Finish("failed"), None


def _replaced(situation: Situation) -> Iterator[Timed]:
    """Other instances in place of all there are; a new version comes with them, in no deployment of its own."""
    environment, wanted = situation.environment, situation.wanted
    asked = situation.activity.version_label
    count = fleet.size(environment, wanted)
    exchange = replace(
        deployment(situation, asked or environment.version_label),
        deployment_id=environment.deployment_id if asked is None else next_id(situation),
        new_ids=situation.ids("replacement", count),
        balanced=wanted.traits.balanced,
    )
    if retyping.is_retyped(situation):
        yield from retyping.retype(situation, exchange)
    else:
        yield from WAYS[way_of(situation) if count else "AtOnce"](replacement(wanted, exchange))
    if asked is not None:
        yield AdoptVersion(asked, exchange.deployment_id), None
    yield Announce(messages.CONFIGURATION_DEPLOYED()), "replaced"


def _in_place(situation: Situation) -> Iterator[Timed]:
    """On the instances there are; there may be fewer of them before, or more after."""
    environment, activity = situation.environment, situation.activity
    size = fleet.size(environment, situation.wanted)
    gone = repairs.surplus(situation, size)
    yield from repairs.terminated(gone)
    if activity.version_label is not None:
        yield from _new_version(situation, gone, size)
        ended = "both"
    elif _runs_on_instances(situation):
        deployed = deployment(situation, environment.version_label, "configure", without=gone)
        yield from all_at_once(deployed)
        yield from _grown(situation, deployed, size - len(deployed.instances))
        yield AdoptVersion(deployed.version_label, deployed.deployment_id), None
        ended = "configured"
    else:
        standing = deployment(situation, environment.version_label, without=gone)
        missing = size - len(standing.instances)
        yield from _grown(situation, replace(standing, deployment_id=environment.deployment_id), missing)
        yield Close(), None
        ended = "scaled" if gone or missing > 0 else "applied"
    yield Announce(messages.CONFIGURATION_DEPLOYED()), ended


def _new_version(situation: Situation, gone: tuple[str, ...], size: int) -> Iterator[Timed]:
    """By the policy; where the group has fewer instances than it should by then, it launches what is missing."""
    name = policy_name(situation.configuration)
    asked = situation.activity.version_label
    deployed = deployment(situation, asked, without=gone, new_side=size if name in BESIDE else None)
    left = len(deployed.new_ids if name in BESIDE else deployed.instances)
    if name in OPENINGS:
        opening = "deploying" if situation.activity.kind == "configure" else OPENINGS[name]
        yield Announce(messages.DEPLOYING_VERSION()), opening
    yield from policy(name)(deployed)
    yield from _grown(situation, deployed, size - left)
    yield AdoptVersion(deployed.version_label, deployed.deployment_id), f"{ENDINGS[name]}deployed"
    yield Announce(messages.NEW_VERSION_DEPLOYED()), None


# How long it takes until a policy is said to begin; those that are not here say it in a sentence of their own. Where
# settings come with the version that takes as long as the settings do (docs/facts.md#new-version-all-at-once).
OPENINGS = {"AllAtOnce": "deploying", "Rolling": "rolling.deploying"}

# The durations by which a policy ends; the plan's own for the first.
ENDINGS = {
    "AllAtOnce": "",
    "Rolling": "rolling.",
    "RollingWithAdditionalBatch": "rolling.",
    "Immutable": "immutable.",
    "TrafficSplitting": "immutable.",
}


def _grown(situation: Situation, deployed: Deployment, missing: int) -> Iterator[Timed]:
    """The group launches what it has too few of, with the version that runs by then."""
    if missing > 0:
        new_ids = situation.ids("growth", missing)
        yield LaunchInstances(new_ids), None
        yield JoinInstances(new_ids), "scale.joined"
        yield deployed.command(new_ids), "scale.command"


def _severity(situation: Situation) -> str:
    return option_layers.cost(situation.configuration, situation.wanted)


def _runs_on_instances(situation: Situation) -> bool:
    return SEVERITIES.index(_severity(situation)) >= SEVERITIES.index("RestartApplicationServer")
