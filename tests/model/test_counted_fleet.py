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
        for id_, it in changes:
            there[id_] = it and replace(it, id=id_)
        there = {id_: it for id_, it in there.items() if it is not None}
        running_census.note(id_ for id_, _ in changes)
        assert running_census.census(look, there) == census(members(there), look)


@given(fleet=fleets, changes=CHANGES)
def test_a_counted_fleet_after_a_change_is_the_fleet_that_the_store_reads(fleet, changes):
    touched = {id_: it and replace(it, id=id_) for id_, it in changes}
    there = {id_: it for id_, it in {**fleet, **touched}.items() if it is not None}
    gone = tuple(id_ for id_, it in touched.items() if it is None)
    counted = CountedFleet(by_launch(fleet.values()))
    puts = tuple(it for it in touched.values() if it is not None)
    after = counted.after(FleetChange(environment().id, puts, gone))
    assert dict(after) == there
    assert {it.launched_at for it in after.values()} == {it.launched_at for it in there.values()}
    assert after.running_census is counted.running_census
    assert counted.after(None) is counted
