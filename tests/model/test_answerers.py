"""The answerers of a name, and the shares of its requests."""

import pytest
from msgspec.structs import replace

from beanpole.model.environment.activity import Activity
from beanpole.model.environment.cnames import FormerCname
from beanpole.model.environment.environment import Environment
from beanpole.model.environment.fleet import by_launch
from beanpole.model.environment.instance import Instance
from beanpole.model.environment.requests import Deploy
from beanpole.model.environment.tiers import Tier
from beanpole.model.traffic.answerers import Answerer, Side, answerers, serving, sides

BLUE = Environment("e-1", "blue", "shop", "arn", "stack", "platform", 0, 0, "1" * 12, "us-east-1", cname="shop")
GREEN = replace(BLUE, environment_id="e-2", environment_name="green", cname="next", status="Ready")
OLD, NEW = (
    Instance(f"i-{serial}", serial, "group", "running", in_service=True, version_label=f"v{serial}", serial=serial)
    for serial in (1, 2)
)
OUT = replace(OLD, id="i-3", in_service=False)
FLEET = by_launch((OLD, NEW, OUT))
SPLITTING = replace(BLUE, activity=Activity(Deploy("v2"), "updateEnvironment", "r", 0, 2, 0, 0))


def test_the_holder_answers_first_and_a_former_one_until_its_instant() -> None:
    former = replace(GREEN, former_cnames=(FormerCname("shop", 50), FormerCname("shop", 60), FormerCname("next", 90)))
    assert answerers((former, BLUE), "shop", 59) == (Answerer(BLUE), Answerer(former, 60))
    assert answerers((former, BLUE), "shop", 60) == (Answerer(BLUE),)
    assert answerers((former, BLUE), "next", 59) == (Answerer(former),)
    assert answerers((former, BLUE), "other", 0) == ()


def test_a_terminated_environment_answers_no_name() -> None:
    terminated = replace(BLUE, status="Terminated", former_cnames=(FormerCname("next", 60),))
    assert answerers((terminated, GREEN), "shop", 0) == ()
    assert answerers((terminated, GREEN), "next", 0) == (Answerer(GREEN),)


def test_all_instances_in_service_share_the_requests_and_no_other_does() -> None:
    assert sides(BLUE, FLEET) == (Side(100, (OLD, NEW)),)
    assert serving(BLUE, FLEET) == (OLD, NEW)
    assert sides(BLUE, {}) == (Side(100, ()),)


@pytest.mark.parametrize(
    ("percent", "parts"),
    [(0, (Side(100, (OLD,)),)), (20, (Side(80, (OLD,)), Side(20, (NEW,)))), (100, (Side(100, (NEW,)),))],
)
def test_split_traffic_goes_by_percentage_to_what_the_deployment_launched(
    percent: int, parts: tuple[Side, ...]
) -> None:
    assert sides(replace(SPLITTING, traffic=percent), FLEET) == parts


def test_a_side_with_nothing_in_service_keeps_its_percentage() -> None:
    split = sides(replace(SPLITTING, traffic=20), by_launch((OLD, OUT)))
    assert split == (Side(80, (OLD,)), Side(20, ()))


def test_an_activity_that_splits_nothing_leaves_all_in_one_side() -> None:
    assert sides(SPLITTING, FLEET) == (Side(100, (OLD, NEW)),)


def test_a_worker_environment_gets_no_request() -> None:
    worker = replace(BLUE, tier=Tier("Worker", "SQS/HTTP", "1.0"))
    assert sides(worker, FLEET) == serving(worker, FLEET) == ()
