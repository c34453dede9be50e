"""The deployment policies: each says its steps in the order in which the developer guide says them.

A policy knows nothing of time: the plan gives each step its duration, by the step's name.
"""

from collections.abc import Callable, Iterator

from msgspec import Struct

from beanpole.model.instance import Doing
from beanpole_workers.deployments.steps import Deploy, Step


class Deployment(Struct, frozen=True):
    """A version that is to run on instances."""

    instances: tuple[str, ...]
    version_label: str | None
    deployment_id: int
    doing: Doing = "deploy"


Policy = Callable[[Deployment], Iterator[Step]]


def all_at_once(deployment: Deployment) -> Iterator[Step]:
    """Every instance at the same time; none is taken out of service first, and nobody waits for health."""
    yield Deploy(deployment.instances, deployment.version_label, deployment.deployment_id, deployment.doing)


def leave_as_is(deployment: Deployment) -> Iterator[Step]:
    """Nothing is undone: what was deployed stays."""
    yield from ()


POLICIES: dict[str, Policy] = {"AllAtOnce": all_at_once}
ROLLBACKS: dict[str, Policy] = {"AllAtOnce": leave_as_is}


def policy(name: str | None) -> Policy:
    """The policy of a DeploymentPolicy setting; those that are not built yet deploy all at once."""
    return POLICIES.get(name or "AllAtOnce", all_at_once)
