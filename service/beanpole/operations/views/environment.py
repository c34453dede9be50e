"""Environments in answers; a description is cached until the environment changes, with its XML and JSON."""

from collections.abc import Iterable, Sequence
from operator import attrgetter
from weakref import WeakKeyDictionary

from msgspec import Struct, field
from msgspec.structs import replace

from beanpole.model.environment import worker_queue
from beanpole.model.environment.environment import Environment
from beanpole.model.environment.instance import Instance
from beanpole.model.environment.link import Link
from beanpole.model.environment.tiers import Tier
from beanpole.operations.registry import Answer
from beanpole.store.keys import WorldKeys
from beanpole.store.world import World

_generation = attrgetter("generation")
_SPARE = 1_000  # descriptions of earlier generations that a world may keep


class EnvironmentDescription(Struct, frozen=True, eq=False, weakref=True, kw_only=True):
    """The members of a description, and its text in each format, once it was `written`.

    `Resources` is a member of the API that no answer of the service has (docs/facts.md#answers).
    """

    environment_name: str
    environment_id: str
    application_name: str
    version_label: str | None
    solution_stack_name: str | None
    platform_arn: str
    template_name: str | None
    description: str | None
    endpoint_url: str | None
    cname: str | None
    date_created: int
    date_updated: int
    status: str
    abortable_operation_in_progress: bool
    health: str
    health_status: str | None
    tier: Tier
    environment_links: tuple[Link, ...]
    environment_arn: str
    operations_role: str | None
    alerts: tuple[()] = ()
    min_capacity_enabled: bool = False
    written: dict[object, bytes] = field(default_factory=dict)


_DESCRIPTIONS: WeakKeyDictionary[WorldKeys, dict[int, EnvironmentDescription]] = WeakKeyDictionary()


def describe(environment: Environment) -> EnvironmentDescription:
    """The description of an environment; no CNAME after a launch that created nothing (docs/facts.md#failed-launch)."""
    return EnvironmentDescription(
        environment_name=environment.environment_name,
        environment_id=environment.environment_id,
        application_name=environment.application_name,
        version_label=environment.version_label,
        solution_stack_name=environment.solution_stack_name,
        platform_arn=environment.platform_arn,
        template_name=environment.template_name,
        description=environment.description,
        endpoint_url=environment.endpoint_url,
        cname=None if environment.is_unmade else environment.cname,
        date_created=environment.date_created,
        date_updated=environment.date_updated,
        status=environment.status,
        abortable_operation_in_progress=environment.abortable_operation_in_progress,
        health=environment.health,
        health_status=environment.health_status,
        tier=environment.tier,
        environment_links=environment.links,
        environment_arn=environment.environment_arn,
        operations_role=environment.operations_role,
    )


def describe_terminating(environment: Environment) -> EnvironmentDescription:
    """The description in the answer to a termination: without a version, and Grey (docs/facts.md#answers)."""
    return replace(describe(environment), version_label=None, health="Grey", health_status=None, written={})


def describe_all(world: World, environments: Sequence[Environment]) -> list[EnvironmentDescription]:
    """The descriptions of environments of a world, cached until an environment changes."""
    cache = _DESCRIPTIONS.setdefault(world.keys, {})
    try:
        descriptions = list(map(cache.__getitem__, map(_generation, environments)))
    except KeyError:
        cache.update(
            {
                environment.generation: describe(environment)
                for environment in environments
                if environment.generation not in cache
            }
        )
        descriptions = [cache[environment.generation] for environment in environments]
    if len(cache) > _SPARE and len(cache) > 2 * len(world.environments()) + _SPARE:
        current = {environment.generation for environment in world.environments()}
        _DESCRIPTIONS[world.keys] = {
            generation: description for generation, description in cache.items() if generation in current
        }
    return descriptions


def describe_resources(environment: Environment, fleet: Iterable[Instance]) -> Answer:
    """The resources of an environment; a kind without resources is an empty list.

    A queue that WorkerQueueURL names appears as the queue of the worker [inferred].
    """

    def names(kind: str) -> list[str]:
        return [resource.name for resource in environment.resources if resource.kind == kind]

    queues = (("WorkerQueue", "worker-queue"), ("WorkerDeadLetterQueue", "dead-letter-queue"))
    return {
        "environment_name": environment.environment_name,
        "auto_scaling_groups": [{"name": name} for name in names("auto-scaling-group")],
        "instances": [{"id": instance.id} for instance in fleet if instance.state != "terminating"],
        "launch_configurations": [],
        "launch_templates": [{"id": name} for name in names("launch-template")],
        "load_balancers": [] if (balancer := environment.balancer) is None else [{"name": balancer.name}],
        "triggers": [],
        "queues": [
            {"name": name, "url": resource.endpoint}
            for name, kind in queues
            for resource in environment.resources
            if resource.kind == kind
        ]
        + ([{"name": "WorkerQueue", "url": url}] if (url := worker_queue.external_url(environment)) else []),
    }
