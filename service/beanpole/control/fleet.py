"""The route of a fleet: the instances of an environment, its plan, and the plan's current step."""

from collections import Counter

from flask import Response
from msgspec.structs import asdict

from beanpole.control import plan
from beanpole.control.instants import format_instant
from beanpole.control.problems import as_json
from beanpole.control.scope import Scope
from beanpole.model.environment.environment import Environment
from beanpole.model.environment.instance import Instance
from beanpole.model.faults.symptoms import Symptom
from beanpole.model.traffic.answerers import Side, sides
from beanpole.store.world import World


def get(scope: Scope, name: str) -> Response:
    """The fleet and the plan of the environment with that name or id."""
    environment = scope.environment(name)
    counts = scope.store.access_log.counts(scope.world.keys, environment.id)
    fleet = scope.world.fleet(environment.id)
    instances = [_describe(instance) | {"requests": counts.get(instance.id, {})} for instance in fleet.values()]
    shares = [_share(side) for side in sides(environment, fleet)]
    return as_json({"instances": instances, "shares": shares, "plan": _plan(scope.world, environment)})


def _describe(instance: Instance) -> dict[str, object]:
    instants = {"launched_at": instance.launched_at, "deployed_at": instance.deployed_at}
    dated = {name: format_instant(instant) for name, instant in instants.items()}
    return asdict(instance) | dated | {"symptoms": [_describe_symptom(symptom) for symptom in instance.symptoms]}


def _describe_symptom(symptom: Symptom) -> dict[str, object]:
    document = asdict(symptom)
    del document["severity"]
    return document | symptom.members


def _share(side: Side) -> dict[str, object]:
    """A side that gets requests, and how many of its instances run each version."""
    return {"percent": side.percent, "versions": Counter(instance.version_label or "" for instance in side.instances)}


def _plan(world: World, environment: Environment) -> dict[str, object] | None:
    """The plan of the environment's activity; None without an activity."""
    activity = environment.activity
    if activity is None:
        return None
    return plan.describe(activity, world.plan(environment.id) if activity.steps else ())
