"""A running census always agrees with a full one, however a fleet and its context change."""

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from beanpole.model.environment.fleet import FleetChange, by_launch
from beanpole.model.health.census import census, members
from beanpole.model.health.counted_fleet import CountedFleet, RunningCensus
from model.fleets import environment, fleets, instances, looks

NAMES = st.sampled_from([f"i-{place}" for place in range(14)])
CHANGES = st.lists(st.tuples(NAMES, st.none() | instances()), max_size=4)


@given(fleet=fleets, stages=st.lists(st.tuples(CHANGES, looks), min_size=1, max_size=5))
def test_a_running_census_counts_as_a_full_one_does(fleet, stages):
    running_census, there = RunningCensus(), dict(fleet)
    for changes, look in stages:
        for id_, instance in changes:
            there[id_] = instance and replace(instance, id=id_)
        there = {id_: instance for id_, instance in there.items() if instance is not None}
        running_census.note(id_ for id_, _ in changes)
        assert running_census.census(look, there) == census(members(there), look)


@given(fleet=fleets, changes=CHANGES)
def test_a_counted_fleet_after_a_change_is_the_fleet_that_the_store_reads(fleet, changes):
    touched = {id_: instance and replace(instance, id=id_) for id_, instance in changes}
    there = {id_: instance for id_, instance in {**fleet, **touched}.items() if instance is not None}
    removals = tuple(id_ for id_, instance in touched.items() if instance is None)
    counted_fleet = CountedFleet(by_launch(fleet.values()))
    puts = tuple(instance for instance in touched.values() if instance is not None)
    after = counted_fleet.after(FleetChange(environment().id, puts, removals))
    assert dict(after) == there
    assert {instance.launched_at for instance in after.values()} == {
        instance.launched_at for instance in there.values()
    }
    assert after.running_census is counted_fleet.running_census
    assert counted_fleet.after(None) is counted_fleet
