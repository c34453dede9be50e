"""New versions and environments that are not found for a while, if a fault says so.

AWS answers from copies that lag behind: a version or an environment that a call has created may be unknown to the next
call. Only calls that look such a thing up, and that could not create it twice, are hit.
"""

from collections.abc import Iterable, Mapping

from beanpole.model.applications.application import ApplicationVersion
from beanpole.model.environment.environment import Environment
from beanpole.model.faults.fault import Fault

WHAT = "not-found-yet"

# The kinds of what each call looks up.
LOOKUPS: Mapping[str, tuple[type[ApplicationVersion | Environment], ...]] = {
    "AbortEnvironmentUpdate": (Environment,),
    "CreateEnvironment": (ApplicationVersion,),
    "DescribeApplicationVersions": (ApplicationVersion,),
    "DescribeConfigurationSettings": (Environment,),
    "DescribeEnvironmentHealth": (Environment,),
    "DescribeEnvironmentResources": (Environment,),
    "DescribeEnvironments": (Environment,),
    "DescribeInstancesHealth": (Environment,),
    "RebuildEnvironment": (Environment,),
    "RequestEnvironmentInfo": (Environment,),
    "RestartAppServer": (Environment,),
    "RetrieveEnvironmentInfo": (Environment,),
    "SwapEnvironmentCNAMEs": (Environment,),
    "TerminateEnvironment": (Environment,),
    "UpdateApplicationVersion": (ApplicationVersion,),
    "UpdateEnvironment": (ApplicationVersion, Environment),
}


def not_found(
    fault: Fault, operation: str, now: int, entities: Iterable[ApplicationVersion | Environment]
) -> frozenset[str]:
    """The ids of what a call does not find because of a fault."""
    kinds = LOOKUPS.get(operation, ()) if fault.where.operation in (None, operation) else ()
    return frozenset(
        entity.id
        for entity in entities
        if isinstance(entity, kinds)
        and now - entity.date_created < (fault.within or 0.0) * 1000
        and _is_selected(fault, entity)
    )


def _is_selected(fault: Fault, entity: ApplicationVersion | Environment) -> bool:
    """Tell whether the fault is for the entity; one that names an environment alone hits no version, and vice versa."""
    environment, label = fault.where.environment, fault.where.version_label
    if environment is None and label is None:
        return True
    if isinstance(entity, Environment):
        return environment in (entity.environment_name, entity.environment_id)
    return label == entity.version_label
