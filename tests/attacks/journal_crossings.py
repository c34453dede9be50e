"""Ways to cross each limit of the journal and of lanes."""

from collections.abc import Callable, Mapping

from beanpole.model.changes.change import Change
from beanpole.model.environment.fleet import FleetChange
from beanpole.model.environment.lanes import Sighting
from beanpole.tables import limits
from beanpole.testing import ACCOUNT, Beanstalk


def a_long_text_of_a_call_is_cut() -> None:
    world, most = Beanstalk(), limits.most("journal_text")
    world.app.test_client().post("/", data={"Action": "x" * 2 * most, "AWSAccessKeyId": ACCOUNT}, query_string=SIGNED)
    assert [len(call.operation or "") for call in world.calls()] == [most]


def the_values_of_a_call_beyond_so_many_are_left_out() -> None:
    world, most = Beanstalk(), limits.most("journal_values")
    names = [f"name-{number}" for number in range(2 * most)]
    world.client.describe_environments(EnvironmentNames=names)
    (call,) = world.calls()
    assert call.parameters["EnvironmentNames"] == names[: most - 1]


def the_oldest_sighting_is_forgotten() -> None:
    """Written by the commit itself, without the hours in which so many would come about."""
    world, most = Beanstalk().store.world(ACCOUNT, "us-east-1"), limits.most("sightings")
    sightings = tuple(Sighting(at, "i-1", None) for at in range(most + 1))
    world.commit(Change(fleet=FleetChange("e-1", sightings=sightings)))
    assert world.sightings("e-1") == sightings[1:]


SIGNED = {"X-Amz-Credential": f"{ACCOUNT}/20260101/us-east-1/elasticbeanstalk/aws4_request"}
HAD: Mapping[str, Callable[[], None]] = {
    "sightings": the_oldest_sighting_is_forgotten,
    "journal_text": a_long_text_of_a_call_is_cut,
    "journal_values": the_values_of_a_call_beyond_so_many_are_left_out,
}
