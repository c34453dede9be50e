"""The state of an account, kept by name: going back to it leaves nothing of what came after."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from beanpole.files.object_store import Unreadable
from beanpole.testing import ACCOUNT, Beanstalk
from environments import STACK


def ask(world: Beanstalk, method: str, path: str, body: bytes | None = None, status: int = 200) -> Any:
    answer = world.app.test_client().open(
        f"/_beanpole/{path}?account={ACCOUNT}",
        method=method,
        data=body,
        content_type=None if body is None else "application/json",
    )
    assert answer.status_code == status, answer.text
    return answer


def state(world: Beanstalk) -> bytes:
    return bytes(ask(world, "GET", "state").data)


@pytest.fixture
def shop(beanstalk: Beanstalk) -> Beanstalk:
    """An environment in the middle of its launch, and an armed fault."""
    beanstalk.client.create_application(ApplicationName="shop")
    launch(beanstalk, "shop-web")
    beanstalk.advance(60)
    beanstalk.arm("delay", seconds=0, times=3)
    return beanstalk


def launch(world: Beanstalk, name: str) -> None:
    world.client.create_environment(ApplicationName="shop", EnvironmentName=name, SolutionStackName=STACK)


def live(world: Beanstalk) -> None:
    """Some hours with calls that succeed and one that fails."""
    world.until_ready("shop-web")
    launch(world, "shop-api")
    with pytest.raises(ClientError):
        launch(world, "shop-api")
    world.advance(3600)
    world.client.terminate_environment(EnvironmentName="shop-web")
    world.advance(3600)


def test_going_back_restores_every_byte_and_what_follows_is_the_same_again(shop: Beanstalk) -> None:
    ask(shop, "PUT", "snapshots/begun", status=201)
    before = state(shop)
    live(shop)
    after, calls = state(shop), len(shop.calls())
    assert ask(shop, "POST", "snapshots/begun").get_json()["now"] == "2026-01-01T00:01:00.000Z"
    assert state(shop) == before == ask(shop, "GET", "snapshots/begun").data
    live(shop)
    assert state(shop) == after
    assert len(shop.calls()) > calls


def test_snapshots_are_listed_and_forgotten(shop: Beanstalk) -> None:
    ask(shop, "PUT", "snapshots/one", status=201)
    shop.until_ready("shop-web")
    ask(shop, "PUT", "snapshots/two", status=201)
    ask(shop, "POST", "snapshots/one")
    rows = ask(shop, "GET", "snapshots").get_json()["snapshots"]
    assert [(about["name"], about["environments"]) for about in rows] == [("one", 1), ("two", 1)]
    assert rows[0]["now"] < rows[1]["now"]
    assert rows[0]["events"] < rows[1]["events"]
    ask(shop, "DELETE", "snapshots/one")
    assert [about["name"] for about in ask(shop, "GET", "snapshots").get_json()["snapshots"]] == ["two"]
    for method in ("GET", "POST", "DELETE"):
        detail = ask(shop, method, "snapshots/one", status=404).get_json()["detail"]
        assert detail == "There is no snapshot one."


def test_a_snapshot_is_downloaded_and_uploaded(shop: Beanstalk) -> None:
    ask(shop, "PUT", "snapshots/one", status=201)
    document = ask(shop, "GET", "snapshots/one").data
    shop.store.reset(ACCOUNT)
    assert ask(shop, "GET", "snapshots").get_json()["snapshots"] == []
    ask(shop, "PUT", "snapshots/again", document, status=201)
    ask(shop, "POST", "snapshots/again")
    assert state(shop) == document


def test_what_is_no_state_of_the_account_is_not_kept(shop: Beanstalk) -> None:
    other = json.dumps(json.loads(state(shop)) | {"account_id": "222222222222"}).encode()
    for document in (b"{", b"[]", other):
        ask(shop, "PUT", "snapshots/bad", document, status=400)
    for name in ("%2e", "-x", "a b", "x%0a"):
        ask(shop, "PUT", f"snapshots/{name}", status=400)
    assert ask(shop, "GET", "snapshots").get_json()["snapshots"] == []


def test_a_test_goes_back_as_often_as_it_wants(shop: Beanstalk) -> None:
    saved, begun = shop.snapshot(), shop.now
    shop.until_ready("shop-web")
    first = [(event.at, event.message, event.request_id) for event in shop.events()]
    for _ in range(2):
        shop.restore(saved)
        assert shop.now == begun
        shop.until_ready("shop-web")
        assert [(event.at, event.message, event.request_id) for event in shop.events()] == first


def test_the_objects_of_a_test_go_back_too(beanstalk_with_objects: Beanstalk) -> None:
    world = beanstalk_with_objects
    world.objects.write("bundles", "one", b"1")
    saved = world.snapshot()
    world.objects.write("bundles", "one", b"2")
    world.objects.write("bundles", "two", b"2")
    world.restore(saved)
    assert world.objects.read("bundles", "one") == b"1"
    with pytest.raises(Unreadable):
        world.objects.read("bundles", "two")
