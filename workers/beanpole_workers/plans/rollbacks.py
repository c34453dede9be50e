"""The rollback of an update that failed or was aborted; it is a plan, too.

A version stays on the instances that have it, unless the policy has a new side to terminate. A configuration is
restored, in the way of the last update that succeeded, which is that of the settings before the request. If the
rollback fails, the fleet gets its size back, and no other rollback follows.
"""

from collections.abc import Generator, Iterator

from msgspec.structs import replace

from beanpole.model.events import failures
from beanpole.model.plan.durations import Timed, after, instantly
from beanpole.model.plan.plan import Situation
from beanpole.model.plan.steps import TEMPORARY, AdoptVersion, Announce, Finish, Register
from beanpole_workers.plans import custom, databases, failed_steps, new_side, queues, repairs, retyping
from beanpole_workers.plans.configuration import replaces, way_of
from beanpole_workers.plans.deployment import deployment
from beanpole_workers.plans.policies import Policy, leave_as_is, policy_of, rolling
from beanpole_workers.plans.replacement import AT_ONCE, replacement, way_by


def undo(situation: Situation) -> Iterator[Timed]:
    """Undo an update."""
    if situation.activity.undoing > 1:
        yield from give_up(situation)
    elif situation.activity.kind == "configure" and (replaces(situation) or situation.activity.version_label is None):
        yield from _configuration(situation)
    else:
        yield from _version(situation)


def give_up(situation: Situation) -> Iterator[Timed]:
    """End a rollback that failed: only temporary resources are deleted, and the fleet gets its size back.

    An instance that never got a version, because it said nothing, is replaced [inferred].
    """
    late = failed_steps.is_timeout(situation)
    group = situation.environment.resource(TEMPORARY)
    temporary = tuple(
        instance.id for instance in situation.running if group is not None and instance.group == group.name
    )
    yield from failed_steps.reported(situation)
    yield from repairs.settle(situation)
    yield from new_side.dropped(situation, temporary)
    if retyping.is_retyped(situation):
        yield from retyping.undo(situation)
    empty = tuple(
        instance.id for instance in situation.running if instance.runs_nothing and instance.id not in temporary
    )
    yield from repairs.terminated(empty)
    yield from repairs.resize(situation, without=(*temporary, *empty))
    yield from databases.undo(situation)
    yield from queues.undo(situation)
    yield from custom.undo(situation)
    yield (
        Announce(failures.UPDATED_WITH_TIMEOUTS() if late else failures.UPDATED_WITH_ERRORS()),
        after("failure.given-up"),
    )
    yield Finish("failed"), instantly


def _version(situation: Situation) -> Iterator[Timed]:
    """Undo a deployment: instances that have the new version keep it, but the environment expects the old one."""
    policy = policy_of(situation.configuration)
    yield from failed_steps.reported(situation)
    yield from repairs.settle(situation)
    if _has_new_side(situation, policy):
        yield from policy.rollback(situation)
        yield Announce(failures.FAILED_TO_DEPLOY()), after("failure.verdict")
        yield from repairs.resize(situation, without=situation.launched)
    else:
        yield Announce(failures.FAILED_TO_DEPLOY()), after("failure.verdict")
        if _is_mixed(situation):
            yield Announce(failures.VERSIONS_MIXED()), after("failure.mixed")
        yield from (leave_as_is if policy.new_side else policy.rollback)(situation)
    yield from databases.undo(situation)
    yield from queues.undo(situation)
    yield from custom.undo(situation)
    if situation.activity.changes.settings is not None:
        yield Announce(failures.CONFIGURATION_REVERTED()), instantly
    yield _finish(situation), instantly


def _has_new_side(situation: Situation, policy: Policy) -> bool:
    """Tell whether a new side has not taken over yet; after the take-over the temporary group is deleted."""
    group = situation.environment.resource(TEMPORARY)
    return policy.new_side and (group is not None or not situation.launched)


