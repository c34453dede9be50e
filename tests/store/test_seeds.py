"""Whose ids are drawn again after a restart, and whose never are."""

import pytest

from beanpole.command import assembly
from beanpole.command.serve import serve
from beanpole.model.time.clock import Clock
from beanpole.store.connection import embedded
from beanpole.store.store import Store
from beanpole.testing import ACCOUNT, REGION


def environment_id(store: Store) -> str:
    return store.world(ACCOUNT, REGION).ids(store.clocks.get(ACCOUNT).seed).environment_id()


def test_a_seed_that_is_given_draws_the_same_ids_on_every_server() -> None:
    assert environment_id(Store(embedded(), Clock(seed=3))) == environment_id(Store(embedded(), Clock(seed=3)))


def test_a_seed_by_chance_draws_other_ids_after_a_restart_and_a_reset() -> None:
    store = Store(embedded(), Clock(), seeds_by_chance=True)
    before = environment_id(store)
    assert store.clocks.get(ACCOUNT) == store.clocks.get(ACCOUNT)
    store.reset(ACCOUNT)
    after = environment_id(store)
    restarted = environment_id(Store(embedded(), Clock(), seeds_by_chance=True))
    assert len({before, after, restarted}) == 3


def test_all_processes_on_one_redis_have_the_seed_of_the_first() -> None:
    redis = embedded()
    first, second = (Store(redis, Clock(), seeds_by_chance=True) for _ in range(2))
    assert first.clocks.get(ACCOUNT).seed == second.clocks.get(ACCOUNT).seed


@pytest.mark.parametrize(
    ("options", "by_chance"),
    [({}, True), ({"seed": "0"}, False), ({"clock": "manual"}, False), ({"clock": "manual", "seed": "5"}, False)],
)
def test_a_server_takes_its_seeds_by_chance_on_a_wall_clock_without_one(
    options: dict[str, str], by_chance: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Assembled(Exception):
        pass

    def assemble(settings: assembly.StateSettings, *_: object) -> None:
        raise Assembled(settings)

    monkeypatch.setattr(assembly, "service", assemble)
    with pytest.raises(Assembled) as caught:
        serve.main([], standalone_mode=False, default_map={"companions": ["off"], **options})
    (settings,) = caught.value.args
    assert settings.seeds_by_chance == by_chance
    assert settings.clock.seed == int(options.get("seed", 0))
