"""The registry of a worker environment: the table in which its daemons elect the one that sends periodic tasks.

It is AWSEBWorkerCronLeaderRegistry of the stack (developer guide, customize-containers-format-resources-eb). No state
has it: it is there from the first resource of a worker's stack until the last (docs/facts.md#workers-registry).
"""

from beanpole.model.bundles.template import TemplateResource
from beanpole.model.environment import custom_resources
from beanpole.model.environment.custom_resources import TABLE, CustomResource
from beanpole.model.environment.environment import Environment
from beanpole.model.names.ids import Ids

LOGICAL_ID = "AWSEBWorkerCronLeaderRegistry"


def registry(environment: Environment) -> CustomResource | None:
    """The table of a worker environment, in the form of a resource with a declaration; None without one."""
    if not environment.is_worker or not environment.resources:
        return None
    declared = TemplateResource(LOGICAL_ID, TABLE)
    ids = Ids("worker registry", environment.id)
    name = custom_resources.physical_id(environment.resource_scope, ids, declared, {})
    return CustomResource(declared, name, environment.date_created)