def _configuration(situation: Situation) -> Iterator[Timed]:
    """Undo a change of the configuration: instances get back the settings that they had."""
    yield from failed_steps.reported(situation)
    if not situation.is_aborted:
        if replaces(situation):
            yield from _replacing_failed(situation)
        yield Announce(failures.FAILED_TO_CONFIGURE()), after("failure.verdict")
    yield from repairs.settle(situation)
    if not replaces(situation):
        yield from _settings_restored(situation)
    elif _is_beside(situation):
        immutable = way_of(situation).new_side and not retyping.is_retyped(situation)
        keeps_logs = immutable and not situation.is_aborted
        situation = yield from _given_back(situation)
        yield from new_side.dropped(situation, situation.launched, keeps_logs)
        yield from retyping.undo(situation)
        yield from repairs.resize(situation, without=situation.launched)
    elif situation.launched:
        yield from _instances_restored(situation)
    else:
        yield from repairs.resize(situation)
    yield from databases.undo(situation)
    yield from queues.undo(situation)
    yield from custom.undo(situation)
    yield Announce(failures.CONFIGURATION_REVERTED()), instantly
    yield _finish(situation), instantly


def _replacing_failed(situation: Situation) -> Iterator[Timed]:
    """The events of a failed replacement; a new side has a stack of its own, so the environment's stays."""
    failure = failed_steps.failure_of(situation)
    on_instances = failure.what in ("command-fails", "health-check-never-passes") and failure.resource is None
    if way_of(situation).new_side and not retyping.is_retyped(situation):
        if on_instances or failed_steps.in_new_side(failure):
            yield Announce(failures.IMMUTABLE_FAILED()), instantly
    elif on_instances:
        yield from failed_steps.stack_rolls_back(situation)


def _settings_restored(situation: Situation) -> Iterator[Timed]:
    """Run the command again with the old settings by the deployment policy, and terminate the launched instances.

    No additional batch is launched again: the present one serves until the other instances have their settings back.
    """
    situation = yield from _given_back(situation)
    yield from repairs.terminated(situation.launched)
    yield from repairs.resize(situation, without=situation.launched)


def _given_back(situation: Situation) -> Generator[Timed, None, Situation]:
    """The command on the old instances, if the new settings or the new version had reached any of them.

    Returns the situation afterwards, in which the environment expects the deployment of that command.
    """
    environment = situation.environment
    old = tuple(instance for instance in situation.running if instance.serial != situation.activity.serial)
    changes = [instance for instance in old if instance.failed or instance.deployment_id != environment.deployment_id]
    if changes:
        again = replace(
            deployment(situation, environment.version_label, "configure"),
            instances=tuple(instance.id for instance in old),
        )
        if policy_of(situation.configuration).batches:
            yield from rolling(again)
        else:
            yield again.command(again.instances), after("failure.restored")
        yield AdoptVersion(again.version_label, again.deployment_id), instantly
        return replace(situation, environment=replace(environment, deployment_id=again.deployment_id))
    if waiting := tuple(instance.id for instance in old if instance.state == "running" and not instance.in_service):
        yield Register(waiting), instantly  # their batch had left service, and nothing was changed there yet
    return situation


def _instances_restored(situation: Situation) -> Iterator[Timed]:
    """Replace instances that have the new settings by instances with the old ones."""
    environment, settings = situation.environment, situation.configuration
    new = situation.launched
    survivors = len(situation.running) - len(new)
    back = replace(
        deployment(situation, environment.version_label),
        deployment_id=environment.deployment_id,
        instances=new,
        new_ids=situation.ids("restored", max(0, situation.size - survivors)),
    )
    way = way_by(settings) if situation.size else AT_ONCE
    yield from way.steps(replacement(settings, back, survivors))


def _is_beside(situation: Situation) -> bool:
    """Tell whether all old instances are still there, so that the new ones have only to be terminated."""
    survivors = len(situation.running) - len(situation.launched)
    return retyping.is_retyped(situation) or way_of(situation).new_side or survivors >= situation.size


def _is_mixed(situation: Situation) -> bool:
    """Tell whether some instances may have the new version: the deployment began before it was aborted.

    The service says so of a single instance, too (docs/facts.md#failed-deployment). A restart deploys no version.
    """
    if situation.activity.kind == "restart":
        return False
    deployment_id = situation.environment.deployment_id
    has_begun = bool(situation.running) and not situation.is_aborted
    return has_begun or any(instance.deployment_id != deployment_id for instance in situation.running)


def _finish(situation: Situation) -> Finish:
    return Finish("aborted" if situation.is_aborted else "failed")
