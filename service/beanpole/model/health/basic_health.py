"""Basic health: a colour by the checks of the load balancer, or by those of EC2 where there is none.

Yellow is a failed check, red three in a row or a resource that is missing (developer guide,
using-features.healthstatus); so health gets worse by one colour at a time, and better at once.
"""

from beanpole.model.environment.fleet import Fleet
from beanpole.model.environment.instance import Instance
from beanpole.model.environment.status import Color
from beanpole.model.health.census import members
from beanpole.model.health.context import HealthContext
from beanpole.model.health.instance_health import is_executing

WORSE: dict[Color, Color] = {"Green": "Yellow", "Yellow": "Red"}
ORDER: tuple[Color, ...] = ("Green", "Yellow", "Red")


def observed(context: HealthContext, fleet: Fleet) -> Color | None:
    """The colour at an instant; None while there are no checks: the environment is being changed, or is terminated."""
    environment = context.environment
    if not environment.live or context.since is not None or environment.status in ("Launching", "Terminating"):
        return None
    instances = members(fleet)
    if not instances and environment.is_undeleted:
        return "Grey"
    passing = sum(passes(instance, context) for instance in instances)
    if not passing or environment.resource("auto-scaling-group") is None:
        return "Red"
    return "Green" if passing == len(instances) else "Yellow"


def passes(instance: Instance, context: HealthContext) -> bool:
    """Tell whether an instance passes the checks: EC2's, and where there is a load balancer its own too."""
    if instance.failed or not instance.sends_data or is_executing(instance, context):
        return False
    return context.reporting.balancer is None or (instance.passes_health_checks and instance.in_service)


def following(published: Color | None, color: Color) -> Color:
    """The colour to publish next, on the way from the published one to the observed one."""
    if published in WORSE and ORDER.index(color) > ORDER.index(published):
        return WORSE[published]
    return color


def sinks(published: Color | None, color: Color) -> bool:
    """Tell whether the observed colour is worse than the published one."""
    return published in WORSE and ORDER.index(color) > ORDER.index(published)
