"""The document of a world: written and read in pieces, it is what it would be in one go."""

import sys

import msgspec
import pytest

from beanpole.model.events.event import Event
from beanpole.model.time.clock import Clock
from beanpole.store import snapshot, world_document
from beanpole.store.snapshot import Region, Snapshot
from beanpole.testing import ACCOUNT, Beanstalk
from environments import STACK

EVENTS = tuple(Event(at, f"event {at}", application_name="shop") for at in range(2_001))


@pytest.fixture(scope="module")
def world() -> Snapshot:
    """A world with an environment on its way, and more events than are written in one go."""
    beanstalk = Beanstalk()
    beanstalk.client.create_application(ApplicationName="shop")
    beanstalk.client.create_environment(ApplicationName="shop", EnvironmentName="web-1", SolutionStackName=STACK)
    beanstalk.advance(150)
    state = snapshot.take(beanstalk.store, ACCOUNT)
    (region,) = state.regions.values()
    assert region.fleets
    assert region.plans
    more = msgspec.structs.replace(region, events=EVENTS)
    return msgspec.structs.replace(state, regions={**state.regions, "eu-west-1": Region(), "eu-west-2": more})


def test_it_is_what_it_would_be_in_one_go(world: Snapshot) -> None:
    document = msgspec.json.encode(world)
    assert world_document.encode(world) == document
    assert world_document.decode(document) == msgspec.json.decode(document, type=Snapshot) == world


def test_a_member_that_is_left_out_has_its_default() -> None:
    least = b'{"format":2,"account_id":"1","clock":{},"draws":0,"regions":{"eu-west-1":{}}}'
    assert world_document.decode(least) == Snapshot(2, "1", Clock(), 0, {"eu-west-1": Region()})


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        (b"", "the document: Input data was truncated"),
        (b"[" * 100_000, "the document: Expected `object`, got `array`"),
        (b'{"format":3}', "the document has format 3, which a newer beanpole wrote; this one reads 2"),
        (b'"\xff"', "the document: "),
        (b'{"regions":{"x y":{}}}', "the document: Expected `str` matching regex"),
        (b'{"regions":{"a":{"spare":[]}}}', "region a has an unknown member 'spare'"),
        (b'{"regions":{"a":{"events":{}}}}', "a.events: Expected `array`, got `object`"),
        (b'{"regions":{"a":{"events":[{"at":0,"message":"x"},{"at":"x"}]}}}', "a.events[1]: Expected `int`, got `str`"),
        (b'{"regions":{"a":{"fleets":{"e\\n1":[[]]}}}}', "a.fleets['e\\n1'][0]: "),
        (b'{"regions":{"a":{"plans":{"e-1":{}}}}}', "a.plans['e-1']: Expected `array`, got `object`"),
        (b'{"regions":{"a":{"claims":{"c":1}}}}', "a.claims['c']: Expected `str`, got `int`"),
    ],
)
def test_what_is_none_is_refused_with_the_place_and_the_reason(document: bytes, reason: str) -> None:
    whole = {"format": 2, "account_id": "1", "clock": {}, "draws": 0, "regions": {}}
    if document.startswith(b"{"):
        document = msgspec.json.encode(whole | msgspec.json.decode(document))
    with pytest.raises(world_document.Undecodable) as caught:
        world_document.decode(document)
    assert str(caught.value).startswith(reason)
    assert "\n" not in str(caught.value)


def test_nothing_keeps_the_document_alive(world: Snapshot) -> None:
    """A step is kept as it is written; as a part of the document it would keep the whole."""
    document = msgspec.json.encode(world)
    before = sys.getrefcount(document)
    decoded = world_document.decode(document)
    assert sys.getrefcount(document) == before
    assert decoded == world
