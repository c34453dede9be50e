"""A fleet that was committed is known as long as its environment is as it was then."""

from msgspec.structs import replace

from beanpole.model.health.counted_fleet import Roster
from beanpole.store import fleet_cache
from beanpole.store.fleet_cache import Rosters
from deployments.stories import World


def test_it_is_the_fleet_of_one_generation_and_taken_once():
    environment, known, roster = World().environment, Rosters(), Roster({})
    known.keep(environment, 7, roster)
    assert known.take(replace(environment, generation=8)) is None
    known.keep(environment, 7, roster)
    assert known.take(replace(environment, generation=7)) is roster
    assert known.take(replace(environment, generation=7)) is None


def test_the_oldest_go_when_there_are_too_many(monkeypatch):
    monkeypatch.setattr(fleet_cache, "MOST", 3)
    environment, known = replace(World().environment, generation=1), Rosters()
    fleet = Roster({"i-1": None, "i-2": None})
    for number in range(3):
        known.keep(replace(environment, environment_id=f"e-{number}"), 1, fleet)
    found = [known.take(replace(environment, environment_id=f"e-{number}")) for number in range(3)]
    assert found == [None, None, fleet]
