"""A committed fleet stays cached as long as its environment does not change."""

from msgspec.structs import replace

from beanpole.model.health.counted_fleet import CountedFleet
from beanpole.store import fleet_cache
from beanpole.store.fleet_cache import FleetCache
from engine.stories import World


def test_a_fleet_is_cached_for_one_generation_and_taken_once():
    environment, cache, counted = World().environment, FleetCache(), CountedFleet({})
    cache.keep(environment, 7, counted)
    assert cache.take(replace(environment, generation=8)) is None
    cache.keep(environment, 7, counted)
    assert cache.take(replace(environment, generation=7)) is counted
    assert cache.take(replace(environment, generation=7)) is None


def test_the_oldest_fleets_are_evicted(monkeypatch):
    monkeypatch.setattr(fleet_cache, "MOST", 3)
    environment, cache = replace(World().environment, generation=1), FleetCache()
    fleet = CountedFleet({"i-1": None, "i-2": None})
    for number in range(3):
        cache.keep(replace(environment, environment_id=f"e-{number}"), 1, fleet)
    fleets = [cache.take(replace(environment, environment_id=f"e-{number}")) for number in range(3)]
    assert fleets == [None, None, fleet]


def test_empty_fleets_are_evicted_and_those_of_an_account_are_dropped(monkeypatch):
    monkeypatch.setattr(fleet_cache, "MOST", 3)
    environment, cache, empty = replace(World().environment, generation=1), FleetCache(), CountedFleet({})
    names = [replace(environment, environment_id=f"e-{number}") for number in range(5)]
    for named in names:
        cache.keep(named, 1, empty)
    assert [cache.take(named) for named in names] == [None, None, empty, empty, empty]
    other = replace(environment, account_id="222222222222")
    for named in (environment, other):
        cache.keep(named, 1, empty)
    cache.forget(environment.account_id)
    assert (cache.take(environment), cache.take(other)) == (None, empty)
    cache.keep(other, 1, empty)
    cache.forget()
    assert cache.take(other) is None
