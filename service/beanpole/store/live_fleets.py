"""The instances of environments as these were read; those that have not changed come from a cache."""

from collections.abc import Sequence

from beanpole.model.environment.environment import Environment
from beanpole.model.environment.instance import Instance
from beanpole.store import codec
from beanpole.store.commit import Conflict
from beanpole.store.connection import Connection
from beanpole.store.fleet_cache import ReadFleetCache
from beanpole.store.keys import WorldKeys


def read(
    redis: Connection, keys: WorldKeys, cache: ReadFleetCache, environments: Sequence[Environment]
) -> list[tuple[Environment, tuple[Instance, ...]]]:
    """Each environment with its instances; raises Conflict if one that is not cached has changed since it was read."""
    fleets = [cache.get(environment) for environment in environments]
    pipeline = redis.pipeline(transaction=True)
    for environment, fleet in zip(environments, fleets, strict=True):
        if fleet is None:
            pipeline.hget(keys.generations(codec.KINDS[Environment]), environment.id)
            pipeline.hvals(keys.fleet(environment.id))
    answers = iter(pipeline.execute() if None in fleets else ())
    pairs = []
    for environment, fleet in zip(environments, fleets, strict=True):
        if fleet is None:
            generation, blobs = next(answers), next(answers)
            if generation is None or int(generation) != environment.generation:
                raise Conflict
            fleet = tuple(codec.decode_fleet(blobs).values())
            cache.keep(environment, fleet)
        pairs.append((environment, fleet))
    return pairs
