"""The deployments that a command carries out on instances, once for all instances that are alike."""

from collections.abc import Iterable

from msgspec.structs import replace

from beanpole.model.environment import option_layers
from beanpole.model.environment.environment import Environment
from beanpole.model.environment.instance import CommandRecord, Instance
from beanpole.model.faults.members import FailedHealth
from beanpole.model.instance.request import CommandFault, Request
from beanpole.model.options.namespaces import PROPERTIES, PROXY
from beanpole.model.plan.fault_targets import GIVEN_UP
from beanpole.model.plan.rules import Deployed
from beanpole.model.plan.steps import Deploy
from beanpole_workers.engine.story import Story

NOTHING = Deployed()
SERVER = "ProxyServer"


def results(step: Deploy, story: Story, instances: Iterable[Instance]) -> dict[str, Deployed]:
    """The result of the command on each instance, by its id; empty if the contents of the bundle are unknown.

    Instances with equal disks have equal results, except the leader, unless commands are run.
    """
    deployed = _results(step, story, instances)
    return {id_: result for id_, result in deployed.items() if result is not None}


def are_awaited(step: Deploy, story: Story, instances: Iterable[Instance]) -> bool:
    """Tell whether commands are run, and have not ended on every instance."""
    return story.runs_commands and None in list(_results(step, story, instances).values())


def _results(step: Deploy, story: Story, instances: Iterable[Instance]) -> dict[str, Deployed | None]:
    if step.bundle is None:
        return {}
    faults, pairs = _command_faults(story), {}
    for instance in instances:
        request = _request(step, story, instance)
        if instance.id in faults:
            request = replace(request, command_faults=faults[instance.id])
        pairs[instance.id] = request, instance.disk
    deployed = story.carry_out(step.bundle, list(dict.fromkeys(pairs.values())))
    return {id_: deployed[pair] for id_, pair in pairs.items()}


def command_names(step: Deploy, story: Story, instance: Instance) -> frozenset[str]:
    """The names of the commands for an instance; empty if the contents of the bundle are unknown."""
    return frozenset() if step.bundle is None else story.command_names(_request(step, story, instance), step.bundle)


def failing(step: Deploy, story: Story, deployed: dict[str, Deployed]) -> dict[str, None]:
    """The ids of the instances on which the command failed; none after two failed plans, so that the third ends."""
    if story.activity.undoing >= GIVEN_UP:
        return {}
    return {id_: None for id_ in step.instances if deployed.get(id_, NOTHING).failed}


def failed_health(deployed: dict[str, Deployed]) -> dict[str, FailedHealth]:
    """The health of the instances whose application does not answer, by id."""
    return {id_: "Severe" for id_, result in deployed.items() if not result.healthy}


def with_results(
    record: CommandRecord, instance: Instance, deployed: dict[str, Deployed]
) -> tuple[CommandRecord, str | None]:
    """The record with the report of an instance, and the digest of its disk afterwards."""
    result = deployed.get(instance.id, NOTHING)
    return replace(record, report=result.report), result.disk or instance.disk


def _request(step: Deploy, story: Story, instance: Instance) -> Request:
    environment, activity = story.environment, story.activity
    stack = story.platforms.of(environment.solution_stack_name, environment.platform_arn)
    is_windows = stack is not None and "windows" in stack.traits
    # the changes of the activity count, unless it is being undone
    after = environment if activity.undoing else option_layers.with_changes(environment, activity.changes)
    request = Request(
        command=step.command_name,
        is_leader=instance.id == step.leader,
        properties=_properties(after),
        application_name=environment.application_name,
        version_label=step.version_label,
        is_windows=is_windows,
        has_nginx=not is_windows and step.containers != "ecs" and _asks_for_nginx(after),
    )
    if not story.runs_commands:
        return request
    run = f"{environment.id}/{activity.serial}/{activity.undoing}/{activity.step}"
    return replace(request, instance=instance.id, run=run, timeout=step.timeout)


def _command_faults(story: Story) -> dict[str, tuple[CommandFault, ...]]:
    """The faults that hit commands, by the ids of their instances."""
    faults: dict[str, tuple[CommandFault, ...]] = {}
    for hit in story.activity.hits:
        if hit.command is not None and hit.instance is not None:
            fault = CommandFault(hit.command, hit.exit_status, hit.output or "")
            faults[hit.instance] = (*faults.get(hit.instance, ()), fault)
    return faults


def _asks_for_nginx(environment: Environment) -> bool:
    servers = (setting for setting in environment.option_settings if setting.namespace == PROXY)
    return all(setting.option_name != SERVER or setting.value in (None, "nginx") for setting in servers)


def _properties(environment: Environment) -> tuple[tuple[str, str], ...]:
    """The environment properties of the commands."""
    return tuple(
        sorted(
            (setting.option_name, setting.value or "")
            for setting in environment.option_settings
            if setting.namespace == PROPERTIES
        )
    )
