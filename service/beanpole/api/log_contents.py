"""The contents of the log files that samples hold."""

from collections.abc import Callable

from beanpole.catalog.catalog import Catalog
from beanpole.model.environment.environment_info import EnvironmentInfo
from beanpole.model.logs import instance_logs
from beanpole.model.logs.view import View
from beanpole.store import log_views
from beanpole.store.store import Store
from beanpole.store.world import World

FORMS: dict[str, Callable[[View], bytes]] = {"tail": instance_logs.tail, "bundle": instance_logs.bundle}


def content(store: Store, world: World, catalog: Catalog, info: EnvironmentInfo, instance_id: str) -> bytes | None:
    """The log file of an instance in a sample; None if the instance is not in it."""
    environment = world.environment(info.environment_id)
    instance = next((instance for instance in info.instances if instance.id == instance_id), None)
    if environment is None or instance is None:
        return None
    stack = catalog.platforms.of(environment.solution_stack_name, environment.platform_arn)
    traits = stack.traits if stack else ()
    view = log_views.view(store, world, environment, instance, traits, info.sampled_at, info.reports)
    return instance_logs.analysis(view, info.instances) if info.info_type == "analyze" else FORMS[info.info_type](view)
