"""Between the store and the plans: what a plan is made from beside what is played anyway."""

from msgspec.structs import replace

from beanpole.model.applications.contents import Contents
from beanpole.model.plan.plan import Scheduled, Situation
from beanpole.store.world import World
from beanpole_workers.engine.advance import Planner
from beanpole_workers.plans import make

DEPLOYING = ("launch", "deploy", "configure", "rebuild")  # the activities that put a version on instances


def planner(world: World) -> Planner:
    """Plans are made with a look at the versions that are deployed by them; nothing else asks for those."""

    def plan(situation: Situation) -> tuple[Scheduled, ...]:
        return make.make(replace(situation, contents=_contents(world, situation)))

    return plan


def _contents(world: World, situation: Situation) -> dict[str, Contents]:
    environment, activity = situation.environment, situation.activity
    if activity.kind not in DEPLOYING:
        return {}
    labels = {it for it in (environment.version_label, activity.version_label) if it is not None}
    versions = (world.application_version(environment.application_name, it) for it in sorted(labels))
    return {it.version_label: it.contents for it in versions if it is not None and it.contents is not None}
