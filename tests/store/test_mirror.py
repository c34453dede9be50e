"""A process's copy of a kind follows every change of it, however the change was made and how many there were."""

import random

import pytest
from msgspec.structs import replace

from beanpole.model.changes.change import Change
from beanpole.model.environment.environment import Environment
from beanpole.store import restoration, snapshot
from beanpole.store.mirror import Mirror
from beanpole.store.store import Store
from beanpole.store.world import NAMES, ORDERS, World
from engine.stories import environment

ACCOUNT, REGION = "123456789012", "us-east-1"


def fresh(world: World) -> Mirror[Environment]:
    """A copy that has read nothing yet."""
    redis, order = world._backend.redis, ORDERS[Environment]
    return Mirror(redis, world.keys, "environment", order, NAMES[Environment])


def put(world: World, *names: str, **members: object) -> None:
    """Write environments of these names: anew, or with some members changed."""
    for name in names:
        entity = world.environment(f"e-{name}") or environment("single", name, f"e-{name}")
        world.commit(Change(puts=(replace(entity, **members),)))


def drop(world: World, *names: str) -> None:
    """Delete those of these names that are there."""
    for name in names:
        if (entity := world.environment(f"e-{name}")) is not None:
            world.commit(Change(deletes=(entity,)))


def same(world: World, copy: Mirror[Environment]) -> None:
    """Compare the copy with one that has read everything anew."""
    new = fresh(world)
    assert copy.all() == new.all()
    names = {environment.environment_name for environment in new.all()} | {"gone"}
    assert copy.named(names) == new.named(names)
    assert [copy.settled(environment.id) for environment in new.all()] == list(new.all())


def test_a_copy_follows_changes_in_any_order(store: Store) -> None:
    world, chance = store.world(ACCOUNT, REGION), random.Random(7)
    copy = fresh(world)
    names = [f"env-{number:02}" for number in range(30)]
    for _ in range(40):
        some = chance.sample(names, chance.choice((1, 1, 2, 20)))
        match chance.choice(("put", "rename", "age", "drop")):
            case "put":
                put(world, *some, description="Red")
            case "rename":
                put(world, *some, environment_name=f"other-{chance.randint(0, 3)}")
            case "age":
                put(world, *some, date_created=chance.randint(0, 10**12), status=chance.choice(("Ready", "Terminated")))
            case "drop":
                drop(world, *some)
        same(world, copy)


def test_more_changes_than_are_listed_are_found(store: Store) -> None:
    world = store.world(ACCOUNT, REGION)
    copy = fresh(world)
    put(world, "first", "second")
    same(world, copy)
    for number in range(300):
        put(world, "second", status="Ready" if number % 2 else "Updating")
    drop(world, "first")
    for number in range(200):
        put(world, "second", status="Ready" if number % 2 else "Updating")
    same(world, copy)


def test_a_copy_outlives_neither_a_reset_nor_an_import(store: Store) -> None:
    world = store.world(ACCOUNT, REGION)
    copy = fresh(world)
    put(world, "first", "second")
    same(world, copy)
    state = snapshot.take(store, ACCOUNT)
    put(world, "first", description="Red")
    same(world, copy)
    restoration.restore(store, state)
    put(store.world(ACCOUNT, REGION), "second", description="Yellow")
    same(store.world(ACCOUNT, REGION), copy)
    store.reset(ACCOUNT)
    put(store.world(ACCOUNT, REGION), "first")
    same(store.world(ACCOUNT, REGION), copy)
    store.reset(ACCOUNT)
    same(store.world(ACCOUNT, REGION), copy)


def test_after_a_change_only_what_has_changed_is_read(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    world = store.world(ACCOUNT, REGION)
    put(world, *(f"env-{number:03}" for number in range(100)))
    copy = fresh(world)
    copy.all()
    put(world, "env-050", description="Red")
    read: list[int] = []
    hmget = store.redis.hmget
    monkeypatch.setattr(store.redis, "hmget", lambda key, ids: read.append(len(ids)) or hmget(key, ids))
    monkeypatch.setattr(store.redis, "hgetall", lambda _: pytest.fail("all generations are read"))
    copy.all()
    assert read == [1]
