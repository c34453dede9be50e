"""Operations on enhanced health."""

from collections.abc import Iterable

from beanpole.model import errors
from beanpole.model.calls import paging
from beanpole.model.environment.environment import Environment
from beanpole.model.environment.fleet import Fleet
from beanpole.model.environment.instance import Instance
from beanpole.model.health.census import members
from beanpole.model.health.context import HealthContext, health_context
from beanpole.model.health.reporting import reporting
from beanpole.operations import find
from beanpole.operations.context import Context
from beanpole.operations.registry import Answer, operation
from beanpole.operations.views.health import ALL, describe_environment, describe_instance
from beanpole.store.commit import Conflict
from beanpole.threads.decoders import JsonDecoder
from beanpole.wire.schemas import Request

SortKey = tuple[int, str]
SORT_KEYS = JsonDecoder[SortKey](SortKey)


@operation("DescribeEnvironmentHealth", reads=True)
def describe_environment_health(context: Context, request: Request) -> Answer:
    """Health at this instant, before the next tick writes an event about it; without attributes the name alone."""
    health, fleet = _health_context(context, request)
    return describe_environment(health, fleet, _attributes(request.attribute_names))


@operation("DescribeInstancesHealth", reads=True)
def describe_instances_health(context: Context, request: Request) -> Answer:
    """A page of instances in the order of their launch; without attributes their ids alone."""
    health, fleet = _health_context(context, request)
    attributes = _attributes(request.attribute_names)
    most = context.catalog.quotas.instances_health_page
    page, token = paging.page(members(fleet), _sort_key, SORT_KEYS, most, request.next_token)
    return {
        "instance_health_list": [describe_instance(instance, health, attributes) for instance in page],
        "refreshed_at": health.refreshed_at if "RefreshedAt" in attributes else None,
        "next_token": token,
    }


def _health_context(context: Context, request: Request) -> tuple[HealthContext, Fleet]:
    """The environment with its fleet, both read at one moment; raises HealthNotSupported if health is basic."""
    environment = find.environment(context, request)
    reports = reporting(context.catalog.options, context.catalog.platforms, environment)
    if not reports.enhanced:
        raise errors.HealthNotSupported
    clock = context.clock
    return health_context(environment, reports, clock, context.now), _fleet(context, environment)


def _fleet(context: Context, environment: Environment) -> Fleet:
    """The instances; raises Conflict if a worker has changed the environment since, so that the call is retried."""
    fleet = context.world.fleet(environment.id)
    after = context.world.environment(environment.id)
    if after is None or after.generation != environment.generation:
        raise Conflict
    return fleet


def _attributes(names: Iterable[str] | None) -> frozenset[str]:
    attributes = frozenset(names or ())
    return ALL if "All" in attributes else attributes


def _sort_key(instance: Instance) -> SortKey:
    return (instance.launched_at, instance.id)
