"""Notices of accounts that the sender's process has never met."""

from beanpole.api.app import create_app
from beanpole.model.time.clock import Clock
from beanpole.store.store import Store
from control.calling import Caller
from instances.notices import Companion, create, sender

STRANGER = "222222222222"


def test_an_account_that_no_process_has_met_is_found_without_a_search_of_all_keys(fresh_world, monkeypatch):
    world, companion = fresh_world(), Companion()
    create(world)
    notices = sender(world, companion.publishing)
    assert notices.look()
    sent, redis = len(companion.entries), world.store.redis
    monkeypatch.setattr(redis, "scan_iter", None)
    another = Store(redis, Clock("manual"))
    Caller(create_app(another, world.catalog).test_client(), another, STRANGER).launch()
    assert notices.look(frozenset({STRANGER}))
    assert len(companion.entries) == sent + 1
