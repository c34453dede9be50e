"""A law of groups: whatever links there are, each environment is launched after those it links to, and knows them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from beanpole.model.applications.manifest import Manifest
from beanpole.model.changes.change import Change
from beanpole.model.environment.link import Link
from beanpole.model.environment.tiers import WEB, WORKER
from beanpole.model.options.definitions import OptionSetting
from beanpole.testing import ACCOUNT, REGION
from environments import STACK
from examples import examples
from options import PROPERTIES

SINGLE = OptionSetting("aws:elasticbeanstalk:environment", "EnvironmentType", "SingleInstance")


@st.composite
def groups(draw):
    """Tiers of some environments, and links from later ones to earlier ones, in any order of asking."""
    size = draw(st.integers(1, 5))
    workers = [draw(st.booleans()) for _ in range(size)]
    linked = {number: sorted(draw(st.sets(st.integers(0, number - 1)))) if number else [] for number in range(size)}
    return workers, linked, draw(st.permutations(range(size))), draw(st.integers(7, 200))


def bundle(world, number, worker, targets):
    label = f"part-{number}"
    world.client.create_application_version(ApplicationName="shop", VersionLabel=label)
    there = world.store.world(ACCOUNT, REGION)
    links = tuple(Link(f"PART_{target}", f"part-{target}+") for target in targets)
    tier, options = (WORKER, ()) if worker else (WEB, (SINGLE,))
    manifest = Manifest(f"part-{number}+", STACK, tier=tier, links=links, option_settings=options)
    there.commit(Change(puts=(replace(there.application_version("shop", label), manifest=manifest),)))


@examples(20, one_world=True)
@given(group=groups())
@pytest.mark.parametrize("twice", [False, True])
def test_each_is_ready_after_those_it_links_to(fresh_world, group, twice):
    workers, linked, order, cut = group
    world = fresh_world()
    world.client.create_application(ApplicationName="shop")
    for number, worker in enumerate(workers):
        bundle(world, number, worker, linked[number])
    labels = [f"part-{number}" for number in order]
    for _ in range(2 if twice else 1):
        mark = len(world.events())
        world.client.compose_environments(ApplicationName="shop", GroupName="g", VersionLabels=labels)
        for _ in range(0, 400 * len(workers), cut):
            world.advance(cut)
    ended = [
        int(event.environment_name.split("-")[1])
        for event in world.events()[mark:]
        if event.message.startswith(("Successfully launched", "Environment update completed"))
    ]
    assert sorted(ended) == list(range(len(workers)))
    there = world.store.world(ACCOUNT, REGION)
    by_name = {environment.environment_name: environment for environment in there.environments()}
    assert {environment.status for environment in by_name.values()} == {"Ready"}
    for number, targets in linked.items():
        assert all(ended.index(target) < ended.index(number) for target in targets)
        own = {
            setting.option_name: setting.value
            for setting in by_name[f"part-{number}-g"].settings
            if setting.namespace == PROPERTIES
        }
        assert own.keys() == {f"PART_{part}" for part in targets}
        for index in targets:
            target = by_name[f"part-{index}-g"]
            address = target.resource("worker-queue").endpoint if workers[index] else target.cname
            assert own[f"PART_{index}"] == address
