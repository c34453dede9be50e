"""A fleet that was committed or read stays cached as long as its environment does not change."""

from msgspec.structs import replace

from beanpole.model.health.counted_fleet import CountedFleet
from beanpole.store import fleet_cache
from beanpole.store.fleet_cache import FleetCache, ReadFleetCache
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


def test_a_fleet_that_was_read_is_cached_for_one_generation():
    environment, cache = replace(World().environment, generation=7), ReadFleetCache()
    cache.keep(environment, (1, 2))
    assert [cache.get(environment) for _ in range(2)] == [(1, 2)] * 2
    assert cache.get(replace(environment, generation=8)) is None
    cache.keep(replace(environment, generation=8), ())
    assert (cache.get(replace(environment, generation=8)), cache.get(environment)) == ((), None)
    cache.forget("222222222222")
    assert cache.get(replace(environment, generation=8)) == ()
    cache.forget(environment.account_id)
    assert cache.get(replace(environment, generation=8)) is None


def test_the_fleets_that_were_read_the_longest_ago_are_evicted(monkeypatch):
    monkeypatch.setattr(fleet_cache, "MOST", 4)
    environment, cache = replace(World().environment, generation=1), ReadFleetCache()
    names = [replace(environment, environment_id=f"e-{number}") for number in range(4)]
    for named in names[:2]:
        cache.keep(named, (1, 2))
    assert cache.get(names[0]) == (1, 2)
    cache.keep(names[2], (1, 2))
    assert [cache.get(named) for named in names[:3]] == [(1, 2), None, (1, 2)]
    cache.keep(names[3], (1,) * 5)
    assert [cache.get(named) for named in names] == [(1, 2), None, (1, 2), None]
