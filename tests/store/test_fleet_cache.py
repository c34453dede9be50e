"""A fleet that was committed is known as long as its environment is as it was then."""

from msgspec.structs import replace

from beanpole.model.health.counted_fleet import CountedFleet
from beanpole.store import fleet_cache
from beanpole.store.fleet_cache import FleetCache
from engine.stories import World


def test_it_is_the_fleet_of_one_generation_and_taken_once():
    environment, known, counted = World().environment, FleetCache(), CountedFleet({})
    known.keep(environment, 7, counted)
    assert known.take(replace(environment, generation=8)) is None
    known.keep(environment, 7, counted)
    assert known.take(replace(environment, generation=7)) is counted
    assert known.take(replace(environment, generation=7)) is None


def test_the_oldest_go_when_there_are_too_many(monkeypatch):
    monkeypatch.setattr(fleet_cache, "MOST", 3)
    environment, known = replace(World().environment, generation=1), FleetCache()
    fleet = CountedFleet({"i-1": None, "i-2": None})
    for number in range(3):
        known.keep(replace(environment, environment_id=f"e-{number}"), 1, fleet)
    found = [known.take(replace(environment, environment_id=f"e-{number}")) for number in range(3)]
    assert found == [None, None, fleet]
