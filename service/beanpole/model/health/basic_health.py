"""Basic health: a colour by the checks of the load balancer, or by those of EC2 where there is none.

Yellow is a failed check, red three in a row or a resource that is missing (developer guide,
using-features.healthstatus); so health gets worse a colour at a time, and better at once.
"""

from beanpole.model.environment.fleet import Fleet
from beanpole.model.environment.instance import Instance
from beanpole.model.environment.status import Color
from beanpole.model.health.context import HealthContext
from beanpole.model.health.instance_health import is_executing
from beanpole.model.health.observation import members

WORSE: dict[Color, Color] = {"Green": "Yellow", "Yellow": "Red"}
ORDER: tuple[Color, ...] = ("Green", "Yellow", "Red")


def observed(look: HealthContext, fleet: Fleet) -> Color | None:
    """The colour at an instant; None while the environment is being changed or is gone, when nobody checks."""
    environment = look.environment
    if not environment.live or look.since is not None or environment.status in ("Launching", "Terminating"):
        return None
    there = members(fleet)
    passing = sum(passes(it, look) for it in there)
    if not passing or environment.resource("auto-scaling-group") is None:
        return "Red"
    return "Green" if passing == len(there) else "Yellow"


def passes(instance: Instance, look: HealthContext) -> bool:
    """EC2 sees whether an instance lives; a load balancer, whether the application answers, too."""
    if instance.failed or not instance.sends_data or is_executing(instance, look):
        return False
    return look.reporting.balancer is None or (instance.passes_health_checks and instance.in_service)


def following(published: Color | None, seen: Color) -> Color:
    """The colour to be published next on the way to the one that is seen."""
    if published in WORSE and ORDER.index(seen) > ORDER.index(published):
        return WORSE[published]
    return seen


def sinks(published: Color | None, seen: Color) -> bool:
    """Health gets worse than it was."""
    return published in WORSE and ORDER.index(seen) > ORDER.index(published)
